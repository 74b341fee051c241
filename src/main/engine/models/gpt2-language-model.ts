/** GPT-2 as the editor sees it, on any executor. Graphs are compiled when first needed, one for each purpose. */
import type { CompiledGraph, Executor } from '../executors/executor.ts'
import type { Graph } from '../graph/graph.ts'
import { bounded } from '../tokenizer/longest-text.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { blocksOfSamples, integers, padHidden, planBatches, range, roundUp, type RunBudget } from './batching.ts'
import { checkBlock, checkFinite, checkHidden, checkIds, checkPoints, checkRow } from './checks.ts'
import { bottomGraph, topGraph, trainGraph, type Gpt2Source } from './gpt2.ts'
import { guardedGraph } from './guarded-graph.ts'
import { Gpt2Decoder } from './gpt2-decoder.ts'
import { Gpt2SideBySideDecoder } from './gpt2-side-by-side.ts'
import { Gpt2BlockTrainer } from './gpt2-trainer.ts'
import type {
  BlockTrainer,
  BottomResult,
  Decoder,
  EditPoints,
  LanguageModel,
  SideBySideDecoder,
  TopRequest,
  TrainSample
} from './language-model.ts'

export interface LanguageModelOptions {
  executor: Executor
  /** The model's release also releases the executor. Default: no, it may serve other models. */
  ownsExecutor?: boolean
  /** What one run may hold; more is split. Default: 2048 tokens, 512 rows of logits. */
  budget?: Partial<RunBudget>
}

/** What a language model is opened from; `ModelFolder` is one. */
export interface ModelSource extends Gpt2Source {
  readonly tokenizer: Tokenizer
  readonly sha256: string
  /** Throws where the files of the weights are no longer what they were; called before and after each run. */
  checkUnchanged?(): void
}

const DEFAULT_BUDGET: RunBudget = { tokens: 2048, rows: 512 }

/**
 * @throws ErratumError BadInput where the edit points do not fit the model. Nothing is compiled yet: files that the
 * executor cannot use are found at the first call.
 */
export function openLanguageModel(
  source: ModelSource,
  points: EditPoints,
  options: LanguageModelOptions
): Promise<LanguageModel> {
  return new Promise((resolve) => {
    checkPoints(source.config, points)
    resolve(new Gpt2LanguageModel(source, points, options))
  })
}

type Purpose = 'bottom' | 'top' | 'topUntouched' | 'train'

class Gpt2LanguageModel implements LanguageModel {
  readonly config
  readonly points: EditPoints
  readonly tokenizer: Tokenizer
  readonly sha256: string
  private readonly source: ModelSource
  private readonly executor: Executor
  private readonly ownsExecutor: boolean
  private readonly budget: RunBudget
  private readonly compiled = new Map<Purpose, Promise<CompiledGraph>>()

  constructor(source: ModelSource, points: EditPoints, { executor, ownsExecutor, budget }: LanguageModelOptions) {
    this.source = source
    this.config = source.config
    this.tokenizer = bounded(source.tokenizer, source.config.positions)
    this.sha256 = source.sha256
    this.points = points
    this.executor = executor
    this.ownsExecutor = ownsExecutor ?? false
    this.budget = { ...DEFAULT_BUDGET, ...budget }
  }

  async bottom(sequences: readonly (readonly number[])[], keyModuleAt?: readonly number[]): Promise<BottomResult[]> {
    for (const [i, ids] of sequences.entries()) {
      checkIds(ids, this.config)
      if (keyModuleAt) checkRow(keyModuleAt[i] ?? -1, ids.length)
    }
    const { width: D, positions } = this.config
    const graph = await this.graph('bottom')
    const sized = sequences.map(({ length }) => ({ length, rows: 0 }))
    const results: BottomResult[] = []
    for (const batch of planBatches(sized, this.budget)) {
      const B = batch.length
      const T = roundUp(Math.max(...batch.map((i) => sequences[i].length)), graph.rowMultiple)
      const ids = new Int32Array(B * T)
      for (const [b, i] of batch.entries()) ids.set(sequences[i], b * T)
      const places = range(0, T)
      const outputs = await graph.run(
        {
          ids: integers(ids, B, T),
          positions: integers(places, T),
          positionRows: integers(
            places.map((place) => Math.min(place, positions - 1)),
            T
          ),
          keyRows: integers(
            batch.map((i, b) => b * T + (keyModuleAt?.[i] ?? 0)),
            B
          )
        },
        keyModuleAt ? ['hidden', 'keyModule'] : ['hidden']
      )
      const hidden = outputs.hidden.data as Float32Array // [B, T, D]
      const keyModule = outputs.keyModule?.data as Float32Array | undefined // [B, F]
      for (const [b, i] of batch.entries()) {
        const rows = hidden.slice(b * T * D, (b * T + sequences[i].length) * D)
        results[i] = keyModule
          ? { hidden: rows, keyModule: keyModule.slice(b * 4 * D, (b + 1) * 4 * D) }
          : { hidden: rows }
      }
    }
    return results
  }

