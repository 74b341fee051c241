/**
 * Scores given text under the routes that it gets: each piece between two decision points under its own block.
 *
 * `deployment`: the route is decided by the text to the left, at every decision point. `paper`: one decision for the
 * whole sequence by a key that has seen the answer (reference code).
 */
import type { BlockWeights, LanguageModel, TopRequest } from '../engine/models/language-model.ts'
import type { Route } from './neuron-index/types.ts'

/** A text whose tokens from `start` on are scored. */
export interface ScoredText {
  readonly ids: readonly number[]
  readonly start: number
  /** lengths of text at which the route changes, ascending; the first is `start` */
  readonly decisions: readonly number[]
  /** one route a decision */
  readonly routes: readonly Route[]
  /** hidden states at the split: [T, D] */
  readonly hidden: Float32Array
}

export interface Score {
  /** sum of -log p over the scored tokens, nats */
  readonly nats: number
  readonly tokens: number
  /** every scored token is the likeliest one (ties: the lowest id): greedy writing from the start gives this text */
  readonly greedy: boolean
  /** per scored token, nats */
  readonly surprisal: Float64Array
  /** per scored token: 1 where it is the likeliest one */
  readonly likeliest: Uint8Array
}

export interface ScoreOptions {
  /** ignore the routes: the model as it was */
  untouched?: boolean
}

/** Scores many texts; texts and pieces under the same block go through the top together. */
export async function scoreTexts(
  model: LanguageModel,
  texts: readonly ScoredText[],
  block: (id: string) => Promise<BlockWeights>,
  options: ScoreOptions = {}
): Promise<Score[]> {
  const requests: TopRequest[] = []
  const owners: { text: number; rows: number[] }[] = []
  for (const [t, text] of texts.entries()) {
    const byBlock = new Map<string | null, number[]>()
    text.decisions.forEach((from, d) => {
      const id = options.untouched ? null : text.routes[d].block
      const rows = byBlock.get(id) ?? []
      byBlock.set(id, rows)
      for (let length = from; length < (text.decisions[d + 1] ?? text.ids.length); length++) rows.push(length - 1)
    })
    for (const [id, rows] of byBlock) {
      if (rows.length === 0) continue
      requests.push({ hidden: text.hidden, block: id === null ? null : await block(id), rows })
      owners.push({ text: t, rows })
    }
  }
  const logits = await (options.untouched ? model.topUntouched(requests) : model.top(requests))
  const scores = texts.map(({ ids, start }) => ({
    nats: 0,
    tokens: ids.length - start,
    greedy: true,
    surprisal: new Float64Array(ids.length - start),
    likeliest: new Uint8Array(ids.length - start)
  }))
  owners.forEach(({ text, rows }, r) => {
    const score = scores[text]
    rows.forEach((row, i) => {
      const { surprisal, likeliest } = tokenScore(
        logits[r].subarray(i * model.config.vocabulary, (i + 1) * model.config.vocabulary),
        texts[text].ids[row + 1]
      )
      score.surprisal[row + 1 - texts[text].start] = surprisal
      score.likeliest[row + 1 - texts[text].start] = likeliest ? 1 : 0
      score.nats += surprisal
      score.greedy &&= likeliest
    })
  })
  return scores
}

/** logits [V] -> -log softmax(logits)[id] in float64, and whether greedy writing would choose it. */
export function tokenScore(logits: Float32Array, id: number): { surprisal: number; likeliest: boolean } {
  let max = -Infinity
  let best = -1
  for (let v = 0; v < logits.length; v++) {
    if (logits[v] > max) {
      max = logits[v]
      best = v
    }
  }
  let sum = 0
  for (let v = 0; v < logits.length; v++) sum += Math.exp(logits[v] - max)
  return { surprisal: Math.log(sum) + max - logits[id], likeliest: best === id }
}

/** Token-weighted perplexity of several scores; null for none. */
export function perplexity(scores: readonly Score[]): number | null {
  const tokens = scores.reduce((n, s) => n + s.tokens, 0)
  if (tokens === 0) return null
  return Math.exp(scores.reduce((n, s) => n + s.nats, 0) / tokens)
}
