/** From the logits of one position to a token. All of it is pure: the same logits, settings and step, the same token. */
import { ErratumError } from '../../../contract/errors.ts'
import { randomAt } from './random.ts'

/** Without a temperature, or at 0: greedy. Filters are applied in the order top-k, top-p, as in transformers. */
export interface Sampling {
  readonly temperature?: number
  /** only the K likeliest tokens (ties with the last of them stay in) */
  readonly topK?: number
  /** only the likeliest tokens that together reach this probability; at least one */
  readonly topP?: number
  readonly seed?: number
}

export const GREEDY: Sampling = {}

/** @throws ErratumError `BadInput` naming the field */
export function checkSampling({ temperature, topK, topP, seed }: Sampling): void {
  const refuse = (field: string, value: number, due: string): never => {
    throw new ErratumError('BadInput', `${field} is ${value} and ${due} is due.`, { field })
  }
  if (temperature !== undefined && !(temperature >= 0 && temperature < Infinity))
    refuse('temperature', temperature, 'a number from 0 on')
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1)) refuse('topK', topK, 'a whole number from 1 on')
  if (topP !== undefined && !(topP > 0 && topP <= 1)) refuse('topP', topP, 'a number above 0 and up to 1')
  if (seed !== undefined && !Number.isSafeInteger(seed)) refuse('seed', seed, 'a whole number')
}

/**
 * The next token's id.
 * @param logits [V]
 * @param step number of the token since the beginning of the text: each has its own random number
 */
export function draw(logits: Float32Array, sampling: Sampling, step: number): number {
  const { temperature = 0, seed = 0 } = sampling
  if (temperature === 0) return greedy(logits)
  const { ids, probabilities } = candidates(logits, sampling)
  let left = randomAt(seed, step)
  for (let i = 0; i < ids.length; i++) {
    left -= probabilities[i]
    if (left < 0) return ids[i]
  }
  return ids[ids.length - 1] // the probabilities' sum may miss 1 by a rounding
}

/** The likeliest token; of equal ones the lowest id. */
export function greedy(logits: Float32Array): number {
  let best = 0
  for (let id = 1; id < logits.length; id++) if (logits[id] > logits[best]) best = id
  return best
}

/** A token as the model saw it, before any temperature or filter. */
export interface TokenFigures {
  /** natural logarithm of its probability */
  readonly logprob: number
  /** 1 = the likeliest; of equal logits the lower id comes first */
  readonly rank: number
}

/** @param logits [V] */
export function describe(logits: Float32Array, id: number): TokenFigures {
  const own = logits[id]
  let rank = 1
  for (let other = 0; other < logits.length; other++)
    if (logits[other] > own || (logits[other] === own && other < id)) rank++
  return { logprob: own - logSumExp(logits), rank }
}

/** Logarithms of the softmax, computed in float64: [V] */
export function logSoftmax(logits: Float32Array): Float64Array {
  const total = logSumExp(logits)
  return Float64Array.from(logits, (logit) => logit - total)
}

/** What a token is drawn from: ids, ascending, and their probabilities; sum 1. */
export function candidates(
  logits: Float32Array,
  { temperature = 1, topK, topP }: Sampling
): { ids: Int32Array; probabilities: Float64Array } {
  // Values are sorted, not ids: without a comparison function that takes 3 ms for GPT-2's vocabulary, with one 20.
  const falling = Float32Array.from(logits).sort().reverse()
  let count = withTies(falling, topK ?? falling.length)
  const weights = Float64Array.from(falling.subarray(0, count), (logit) => Math.exp((logit - falling[0]) / temperature))
  if (topP !== undefined) count = nucleus(weights, topP)

  const ids = likeliest(logits, falling[count - 1], count)
  const total = sum(weights.subarray(0, count))
  const probabilities = Float64Array.from(ids, (id) => Math.exp((logits[id] - falling[0]) / temperature) / total)
  return { ids, probabilities }
}

/** The first `count` values and all that tie with the last of them. */
function withTies(falling: Float32Array, count: number): number {
  let end = Math.min(count, falling.length)
  while (end < falling.length && falling[end] === falling[end - 1]) end++
  return end
}

/** How many of the falling weights it takes for their share to reach `topP`. */
function nucleus(weights: Float64Array, topP: number): number {
  const due = topP * sum(weights)
  let reached = 0
  for (let i = 0; i < weights.length; i++) {
    reached += weights[i]
    if (reached >= due) return i + 1
  }
  return weights.length
}

/** Ids of the `count` largest logits, ascending; `least` is the last of these, and of its ties the lowest ids count. */
function likeliest(logits: Float32Array, least: number, count: number): Int32Array {
  const ids = new Int32Array(count)
  let ties = count
  for (const logit of logits) if (logit > least) ties--
  let filled = 0
  for (let id = 0; id < logits.length; id++)
    if (logits[id] > least || (logits[id] === least && ties-- > 0)) ids[filled++] = id
  return ids
}

function logSumExp(logits: Float32Array): number {
  let largest = -Infinity
  for (const logit of logits) if (logit > largest) largest = logit
  let total = 0
  for (const logit of logits) total += Math.exp(logit - largest)
  return largest + Math.log(total)
}

function sum(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
