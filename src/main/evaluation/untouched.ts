/**
 * What the untouched model says of texts. It depends on nothing that is edited, so it is computed once: texts that go
 * through the model together are kept together, because a text's last digits depend on its batch mates. So a figure is
 * the same to the bit, whether it was computed or found.
 */
import { z } from 'zod'
import type { TextStates, TextToRead } from '../editor/read-text.ts'
import { addRows, emptyScore } from '../editor/routed-score.ts'
import type { Score, ScoredText } from '../editor/routed-score.ts'
import type { LanguageModel, TopRequest } from '../engine/models/language-model.ts'
import { divergenceOfRows } from './divergence.ts'
import { firstLapse, writesBefore } from './exact-writing.ts'
import { idsOf, shelfKey } from './shelf.ts'
import type { Shelf } from './shelf.ts'

const sums = z.object({ nats: z.number(), tokens: z.number() })

export const comparisonSchema = z.object({
  /** every logit of a scored token is bit for bit that of a graph without any LoRA node, at the same shapes */
  identical: z.boolean(),
  /** Kullback-Leibler divergence of the edited from the untouched model, summed over the scored tokens, nats */
  divergence: z.number()
})
export type Comparison = z.output<typeof comparisonSchema>

export const untouchedTextSchema = z.object({
  before: sums,
  /** first target token that greedy writing would surely not choose; null: none is beyond doubt */
  lapse: z.number().nullable(),
  /** whether greedy writing by the untouched model gives the target; null: not asked */
  exact: z.boolean().nullable(),
  /** what the edited model's own graph says where no block fires; without a comparison it was not asked */
  plain: z.object({ after: sums, comparison: comparisonSchema.nullable() })
})
export type UntouchedText = z.output<typeof untouchedTextSchema>

export interface UntouchedWanted {
  exact: boolean
  comparison: boolean
}

export class UntouchedReader {
  private readonly model: LanguageModel
  private readonly shelf: Shelf | undefined
  /** whether both graphs agree on the bits where no block fires; null: not looked at yet */
  private agrees: boolean | null = null

  constructor(model: LanguageModel, shelf?: Shelf) {
    this.model = model
    this.shelf = shelf
  }

  async read(
    samples: readonly TextToRead[],
    states: readonly TextStates[],
    wanted: UntouchedWanted
  ): Promise<UntouchedText[]> {
    const key = shelfKey('untouched', wanted.exact, wanted.comparison, samples.map(idsOf))
    const known = z.array(untouchedTextSchema).length(samples.length).safeParse(this.shelf?.take(key))
    if (known.success) return known.data
    const texts = await this.compute(samples, states, wanted)
    this.shelf?.put(key, texts)
    return texts
  }

  private async compute(
    samples: readonly TextToRead[],
    states: readonly TextStates[],
    wanted: UntouchedWanted
  ): Promise<UntouchedText[]> {
    const requests = states.map(({ ids, start, hidden }): TopRequest => ({
      hidden,
      block: null,
      rows: Array.from({ length: ids.length - start }, (_, i) => start + i - 1)
    }))
    const logits = await this.model.topUntouched(requests)
    const before = states.map((s, i) => scoreOf(s, requests[i].rows, logits[i]))
    const plain = await this.withoutBlock(states, requests, logits, before, wanted.comparison)
    const texts: UntouchedText[] = []
    for (const [i, sample] of samples.entries()) {
      const lapse = firstLapse(before[i])
      const exact = wanted.exact ? await writesBefore(this.model, sample, lapse) : null
      texts.push({ before: sumsOf(before[i]), lapse, exact, plain: plain[i] })
    }
    return texts
  }

  /** What the edited model's own graph says where no block fires, at the shapes of the untouched one's run. */
  private async withoutBlock(
    states: readonly TextStates[],
    requests: readonly TopRequest[],
    untouched: readonly Float32Array[],
    before: readonly Score[],
    comparison: boolean
  ): Promise<UntouchedText['plain'][]> {
    if (this.agrees && !comparison) return before.map((score) => ({ after: sumsOf(score), comparison: null }))
    const edited = await this.model.top(requests)
    const { vocabulary } = this.model.config
    const plain = edited.map((logits, i) => {
      const identical = sameBits(logits, untouched[i])
      const after = identical ? before[i] : scoreOf(states[i], requests[i].rows, logits)
      const divergence = identical ? 0 : divergenceOfRows(untouched[i], logits, vocabulary)
      return { after: sumsOf(after), comparison: { identical, divergence } }
    })
    this.agrees = (this.agrees ?? true) && plain.every((p) => p.comparison.identical)
    return plain
  }
}

export const sumsOf = ({ nats, tokens }: Score): { nats: number; tokens: number } => ({ nats, tokens })

function scoreOf(text: Pick<ScoredText, 'ids' | 'start'>, rows: readonly number[], logits: Float32Array): Score {
  const score = emptyScore(text)
  if (rows.length > 0) addRows(score, text, rows, logits)
  return score
}

export function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.compare(bytes(a), bytes(b)) === 0
}

const bytes = (x: Float32Array): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength)
