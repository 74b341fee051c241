/** The perplexity of a set of texts, by each of the names under which it is reported. */
import type { Score } from '../editor/routed-score.ts'
import { quantile } from './bootstrap.ts'
import type { Statistic } from './bootstrap.ts'

export interface PerplexityMeasures {
  /** exp of the mean over all scored tokens of the set */
  readonly tokenWeighted: number
  /** exp of a text's own mean, over the texts */
  readonly perText: { readonly lowerQuartile: number; readonly median: number; readonly upperQuartile: number }
  /** mean over batches of 4, in the set's order, of exp of the batch's mean over its tokens (MELO's reference code) */
  readonly ppl_reference: number
}

/** Texts in one batch of the reference code's evaluation. */
const REFERENCE_BATCH = 4

/** Sums of a text's, or of a batch's, scored tokens, one at least. */
export type Sums = Pick<Score, 'nats' | 'tokens'>

/** null for an empty set. */
export function perplexityMeasures(scores: readonly Sums[]): PerplexityMeasures | null {
  if (scores.length === 0) return null
  const each = Float64Array.from(scores, perplexityOf).sort()
  return {
    tokenWeighted: perplexityOf(total(scores)),
    perText: {
      lowerQuartile: quantile(each, 0.25),
      median: quantile(each, 0.5),
      upperQuartile: quantile(each, 0.75)
    },
    ppl_reference: mean(referenceBatches(scores).map(perplexityOf))
  }
}

export function referenceBatches(scores: readonly Sums[]): Sums[] {
  return Array.from({ length: Math.ceil(scores.length / REFERENCE_BATCH) }, (_, batch) =>
    total(scores.slice(batch * REFERENCE_BATCH, (batch + 1) * REFERENCE_BATCH))
  )
}

/** Of drawn texts. */
export function tokenWeighted(scores: readonly Sums[]): Statistic {
  return (items) => {
    let [nats, tokens] = [0, 0]
    for (const item of items) {
      nats += scores[item].nats
      tokens += scores[item].tokens
    }
    return items.length === 0 ? null : Math.exp(nats / tokens)
  }
}

/** Of drawn texts. */
export function medianPerplexity(scores: readonly Sums[]): Statistic {
  const each = scores.map(perplexityOf)
  return (items) => (items.length === 0 ? null : quantile(Float64Array.from(items, (item) => each[item]).sort(), 0.5))
}

/** Of drawn batches. */
export function meanPerplexity(batches: readonly Sums[]): Statistic {
  const each = batches.map(perplexityOf)
  return (items) => (items.length === 0 ? null : mean(Array.from(items, (item) => each[item])))
}

const perplexityOf = ({ nats, tokens }: Sums): number => Math.exp(nats / tokens)
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

function total(scores: readonly Sums[]): Sums {
  let [nats, tokens] = [0, 0]
  for (const score of scores) {
    nats += score.nats
    tokens += score.tokens
  }
  return { nats, tokens }
}
