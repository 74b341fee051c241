/** The perplexity of a set of texts, by each of the names under which it is reported. */
import type { PerplexityMeasures } from '../../contract/evaluation.ts'
import { quantile } from './bootstrap.ts'
import type { Statistic } from './bootstrap.ts'

/** Texts in one batch of the reference code's evaluation. */
const REFERENCE_BATCH = 4

/** Sums of a text's, or of a batch's, scored tokens, one at least. */
export interface Sums {
  readonly nats: number
  readonly tokens: number
}

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
