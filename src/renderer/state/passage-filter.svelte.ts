import type { Passage } from '../../contract/types.ts'
import type { Desk } from './desk.svelte.ts'
import { STAGES, stageOf } from './stage.ts'
import type { Stage } from './stage.ts'

/** Which passages the list shows, and how many there are of each kind. */
export class PassageFilter {
  search = $state('')
  stage = $state<Stage | null>(null)
  readonly #desk: Desk

  readonly #staged = $derived.by(() =>
    this.#desk.passages.map((passage) => ({ passage, stage: stageOf(passage), key: passage.name.toLowerCase() }))
  )
  readonly counts: Record<Stage, number> = $derived.by(() => {
    const counts = Object.fromEntries(STAGES.map((s) => [s, 0])) as Record<Stage, number>
    for (const { stage } of this.#staged) counts[stage]++
    return counts
  })
  readonly shown: readonly Passage[] = $derived.by(() => {
    const wanted = this.search.trim().toLowerCase()
    return this.#staged
      .filter(({ key, stage }) => (this.stage === null || stage === this.stage) && key.includes(wanted))
      .map(({ passage }) => passage)
  })

  constructor(desk: Desk) {
    this.#desk = desk
  }
}
