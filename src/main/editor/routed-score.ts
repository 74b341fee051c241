/**
 * Scores given text under the routes that it gets: each piece between two decision points under its own block.
 *
 * `deployment`: the route is decided by the text to the left, at every decision point. `paper`: one decision for the
 * whole sequence by a key that has seen the answer (reference code).
 */
import type { BlockWeights, LanguageModel, TopRequest } from '../engine/models/language-model.ts'
import { NO_ROUTE } from './neuron-index/scope-router.ts'
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
  /** per scored token: by how much the likeliest one leads it, as a share of max(1, largest absolute logit) */
  readonly shortfall: Float64Array
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
    const read = options.untouched ? { ...text, decisions: [text.start], routes: [NO_ROUTE] } : text
    for (const [id, rows] of rowsByBlock(read)) {
      if (rows.length === 0) continue
      requests.push({ hidden: text.hidden, block: id === null ? null : await block(id), rows })
      owners.push({ text: t, rows })
    }
  }
  const logits = await (options.untouched ? model.topUntouched(requests) : model.top(requests))
  const scores = texts.map(emptyScore)
  owners.forEach(({ text, rows }, r) => addRows(scores[text], texts[text], rows, logits[r]))
  return scores
}

/** Rows of the hidden states that give the logits of the scored tokens, by the block that the text has there. */
export function rowsByBlock(text: Omit<ScoredText, 'hidden' | 'start'>): Map<string | null, number[]> {
  const rowsOf = new Map<string | null, number[]>()
  text.decisions.forEach((from, d) => {
    const id = text.routes[d].block
    const rows = rowsOf.get(id) ?? []
    rowsOf.set(id, rows)
    for (let length = from; length < (text.decisions[d + 1] ?? text.ids.length); length++) rows.push(length - 1)
  })
  return rowsOf
}

export function emptyScore({ ids, start }: Pick<ScoredText, 'ids' | 'start'>): Score {
  const tokens = ids.length - start
  return {
    nats: 0,
    tokens,
    greedy: true,
    surprisal: new Float64Array(tokens),
    likeliest: new Uint8Array(tokens),
    shortfall: new Float64Array(tokens)
  }
}

/** Adds what the logits [rows, V] at these rows of the text say to its score. */
export function addRows(
  score: { -readonly [K in keyof Score]: Score[K] },
  { ids, start }: Pick<ScoredText, 'ids' | 'start'>,
  rows: readonly number[],
  logits: Float32Array
): void {
  const vocabulary = logits.length / rows.length
  rows.forEach((row, i) => {
    const token = tokenScore(logits.subarray(i * vocabulary, (i + 1) * vocabulary), ids[row + 1])
    const at = row + 1 - start
    score.surprisal[at] = token.surprisal
    score.likeliest[at] = token.likeliest ? 1 : 0
    score.shortfall[at] = token.shortfall
    score.nats += token.surprisal
    score.greedy &&= token.likeliest
  })
}

/** logits [V] -> -log softmax(logits)[id] in float64, whether greedy writing would choose it, and how far it is off. */
export function tokenScore(
  logits: Float32Array,
  id: number
): { surprisal: number; likeliest: boolean; shortfall: number } {
  let max = -Infinity
  let min = Infinity
  let best = -1
  for (let v = 0; v < logits.length; v++) {
    if (logits[v] > max) {
      max = logits[v]
      best = v
    }
    if (logits[v] < min) min = logits[v]
  }
  let sum = 0
  for (let v = 0; v < logits.length; v++) sum += Math.exp(logits[v] - max)
  const shortfall = (max - logits[id]) / Math.max(1, Math.abs(max), Math.abs(min))
  return { surprisal: Math.log(sum) + max - logits[id], likeliest: best === id, shortfall }
}

/** Token-weighted perplexity of several scores; null for none. */
export function perplexity(scores: readonly Score[]): number | null {
  const tokens = scores.reduce((n, s) => n + s.tokens, 0)
  if (tokens === 0) return null
  return Math.exp(scores.reduce((n, s) => n + s.nats, 0) / tokens)
}
