/** One sequence that grows, over cached keys and values of the bottom and of the top. */
import type { CompiledGraph, GraphSequence } from '../executors/executor.ts'
import { blocksOfSamples, floats, integers, range, roundUp } from './batching.ts'
import { checkBlock, checkFinite, checkIds, checkLength } from './checks.ts'
import type { BlockWeights, Decoder, EditPoints, Gpt2Config } from './language-model.ts'
import { ErratumError } from '../../../contract/errors.ts'

export interface DecoderGraphs {
  config: Gpt2Config
  points: EditPoints
  bottom: () => Promise<CompiledGraph>
  top: () => Promise<CompiledGraph>
}

/** The top as far as it has been run, under one block. */
interface TopState {
  block: BlockWeights | null
  sequence: GraphSequence
  /** tokens that it has seen */
  length: number
  /** after the last of them: [V] */
  logits: Float32Array
}

export class Gpt2Decoder implements Decoder {
  length = 0
  private readonly graphs: DecoderGraphs
  private bottom: GraphSequence | null = null
  private top: TopState | null = null
  /** [capacity, D], the first `length` rows filled */
  private hidden: Float32Array

  constructor(graphs: DecoderGraphs) {
    this.graphs = graphs
    this.hidden = new Float32Array(0)
  }

  async append(ids: readonly number[]): Promise<Float32Array> {
    const { config } = this.graphs
    const { width: D, positions } = config
    checkIds(ids, config)
    checkLength(this.length + ids.length, positions)
    const graph = await this.graphs.bottom()
    this.bottom ??= graph.sequence()
    const T = roundUp(ids.length, graph.rowMultiple)
    const padded = Int32Array.from({ length: T }, (_, i) => ids[i] ?? 0)
    const places = range(this.length, T)
    const outputs = await this.bottom.run(
      {
        ids: integers(padded, 1, T),
        positions: integers(places, T),
        positionRows: integers(
          places.map((place) => Math.min(place, positions - 1)),
          T
        ),
        keyRows: integers([0], 1)
      },
      ids.length,
      ['hidden']
    )
    const rows = (outputs.hidden.data as Float32Array).slice(0, ids.length * D) // [n, D]
    this.reserve((this.length + ids.length) * D)
    this.hidden.set(rows, this.length * D)
    this.length += ids.length
    return rows
  }

  async logits(block: BlockWeights | null): Promise<Float32Array> {
    const { config, points } = this.graphs
    if (this.length === 0) throw new ErratumError('BadInput', 'Logits were asked of an empty text.')
    if (this.top && this.top.block !== block) this.dropTop()
    if (this.top?.length === this.length) return this.top.logits.slice()
    if (block) checkBlock(block, config, points)

    const graph = await this.graphs.top()
    this.top ??= { block, sequence: graph.sequence(), length: 0, logits: new Float32Array(0) }
    const { sequence, length: seen } = this.top
    const { width: D } = config
    const fresh = this.length - seen
    const T = roundUp(fresh, graph.rowMultiple)
    const hidden = new Float32Array(T * D)
    hidden.set(this.hidden.subarray(seen * D, this.length * D))
    const outputs = await sequence.run(
      {
        hidden: floats(hidden, 1, T, D),
        positions: integers(range(seen, T), T),
        rows: integers(new Int32Array(graph.rowMultiple).fill(fresh - 1), graph.rowMultiple),
        ...blocksOfSamples([block], config, points)
      },
      fresh,
      ['logits']
    )
    this.top.length = this.length
    this.top.logits = (outputs.logits.data as Float32Array).slice(0, config.vocabulary) // [V]
    checkFinite(this.top.logits, 'logits')
    return this.top.logits.slice()
  }

  release(): void {
    this.bottom?.release()
    this.bottom = null
    this.dropTop()
    this.hidden = new Float32Array(0)
    this.length = 0
  }

  private dropTop(): void {
    this.top?.sequence.release()
    this.top = null
  }

  private reserve(size: number): void {
    if (size <= this.hidden.length) return
    const grown = new Float32Array(Math.max(size, 2 * this.hidden.length))
    grown.set(this.hidden)
    this.hidden = grown
  }
}
