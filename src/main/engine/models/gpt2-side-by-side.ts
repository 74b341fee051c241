/** Texts that grow side by side: one run of each graph gives every one of them its next logits. */
import type { CompiledGraph, GraphSequence } from '../executors/executor.ts'
import { floats, integers, range, roundUp } from './batching.ts'
import { checkFinite, checkIds, checkLength } from './checks.ts'
import type { Gpt2Config, SideBySideDecoder } from './language-model.ts'
import { ErratumError } from '../../../contract/errors.ts'

export interface SideBySideGraphs {
  config: Gpt2Config
  bottom: () => Promise<CompiledGraph>
  /** without any LoRA node */
  top: () => Promise<CompiledGraph>
}

export class Gpt2SideBySideDecoder implements SideBySideDecoder {
  private readonly graphs: SideBySideGraphs
  private readonly texts: number
  private length = 0
  private sequences: { bottom: GraphSequence; top: GraphSequence } | null = null

  constructor(graphs: SideBySideGraphs, texts: number) {
    this.graphs = graphs
    this.texts = texts
  }

  async append(ids: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const { config } = this.graphs
    const { width: D, positions, vocabulary: V } = config
    const B = this.texts
    const fresh = ids[0]?.length ?? 0
    if (ids.length !== B || ids.some((list) => list.length !== fresh))
      throw new ErratumError('BadInput', `${B} lists of ids of one length are due, and others came.`)
    for (const list of ids) checkIds(list, config)
    checkLength(this.length + fresh, positions)
    const [bottom, top] = [await this.graphs.bottom(), await this.graphs.top()]
    this.sequences ??= { bottom: bottom.sequence(B), top: top.sequence(B) }

    const T = roundUp(fresh, bottom.rowMultiple)
    const padded = new Int32Array(B * T)
    ids.forEach((list, b) => padded.set(list, b * T))
    const places = range(this.length, T)
    const { hidden } = await this.sequences.bottom.run(
      {
        ids: integers(padded, B, T),
        positions: integers(places, T),
        positionRows: integers(
          places.map((place) => Math.min(place, positions - 1)),
          T
        ),
        keyRows: integers([0], 1)
      },
      fresh,
      ['hidden']
    )
    const rows = Int32Array.from({ length: roundUp(B, top.rowMultiple) }, (_, b) => Math.min(b, B - 1) * T + fresh - 1)
    const { logits } = await this.sequences.top.run(
      {
        hidden: floats(hidden.data as Float32Array, B, T, D),
        positions: integers(places, T),
        rows: integers(rows, rows.length)
      },
      fresh,
      ['logits']
    )
    this.length += fresh
    const all = logits.data as Float32Array // [N, V]
    checkFinite(all, 'logits')
    return ids.map((_, b) => all.slice(b * V, (b + 1) * V))
  }

  release(): void {
    this.sequences?.bottom.release()
    this.sequences?.top.release()
    this.sequences = null
  }
}
