/** What the person did, step by step: what can be taken back, and what was taken back and can be done again. */
import type { EditPlace, HistoryStep, Sentence } from '../../../contract/types.ts'
import type { Held } from './passage-content.ts'

/** Its place in the history is its `id`, which `History` gives. */
type StepBase = Omit<HistoryStep, 'id' | 'sentences' | 'blocks'>

/** A change to what is held of one passage: as it was, and as it is. */
export interface ReviewStep extends StepBase {
  kind: 'review'
  passageId: string
  /** withdrawn from the model with it */
  edits: readonly EditPlace[]
  before: Held
  after: Held
  /** the sentence whose correction is being typed: more typing there belongs to this step; null: it is complete */
  typing: string | null
}

/** Blocks that came into force, or (`takesOut`) that were taken out of turn. */
export interface TrainingStep extends StepBase {
  kind: 'training'
  passageId: null
  /** how many sentences were trained */
  sentences: number
  /** the first trained first */
  blocks: readonly string[]
  takesOut: boolean
}

/** Passages that came from a file, or that went to the trash with their edits. */
export interface PassagesStep extends StepBase {
  kind: 'import' | 'deletion'
  passageId: null
  passageIds: readonly string[]
  edits: readonly EditPlace[]
}

/** Edits that the person withdrew on their own. */
export interface WithdrawalStep extends StepBase {
  kind: 'withdrawal'
  edits: readonly EditPlace[]
}

export type Step = ReviewStep | TrainingStep | PassagesStep | WithdrawalStep

/** The edits that a step withdrew. */
export const withdrawnBy = (step: Step): readonly EditPlace[] => (step.kind === 'training' ? [] : step.edits)

/** A step as it is kept: `id` is given once and never again, so that a step that is named is no other one. */
export type KeptStep = Step & { readonly id: number }

/** The most steps that are kept. */
const KEPT = 500

export class History {
  readonly #done: KeptStep[] = []
  readonly #undone: KeptStep[] = []
  #nextId = 1

  /** The newest last. */
  get done(): readonly KeptStep[] {
    return this.#done
  }

  /** What would be done again next is last. */
  get undone(): readonly KeptStep[] {
    return this.#undone
  }

  /** of the next step */
  get nextId(): number {
    return this.#nextId
  }

  restore(done: readonly KeptStep[], undone: readonly KeptStep[], nextId: number): void {
    this.#done.splice(0, Infinity, ...done)
    this.#undone.splice(0, Infinity, ...undone)
    this.#nextId = nextId
  }

  /**
   * Takes a step in. What was undone before cannot be done again: it would stand on something else.
   * @param goesOn the step is typing that goes on where the newest step left off
   * @param givesUp what was typed is given up for what stood there before: it can be done again
   */
  add(added: Step, goesOn: string | null = null, givesUp = false): void {
    const step = { ...added, id: this.#nextId++ }
    const last = this.#done.at(-1)
    this.#undone.length = 0
    if (step.kind === 'review' && last?.kind === 'review' && goesOn !== null && last.typing === goesOn) {
      this.#done.pop()
      // Typed, and all of it deleted again: nothing was done.
      if (!sameSentences(last.before.content.sentences, step.after.content.sentences))
        this.#done.push({ ...step, before: last.before })
      else if (givesUp) this.#undone.push(last)
      return
    }
    this.#done.push(step)
    if (this.#done.length > KEPT) this.#done.shift()
  }

  /** Moves the newest step to what was undone. */
  undo(): KeptStep | null {
    const step = this.#done.pop()
    if (step) this.#undone.push(step)
    return step ?? null
  }

  redo(): KeptStep | null {
    const step = this.#undone.pop()
    if (step) this.#done.push(step)
    return step ?? null
  }
}

export function sameSentences(a: readonly Sentence[], b: readonly Sentence[]): boolean {
  return a.length === b.length && a.every((s, i) => s === b[i] || JSON.stringify(s) === JSON.stringify(b[i]))
}
