import type { Passage } from '../../contract/types.ts'

export interface PassageChange {
  passage: Passage
  /** what stood at its place; undefined for a new one */
  before: Passage | undefined
}

/** Where each passage stands in the list, so that one of thousands is found and replaced without a search. */
export class PassageOrder {
  readonly #places: Map<string, number>

  constructor(passages: readonly Passage[] = []) {
    this.#places = new Map(passages.map((p, i) => [p.id, i]))
  }

  find(passages: readonly Passage[], id: string): Passage | null {
    const at = this.#places.get(id)
    return at === undefined ? null : (passages[at] ?? null)
  }

  /** The list without these. */
  remove(passages: readonly Passage[], ids: Iterable<string>): Passage[] {
    const gone = new Set(ids)
    const left = passages.filter(({ id }) => !gone.has(id))
    this.#places.clear()
    for (const [i, { id }] of left.entries()) this.#places.set(id, i)
    return left
  }

  /** The list with these in it, each at its place or at the end. */
  put(passages: readonly Passage[], changed: Iterable<Passage>): { passages: Passage[]; changes: PassageChange[] } {
    const next = [...passages]
    const changes: PassageChange[] = []
    for (const passage of changed) {
      const at = this.#places.get(passage.id) ?? next.length
      changes.push({ passage, before: next[at] })
      this.#places.set(passage.id, at)
      next[at] = passage
    }
    return { passages: next, changes }
  }
}

/** Passages that were told one by one, shown together with the next frame: thousands may come in one go. */
export class PassageFrames {
  readonly #show: (told: readonly Passage[]) => void
  #told = new Map<string, Passage>()

  constructor(show: (told: readonly Passage[]) => void) {
    this.#show = show
  }

  /** as it was told last, where it is not shown yet */
  find(id: string): Passage | null {
    return this.#told.get(id) ?? null
  }

  tell(passage: Passage): void {
    if (this.#told.size === 0)
      // A window in the background draws no frames, and still has to follow.
      if (document.hidden) setTimeout(() => this.#flush())
      else requestAnimationFrame(() => this.#flush())
    this.#told.set(passage.id, passage)
  }

  /** Something newer than what was told has come. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) this.#told.delete(id)
  }

  clear(): void {
    this.#told.clear()
  }

  #flush(): void {
    const told = [...this.#told.values()]
    this.#told = new Map()
    if (told.length > 0) this.#show(told)
  }
}
