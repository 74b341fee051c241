/** The workbench behind the window: one model with one open session; passages are written, trained and compared. */
import { ErratumError } from '../../contract/errors.ts'
import { checkSampling } from '../engine/generation/sampler.ts'
import type { ExecutorName } from '../engine/executors/open-executor.ts'
import type { RouteTaken, WriteLimits, Written, WrittenToken } from '../editor/passage-writer.ts'
import { boardBench } from './board/board-bench.ts'
import { readTexts } from '../editor/read-text.ts'
import { samplePassages } from '../editor/sample-passages.ts'
import type { SampleLimits } from '../editor/sample-passages.ts'
import { perplexity, scoreTexts } from '../editor/routed-score.ts'
import { viewTokens } from '../editor/token-view.ts'
import type { SeenToken } from '../editor/token-view.ts'
import type { BatchProgress, EditSession } from './edit-session.ts'
import { openEditSession } from './edit-sessions.ts'
import type { BoardBench } from './review/workbench.ts'
import { findModel, listModels } from './model-library.ts'
import type { ModelSummary } from './model-library.ts'
import { runPassages } from './passage-run.ts'
import type { PassageInput } from './passage-run.ts'

export { listModels }
export type { ModelSummary, PassageInput, RouteTaken, Written, WrittenToken }

/** of a token that the view of a passage tells */
const ALTERNATIVES = 5

export interface WriteOptions extends WriteLimits {
  temperature?: number
  topK?: number
  topP?: number
  seed?: number
}

export interface SampleOptions extends Omit<SampleLimits, 'rule'> {
  temperature: number
  seeds: readonly number[]
}

/** What training did for one sentence. */
export interface EditOutcome {
  editId: string
  prompt: string
  target: string
  /** token-weighted over the target; before: the untouched model; after: under the routes that it gets */
  perplexity: { before: number; after: number }
  exact: boolean
  /** decided at the prompt's end */
  route: RouteTaken | null
  /** what the edited model writes in the target's place, from the prompt */
  written: string
}

export interface TrainProgress extends Omit<BatchProgress, 'phase'> {
  phase: BatchProgress['phase'] | 'calibrating'
  batch: number
  batches: number
}

export interface TrainOptions {
  batchSize?: number
  signal?: AbortSignal
  onProgress?: (p: TrainProgress) => void
}

export interface TrainResult {
  block: string[]
  outcomes: EditOutcome[]
  passages: { id: string; asApproved: boolean | null; written: string }[]
}

export interface Workbench {
  readonly model: ModelSummary
  readonly sessionDir: string
  write(prompt: string, options: WriteOptions): Promise<Written>
  sample(prompt: string, options: SampleOptions): Promise<string[]>
  view(prompt: string, sentences: readonly string[], untouched: boolean): Promise<(SeenToken[] | null)[]>
  trainPassages(passages: readonly PassageInput[], options: TrainOptions): Promise<TrainResult>
  blocks(): readonly string[]
  moveBlock(block: string, into: 'session' | 'trash'): Promise<void>
  readonly board: BoardBench
  appendRecord(kind: string, payload: unknown): Promise<void>
  records(kind: string): unknown[]
  kept(kind: string): { records: number; state: unknown; since: unknown[] } | null
  keepState(kind: string, source: () => { records: number; state: unknown }): void
  close(): Promise<void>
}

export interface WorkbenchOptions {
  model: string
  sessionDir: string
  executor?: ExecutorName
  signal?: AbortSignal
  onCalibrating?: (done: number, of: number) => void
}

export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const session = await openEditSession({
    model: options.model,
    dir: options.sessionDir,
    executor: options.executor,
    calibration: { signal: options.signal, onProgress: options.onCalibrating }
  })
  const { path } = findModel(options.model)
  const known = (await listModels()).find((m) => m.path === path)
  return new SessionWorkbench(session, known ?? summaryOf(session, path))
}

class SessionWorkbench implements Workbench {
  readonly model: ModelSummary
  readonly sessionDir: string
  readonly board: BoardBench
  private readonly session: EditSession

