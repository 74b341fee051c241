/** Sequences of different lengths as padded batches of bounded size, and the tensors of such a batch. */
import type { Tensor } from '../tensor.ts'
import type { BlockWeights, EditPoints, Gpt2Config } from './language-model.ts'

/** What one run may hold: memory grows with both. */
export interface RunBudget {
  /** samples x padded length */
  tokens: number
  /** rows of logits */
  rows: number
}

export interface Sized {
  /** tokens */
  length: number
  /** rows of logits that it wants */
  rows: number
}

/**
 * Numbers of the items, batch by batch: longest first, so that neighbours need little padding. An item that is larger
 * than the budget makes a batch of its own.
 */
export function planBatches(items: readonly Sized[], budget: RunBudget): number[][] {
  const order = [...items.keys()].sort((a, b) => items[b].length - items[a].length || a - b)
  const batches: number[][] = []
  let rows = 0
  for (const item of order) {
    const batch = batches.at(-1)
    const longest = batch ? items[batch[0]].length : 0
    rows += items[item].rows
    if (batch && (batch.length + 1) * longest <= budget.tokens && rows <= budget.rows) batch.push(item)
    else {
      batches.push([item])
      rows = items[item].rows
    }
  }
  return batches
}

export const roundUp = (count: number, multiple: number): number => Math.max(1, Math.ceil(count / multiple)) * multiple

export const floats = (data: Float32Array, ...shape: number[]): Tensor => ({ dtype: 'float32', shape, data })
export const integers = (data: Int32Array | readonly number[], ...shape: number[]): Tensor => ({
  dtype: 'int32',
  shape,
  data: data instanceof Int32Array ? data : Int32Array.from(data)
})

/** from, from + 1, ...: [count] */
export const range = (from: number, count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => from + i)

/** Hidden states of several samples, padded at the right with zeros: [B, T, D] */
export function padHidden(samples: readonly Float32Array[], tokens: number, width: number): Tensor {
  const data = new Float32Array(samples.length * tokens * width)
  for (const [b, hidden] of samples.entries()) data.set(hidden.subarray(0, tokens * width), b * tokens * width)
  return floats(data, samples.length, tokens, width)
}

/** The blocks of a batch, null as zeros, smaller ranks filled up with zeros: a.i [B, D, R], b.i [B, R, F] */
export function blocksOfSamples(
  blocks: readonly (BlockWeights | null)[],
  { width }: Gpt2Config,
  { loraLayers }: EditPoints
): Record<string, Tensor> {
  const rank = Math.max(1, ...blocks.map((block) => block?.rank ?? 0))
  const inner = 4 * width
  const tensors: Record<string, Tensor> = {}
  for (const i of loraLayers.keys()) {
    const a = new Float32Array(blocks.length * width * rank)
    const b = new Float32Array(blocks.length * rank * inner)
    for (const [sample, block] of blocks.entries()) {
      if (!block) continue
      for (let row = 0; row < width; row++)
        a.set(block.a[i].subarray(row * block.rank, (row + 1) * block.rank), (sample * width + row) * rank)
      b.set(block.b[i], sample * rank * inner)
    }
    tensors[`a.${i}`] = floats(a, blocks.length, width, rank)
    tensors[`b.${i}`] = floats(b, blocks.length, rank, inner)
  }
  return tensors
}

/** One block for all samples: a.i [D, R], b.i [R, F] */
export function sharedBlock({ rank, a, b }: BlockWeights, { width }: Gpt2Config): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {}
  for (const [i, data] of a.entries()) tensors[`a.${i}`] = floats(data, width, rank)
  for (const [i, data] of b.entries()) tensors[`b.${i}`] = floats(data, rank, 4 * width)
  return tensors
}
