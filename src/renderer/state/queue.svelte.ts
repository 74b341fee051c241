import { SvelteSet } from 'svelte/reactivity'
import { compare } from './comparison.ts'
import type { Desk } from './desk.svelte.ts'
import { conflictsOf, queuedPassage } from './queued.ts'
import type { QueuedPassage } from './queued.ts'

/** What waits to be trained, and what of it the person has chosen. */
export class Queue {
  readonly #desk: Desk
  /** passages that are left out this time */
  readonly leftOut = new SvelteSet<string>()

  readonly passages: readonly QueuedPassage[] = $derived.by(() =>
    this.#desk.passages.filter((p) => p.waiting).map(queuedPassage)
  )
  readonly chosen = $derived(this.passages.filter(({ passage }) => !this.leftOut.has(passage.id)))
  readonly conflicts = $derived(conflictsOf(this.chosen))
  readonly corrections = $derived(
    this.chosen.reduce((sum, { sentences }) => sum + sentences.filter((s) => s.kind === 'corrected').length, 0)
  )
  /** trained passages that are not written as approved */
  readonly differing = $derived.by(
    () => this.#desk.passages.filter((p) => !p.waiting && (compare(p)?.differing ?? 0) > 0).length
  )
  readonly secondsPerPassage: number | null = $derived.by(() => {
    const trained = this.#desk.results.filter((r) => r.edits > 0)
    const passages = trained.reduce((sum, r) => sum + r.passages.length, 0)
    return passages === 0 ? null : trained.reduce((sum, r) => sum + r.seconds, 0) / passages
  })

  constructor(desk: Desk) {
    this.#desk = desk
  }

  choose(id: string, chosen: boolean): void {
    if (chosen) this.leftOut.delete(id)
    else this.leftOut.add(id)
  }

  /** Trains what is chosen; what was left out is asked about again next time. */
  async train(): Promise<void> {
    await this.trainOnly(this.chosen.map(({ passage }) => passage.id))
  }

  async trainOnly(passageIds: readonly string[]): Promise<void> {
    if (passageIds.length === 0 || this.#desk.isTraining) return
    const job = await this.#desk.ask('train.start', { passageIds: [...passageIds] })
    if (!job) return
    this.leftOut.clear()
    this.#desk.takeJob(job)
  }

  async undo(): Promise<void> {
    await this.#desk.ask('train.undo', {})
  }
}
