/** What the person did, step by step: what can be taken back, and what was taken back and can be done again. */
import type { HistoryStep, Sentence } from '../../../contract/types.ts'
import type { Held } from './passage-content.ts'

/** A change to what is held of one passage: as it was, and as it is. */
export interface ReviewStep extends HistoryStep {
  kind: 'review'
  passageId: string
  before: Held
  after: Held
  /** the sentence whose correction is being typed: more typing there belongs to this step; null: it is complete */
  typing: string | null
}

/** Blocks that came into force, or (`takesOut`) that were taken out of turn. */
export interface TrainingStep extends HistoryStep {
  kind: 'training'
  passageId: null
  /** the first trained first */
  blocks: readonly string[]
  takesOut: boolean
}

export type Step = ReviewStep | TrainingStep

/** The most steps that are kept. */
const KEPT = 500

export class History {
  readonly #done: Step[] = []
  readonly #undone: Step[] = []

  /** The newest last. */
  get done(): readonly Step[] {
    return this.#done
  }

  /** What would be done again next is last. */
  get undone(): readonly Step[] {
    return this.#undone
  }

  restore(done: readonly Step[], undone: readonly Step[]): void {
    this.#done.splice(0, Infinity, ...done)
    this.#undone.splice(0, Infinity, ...undone)
  }

  /**
   * Takes a step in. What was undone before cannot be done again: it would stand on something else.
   * @param goesOn the step is typing that goes on where the newest step left off
   */
  add(step: Step, goesOn: string | null = null): void {
    const last = this.#done.at(-1)
    this.#undone.length = 0
    if (step.kind === 'review' && last?.kind === 'review' && goesOn !== null && last.typing === goesOn) {
      this.#done.pop()
      // Typed, and all of it deleted again: nothing was done.
      if (!sameSentences(last.before.content.sentences, step.after.content.sentences))
        this.#done.push({ ...step, before: last.before })
      return
    }
    this.#done.push(step)
    if (this.#done.length > KEPT) this.#done.shift()
  }

  /** Moves the newest step to what was undone. */
  undo(): Step | null {
    const step = this.#done.pop()
    if (step) this.#undone.push(step)
    return step ?? null
  }

  redo(): Step | null {
    const step = this.#undone.pop()
    if (step) this.#done.push(step)
    return step ?? null
  }
}

export function sameSentences(a: readonly Sentence[], b: readonly Sentence[]): boolean {
  return a.length === b.length && a.every((s, i) => s === b[i] || JSON.stringify(s) === JSON.stringify(b[i]))
}
