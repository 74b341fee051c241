import type { Passage } from '../../contract/types.ts'
import type { Desk } from './desk.svelte.ts'
import type { Looking } from './looking.svelte.ts'
import { STAGES, stageOf } from './stage.ts'
import type { Stage } from './stage.ts'

export const ORDERS = ['written', 'name', 'look'] as const
export type Order = (typeof ORDERS)[number]

/** Which passages the list shows, in which order, and how many there are of each kind. */
export class PassageFilter {
  search = $state('')
  stage = $state<Stage | null>(null)
  order = $state<Order>('written')
  readonly #desk: Desk
  readonly #looking: Looking

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
    const kept = this.#staged.filter(
      ({ key, stage }) => (this.stage === null || stage === this.stage) && key.includes(wanted)
    )
    if (this.order === 'name') kept.sort((a, b) => a.key.localeCompare(b.key))
    if (this.order === 'look') return byScore(kept, this.#looking)
    return kept.map(({ passage }) => passage)
  })

  constructor(desk: Desk, looking: Looking) {
    this.#desk = desk
    this.#looking = looking
  }
}

/** The passage with the sentence that is most to be looked at first. */
function byScore(kept: readonly { passage: Passage }[], looking: Looking): Passage[] {
  const scored = kept.map(({ passage }) => ({ passage, score: looking.highest(passage) }))
  return scored.sort((a, b) => b.score - a.score).map(({ passage }) => passage)
}
