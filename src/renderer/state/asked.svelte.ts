import { SvelteMap } from 'svelte/reactivity'

/** Answers that cost the engine some time: asked for one after the other, and kept as long as they hold. */
export class Asked<T> {
  readonly #answers = new SvelteMap<string, { stamp: string; answer: T }>()
  /** not for components to follow: to ask is no change */
  readonly #asked: Record<string, string | undefined> = {}
  #last: Promise<unknown> = Promise.resolve()

  /** @param stamp all that the answer depends on; null where it is not known for this one */
  of(key: string, stamp: string): T | null {
    const known = this.#answers.get(key)
    return known?.stamp === stamp ? known.answer : null
  }

  /** Asks, unless it is known or under way. What fails is asked for again next time. */
  want(key: string, stamp: string, ask: () => Promise<T>): void {
    if (this.#asked[key] === stamp) return
    this.#asked[key] = stamp
    this.#last = this.#last.then(async () => {
      // Something has changed meanwhile, and another request is on its way.
      if (this.#asked[key] !== stamp) return
      try {
        this.#answers.set(key, { stamp, answer: await ask() })
      } catch {
        this.#asked[key] = undefined
      }
    })
  }
}
