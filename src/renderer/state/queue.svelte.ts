import { SvelteSet } from 'svelte/reactivity'
import type { TrainingContext } from '../../contract/types.ts'
import type { Desk } from './desk.svelte.ts'
import { secondsOfRound } from './estimate.ts'
import { approvedText } from './marks.ts'
import { PassageFigures, TrainingPlans } from './passage-questions.svelte.ts'
import { conflictsOf, queuedPassage } from './queued.ts'
import type { QueuedPassage } from './queued.ts'

/** What waits to be trained, what of it the person has chosen, and how it shall be trained. */
export class Queue {
  readonly #desk: Desk
  /** passages that are left out this time */
  readonly leftOut = new SvelteSet<string>()
  readonly plans: TrainingPlans
  readonly figures: PassageFigures
  context = $state<TrainingContext>('corrected')
  /** null: as the session has it */
  batchSize = $state<number | null>(null)
  iterations = $state<number | null>(null)

  readonly passages: readonly QueuedPassage[] = $derived.by(() =>
    this.#desk.passages.filter((p) => p.waiting).map(queuedPassage)
  )
  readonly chosen = $derived(this.passages.filter(({ passage }) => !this.leftOut.has(passage.id)))
  readonly conflicts = $derived(conflictsOf(this.chosen))
  readonly corrections = $derived(
    this.chosen.reduce((sum, { sentences }) => sum + sentences.filter((s) => s.kind === 'corrected').length, 0)
  )
  /** passages whose promise is broken */
  readonly broken = $derived.by(() => this.#desk.passages.filter((p) => p.promise.checked && p.promise.broken).length)
  /** sentences that a round will train, and whether every plan is known; else there may be more */
  readonly due = $derived.by(() => {
    let edits = 0
    let isWhole = true
    for (const { passage, sentences } of this.chosen) {
      const plan = this.plans.of(passage, this.context)
      isWhole &&= plan !== null
      edits += plan?.sentences.length ?? sentences.filter((s) => s.kind === 'corrected').length
    }
    return { edits, isWhole }
  })
  /** what would take the place of an edit that is in force and says something else, as far as the plans are known */
  readonly replacing = $derived.by(() =>
    this.chosen.flatMap(({ passage }) =>
      (this.plans.of(passage, this.context)?.sentences ?? []).flatMap(({ sentence, replaces }) => {
        const { [sentence]: planned } = passage.sentences
        return replaces && planned ? [{ name: passage.name, target: approvedText(planned) ?? '', replaces }] : []
      })
    )
  )
  /** seconds of one round; null: not measured yet */
  readonly estimate = $derived.by(() => {
    const setup = this.#desk.session?.training
    return setup ? secondsOfRound(setup, this.due.edits, this.iterations ?? setup.iterations) : null
  })

  constructor(desk: Desk) {
    this.#desk = desk
    this.plans = new TrainingPlans(desk)
    this.figures = new PassageFigures(desk)
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
    const job = await this.#desk.ask('train.start', {
      passageIds: [...passageIds],
      context: this.context,
      ...(this.batchSize === null ? {} : { batchSize: this.batchSize }),
      ...(this.iterations === null ? {} : { iterations: this.iterations })
    })
    if (!job) return
    this.leftOut.clear()
    this.#desk.takeJob(job)
  }

  /** Approves what changed though nobody asked for it, as it is written now or as it was, and trains it along. */
  async settle(passageIds: readonly string[], as: 'written' | 'before'): Promise<void> {
    const settled = await this.#desk.ask('review.settle', { passageIds: [...passageIds], as })
    if (!settled) return
    this.#desk.take(...settled)
    await this.trainOnly(passageIds)
  }
}
