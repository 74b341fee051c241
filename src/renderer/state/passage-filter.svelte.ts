import type { Passage } from '../../contract/types.ts'
import type { Desk } from './desk.svelte.ts'
import { STAGES, stageOf } from './stage.ts'
import type { Stage } from './stage.ts'

export const ORDERS = ['written', 'name', 'surprise'] as const
export type Order = (typeof ORDERS)[number]

/** How surprised the model was at the sentence of a passage that surprised it most, of those nobody has marked yet. */
function mostSurprising({ sentences }: Passage): number {
  return Math.max(-1, ...sentences.flatMap((s) => (s.mark === null && !s.accepted ? [s.surprise ?? -1] : [])))
}

/** Which passages the list shows, in which order, and how many there are of each kind. */
export class PassageFilter {
  search = $state('')
  stage = $state<Stage | null>(null)
  order = $state<Order>('written')
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
    const kept = this.#staged.filter(
      ({ key, stage }) => (this.stage === null || stage === this.stage) && key.includes(wanted)
    )
    if (this.order === 'name') kept.sort((a, b) => a.key.localeCompare(b.key))
    if (this.order === 'surprise') kept.sort((a, b) => mostSurprising(b.passage) - mostSurprising(a.passage))
    return kept.map(({ passage }) => passage)
  })

  constructor(desk: Desk) {
    this.#desk = desk
  }
}
