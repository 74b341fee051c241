import type { ComparedFigures, Passage, PassagePlan, TrainingContext } from '../../contract/types.ts'
import { Asked } from './asked.svelte.ts'
import type { Desk } from './desk.svelte.ts'
import { approvedText } from './marks.ts'

/** What a passage would be trained on, or how it stands under the edits, depends on this. */
function stampOf(desk: Desk, passage: Passage): string {
  const texts = passage.sentences.map((s) => `${approvedText(s) === null ? '?' : '='}${approvedText(s) ?? s.text}`)
  const edits = desk.results.map((r) => `${r.jobId}-${r.undoneBlocks.length}`).join()
  return [edits, ...texts].join('\n')
}

/** What training would train of each passage. */
export class TrainingPlans {
  readonly #desk: Desk
  readonly #asked = new Asked<PassagePlan>()

  constructor(desk: Desk) {
    this.#desk = desk
  }

  of(passage: Passage, context: TrainingContext): PassagePlan | null {
    return this.#asked.of(passage.id, context + stampOf(this.#desk, passage))
  }

  /** While a training runs nobody needs it. */
  want(passage: Passage, context: TrainingContext): void {
    if (this.#desk.isTraining) return
    const ask = (): Promise<PassagePlan> => this.#desk.client.call('train.plan', { passageId: passage.id, context })
    this.#asked.want(passage.id, context + stampOf(this.#desk, passage), ask)
  }
}

/** Perplexity and route of each sentence of a passage, untouched and under the edits in force. */
export class PassageFigures {
  readonly #desk: Desk
  readonly #asked = new Asked<(ComparedFigures | null)[]>()

  constructor(desk: Desk) {
    this.#desk = desk
  }

  of(passage: Passage): (ComparedFigures | null)[] | null {
    return this.#asked.of(passage.id, stampOf(this.#desk, passage))
  }

  want(passage: Passage): void {
    if (this.#desk.isTraining) return
    const ask = (): Promise<(ComparedFigures | null)[]> =>
      this.#desk.client.call('passages.compare', { passageId: passage.id })
    this.#asked.want(passage.id, stampOf(this.#desk, passage), ask)
  }
}