  constructor(session: EditSession, model: ModelSummary) {
    this.session = session
    this.model = model
    this.sessionDir = session.dir
    this.board = boardBench(session)
  }

  write(prompt: string, { temperature, topK, topP, seed, ...limits }: WriteOptions): Promise<Written> {
    const sampling = { temperature, topK, topP, seed }
    checkSampling(sampling)
    return this.session.write(prompt, sampling, limits)
  }

  sample(prompt: string, { temperature, seeds, ...limits }: SampleOptions): Promise<string[]> {
    const samplings = seeds.map((seed) => ({ temperature, seed }))
    return samplePassages(this.session.model, prompt, samplings, { ...limits, rule: this.session.rules().rule })
  }

  view(prompt: string, sentences: readonly string[], untouched: boolean): Promise<(SeenToken[] | null)[]> {
    const options = { untouched, alternatives: ALTERNATIVES }
    return viewTokens(this.session.model, this.session.rules(), { prompt, sentences }, options)
  }

  async trainPassages(passages: readonly PassageInput[], options: TrainOptions): Promise<TrainResult> {
    const { session } = this
    const result = await runPassages(session, passages, {
      batchSize: options.batchSize ?? session.settings.batchSize,
      signal: options.signal,
      onProgress: options.onProgress
    })
    const texts = new Map(result.rows.map((row) => [`${row.prompt}\0${row.target}`, row]))
    const outcomes: EditOutcome[] = []
    for (const row of texts.values()) outcomes.push(await this.outcome(row))
    return {
      block: result.batches.map((b) => b.block),
      outcomes,
      passages: result.passages.map(({ id, asApproved, written }) => ({ id, asApproved, written }))
    }
  }

  blocks(): readonly string[] {
    return this.session.store.batches.map(({ block }) => block)
  }

  async moveBlock(block: string, into: 'session' | 'trash'): Promise<void> {
    await (into === 'trash' ? this.session.undo(block) : this.session.redo(block))
  }

  async appendRecord(kind: string, payload: unknown): Promise<void> {
    await this.session.store.appendRecord(kind, payload)
  }

  records(kind: string): unknown[] {
    return this.session.store.records(kind).map((record) => record.payload)
  }

  kept(kind: string): { records: number; state: unknown; since: unknown[] } | null {
    const found = this.session.store.kept(kind)
    return found && { ...found.kept, since: found.since.map((record) => record.payload) }
  }

  keepState(kind: string, source: () => { records: number; state: unknown }): void {
    this.session.store.keepState(kind, source)
  }

  close(): Promise<void> {
    return this.session.close()
  }

  private async outcome(row: { id: string; prompt: string; target: string }): Promise<EditOutcome> {
    const { session } = this
    const { model } = session
    const rules = session.rules()
    const sample = session.sample(row)
    const [text] = await readTexts(model, [sample], rules)
    const before = await scoreTexts(model, [text], rules.block, { untouched: true })
    const after = await scoreTexts(model, [text], rules.block)
    const written = await session.write(row.prompt, {}, { maxNewTokens: sample.targetIds.length })
    const [perplexityBefore, perplexityAfter] = [perplexity(before), perplexity(after)]
    if (perplexityBefore === null || perplexityAfter === null)
      throw new ErratumError('Internal', `Edit ${row.id} has no tokens.`)
    return {
      editId: row.id,
      prompt: row.prompt,
      target: row.target,
      perplexity: { before: perplexityBefore, after: perplexityAfter },
      exact: written.text.trim() === row.target.trim(),
      route: written.routes[0] ?? null,
      written: written.text.trim()
    }
  }
}

/** A model outside the library. */
function summaryOf({ model, modelId }: EditSession, path: string): ModelSummary {
  const { layers, width, vocabulary, positions } = model.config
  const parameters = (vocabulary + positions) * width + layers * (12 * width * width + 13 * width) + 2 * width
  return {
    id: modelId,
    path,
    parameters,
    layers,
    width,
    vocabulary,
    keyLayer: model.points.keyLayer,
    loraLayers: [...model.points.loraLayers]
  }
}
