/** Loss and gradient of one block on a fixed set of samples, whose bottom was run before. */
import { ErratumError } from '../../../contract/errors.ts'
import type { CompiledGraph, Tensors } from '../executors/executor.ts'
import { floats, integers, padHidden, planBatches, range, roundUp, sharedBlock, type RunBudget } from './batching.ts'
import { checkBlock, checkFinite, checkHidden, checkRow } from './checks.ts'
import type { BlockTrainer, BlockWeights, EditPoints, Gpt2Config, TrainSample } from './language-model.ts'

export class Gpt2BlockTrainer implements BlockTrainer {
  private readonly config: Gpt2Config
  private readonly points: EditPoints
  private readonly rank: number
  private readonly graph: CompiledGraph
  /** the inputs of each run, but for the block */
  private batches: Tensors[]

  constructor(
    config: Gpt2Config,
    points: EditPoints,
    graph: CompiledGraph,
    samples: readonly TrainSample[],
    rank: number,
    budget: RunBudget
  ) {
    this.config = config
    this.points = points
    this.graph = graph
    this.rank = rank
    this.batches = trainingBatches(config, samples, graph.rowMultiple, budget)
  }

  async step(block: BlockWeights): Promise<{ loss: number; gradient: BlockWeights }> {
    if (this.batches.length === 0) throw new ErratumError('Internal', 'This trainer was released.')
    if (block.rank !== this.rank)
      throw new ErratumError('BadInput', `The block has rank ${block.rank}; the trainer was made for ${this.rank}.`)
    checkBlock(block, this.config, this.points)
    const shared = sharedBlock(block, this.config)
    let loss = 0
    let gradient: BlockWeights | null = null
    for (const batch of this.batches) {
      const outputs = await this.graph.run({ ...batch, ...shared })
      loss += outputs.loss.data[0]
      const part = (name: 'a' | 'b'): Float32Array[] =>
        this.points.loraLayers.map((_, i) => outputs[`grad.${name}.${i}`].data as Float32Array)
      gradient = gradient
        ? { rank: this.rank, a: addAll(gradient.a, part('a')), b: addAll(gradient.b, part('b')) }
        : { rank: this.rank, a: part('a'), b: part('b') }
    }
    checkFinite(Float32Array.of(loss), 'loss')
    return { loss, gradient: gradient! }
  }

  release(): void {
    this.batches = []
  }
}

/** Every target token weighs the same: 1 / (all target tokens), so that batches simply add up. */
export function trainingBatches(
  config: Gpt2Config,
  samples: readonly TrainSample[],
  rowMultiple: number,
  budget: RunBudget
): Tensors[] {
  for (const { hidden, targets } of samples) {
    const tokens = checkHidden(hidden, config)
    for (const { row, id } of targets) {
      checkRow(row, tokens)
      if (!Number.isInteger(id) || id < 0 || id >= config.vocabulary)
        throw new ErratumError('BadInput', `Target ${id} is outside the vocabulary of ${config.vocabulary}.`)
    }
    if (targets.length === 0 || new Set(targets.map(({ row }) => row)).size !== targets.length)
      throw new ErratumError('BadInput', 'Each sample needs targets, and no two of them at one row.')
  }
  const all = samples.reduce((count, { targets }) => count + targets.length, 0)
  // What comes after the last target row cannot change the loss.
  const sized = samples.map(({ targets }) => ({
    length: Math.max(...targets.map(({ row }) => row)) + 1,
    rows: targets.length
  }))
  return planBatches(sized, budget).map((batch) => {
    const T = roundUp(Math.max(...batch.map((sample) => sized[sample].length)), rowMultiple)
    const targets = batch.flatMap((sample, b) =>
      samples[sample].targets.map(({ row, id }) => ({ row: b * T + row, id }))
    )
    const N = targets.length
    return {
      hidden: padHidden(
        batch.map((sample) => samples[sample].hidden),
        T,
        config.width
      ),
      positions: integers(range(0, T), T),
      rows: integers(
        targets.map(({ row }) => row),
        N
      ),
      ids: integers(
        targets.map(({ id }) => id),
        N
      ),
      weights: floats(new Float32Array(N).fill(1 / all), N)
    }
  })
}

const addAll = (a: readonly Float32Array[], b: readonly Float32Array[]): Float32Array[] =>
  a.map((part, i) => part.map((value, j) => value + b[i][j]))