  top(requests: readonly TopRequest[]): Promise<Float32Array[]> {
    return this.runTop('top', requests)
  }

  topUntouched(requests: readonly TopRequest[]): Promise<Float32Array[]> {
    return this.runTop('topUntouched', requests)
  }

  async trainer(samples: readonly TrainSample[], rank: number): Promise<BlockTrainer> {
    return new Gpt2BlockTrainer(this.config, this.points, await this.graph('train'), samples, rank, this.budget)
  }

  decoder(): Decoder {
    const { config, points } = this
    return new Gpt2Decoder({ config, points, bottom: () => this.graph('bottom'), top: () => this.graph('top') })
  }

  sideBySide(texts: number): SideBySideDecoder {
    const { config } = this
    const graphs = { bottom: () => this.graph('bottom'), top: () => this.graph('topUntouched') }
    return new Gpt2SideBySideDecoder({ config, ...graphs }, texts)
  }

  async release(): Promise<void> {
    const graphs = [...this.compiled.values()]
    this.compiled.clear()
    for (const graph of graphs) await (await graph).release()
    if (this.ownsExecutor) await this.executor.release()
  }

  private async runTop(purpose: 'top' | 'topUntouched', requests: readonly TopRequest[]): Promise<Float32Array[]> {
    const { config, points } = this
    const sized = requests.map(({ hidden, rows, block }) => {
      const tokens = checkHidden(hidden, config)
      for (const row of rows) checkRow(row, tokens)
      if (block && purpose === 'top') checkBlock(block, config, points)
      // What comes after the last wanted row cannot change it.
      return { length: Math.max(0, ...rows) + 1, rows: rows.length }
    })
    const graph = await this.graph(purpose)
    const results = requests.map(() => new Float32Array(0))
    for (const batch of planBatches(sized, this.budget)) {
      const T = roundUp(Math.max(...batch.map((i) => sized[i].length)), graph.rowMultiple)
      const rows = batch.flatMap((i, b) => requests[i].rows.map((row) => b * T + row))
      if (rows.length === 0) continue
      const wanted = Int32Array.from({ length: roundUp(rows.length, graph.rowMultiple) }, (_, n) => rows[n] ?? 0)
      const of = <K extends keyof TopRequest>(field: K): TopRequest[K][] => batch.map((i) => requests[i][field])
      const outputs = await graph.run({
        hidden: padHidden(of('hidden'), T, config.width),
        positions: integers(range(0, T), T),
        rows: integers(wanted, wanted.length),
        ...(purpose === 'top' ? blocksOfSamples(of('block'), config, points) : {})
      })
      const logits = outputs.logits.data as Float32Array // [N, V]
      checkFinite(logits, 'logits')
      let start = 0
      for (const i of batch) {
        const end = start + requests[i].rows.length * config.vocabulary
        results[i] = logits.slice(start, end)
        start = end
      }
    }
    return results
  }

  private graph(purpose: Purpose): Promise<CompiledGraph> {
    const known = this.compiled.get(purpose)
    if (known) return known
    const compiling = this.compile(purpose)
    this.compiled.set(purpose, compiling)
    compiling.catch(() => this.compiled.delete(purpose)) // a later call may try again
    return compiling
  }

  private async compile(purpose: Purpose): Promise<CompiledGraph> {
    const check = (): void => this.source.checkUnchanged?.()
    check()
    const graph = await this.executor.compile(this.trace(purpose))
    check()
    return guardedGraph(graph, check)
  }

  private trace(purpose: Purpose): Graph {
    const { source, points } = this
    switch (purpose) {
      case 'bottom':
        return bottomGraph(source, points)
      case 'top':
        return topGraph(source, points, 'perSample')
      case 'topUntouched':
        return topGraph(source, points, 'none')
      case 'train':
        return trainGraph(source, points, 'shared')
    }
  }
}
