/** The workbench behind the window: one model with one open session; passages are written, trained and compared. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import type { EditPlace, PlaceRecord } from '../../contract/types.ts'
import { checkSampling } from '../engine/generation/sampler.ts'
import type { ExecutorName } from '../engine/executors/open-executor.ts'
import type { RouteTaken, WriteLimits, Written, WrittenToken } from '../editor/passage-writer.ts'
import { boardBench } from './board/board-bench.ts'
import { calibrationBench } from './calibration/calibration-bench.ts'
import { readTexts } from '../editor/read-text.ts'
import { samplePassages } from '../editor/sample-passages.ts'
import type { SampleLimits } from '../editor/sample-passages.ts'
import { perplexity, scoreTexts } from '../editor/routed-score.ts'
import { fitPassage, scoreSentences } from '../editor/sentence-scores.ts'
import type { SentenceScore } from '../editor/sentence-scores.ts'
import type { SentenceRule } from '../editor/sentence-ends.ts'
import { viewTokens } from '../editor/token-view.ts'
import type { SeenToken } from '../editor/token-view.ts'
import { readPlace, writePlace } from '../session/place-file.ts'
import type { EditRow, SkippedRow } from './edit-run.ts'
import type { BatchProgress, EditSession } from './edit-session.ts'
import { openEditSession } from './edit-sessions.ts'
import { sessionExplorer } from './index-explorer/index-benches.ts'
import type { BoardBench, CalibrationBench, IndexBench, ModelEdit } from './review/workbench.ts'
import { promiseBench } from './promises/promise-bench.ts'
import type { PromiseBench } from './promises/promise-bench.ts'
import { listModels } from './model-library.ts'
import { ReadingBench } from './reading-bench.ts'
import { rememberSession } from './recent-sessions.ts'
import type { StoredEdit } from '../session/batches.ts'
import { HEADER_FILE } from '../session/header.ts'
import { openSession } from '../session/session-folder.ts'
import type { ModelSummary } from './model-library.ts'
import { runPassages } from './passage-run.ts'
import type { PassageInput } from './passage-run.ts'
import { trainRows, unfitRows } from './trained-rows.ts'
import type { TrainedRows } from './trained-rows.ts'
import { planPassage } from './training-plan.ts'
import type { PassagePlan } from './training-plan.ts'

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
  iterations?: number
  context?: TrainingContext
  signal?: AbortSignal
  onProgress?: (p: TrainProgress) => void
}

export type TrainingContext = 'corrected' | 'original'

/** A sentence as it stands, under the edits in force, and the edit behind the block that fires there. */
export interface ComparedSentence extends SentenceScore {
  edit: { id: string; prompt: string; target: string } | null
}

/** Tokens of a passage: its header, each of its sentences, and the most that the model reads. */
export interface TokenCounts {
  header: number
  sentences: number[]
  context: number
}

/** How batches are trained if nothing else is said, and what the batches of this session took. */
export interface TrainingSetup {
  batchSize: number
  iterations: number
  extraIterations: number
  /** sums over the batches that are present */
  measured: { batches: number; edits: number; iterations: number; seconds: number; sampleIterations: number }
}

export interface TrainResult {
  block: string[]
  outcomes: EditOutcome[]
  passages: { id: string; asApproved: boolean | null; written: string }[]
}

export interface Workbench {
  /** null: it is missing, and nothing can be written, scored or trained */
  readonly model: ModelSummary | null
  readonly sessionDir: string
  readonly readOnly: boolean
  readonly sentenceRule: SentenceRule
  readonly notices: readonly string[]
  write(prompt: string, options: WriteOptions): Promise<Written>
  sample(prompt: string, options: SampleOptions): Promise<string[]>
  view(prompt: string, sentences: readonly string[], untouched: boolean): Promise<(SeenToken[] | null)[]>
  compare(prompt: string, sentences: readonly string[]): Promise<(ComparedSentence | null)[]>
  measure(prompt: string, sentences: readonly string[]): TokenCounts
  plan(passage: PassageInput, context: TrainingContext): Promise<PassagePlan>
  trainingSetup(): TrainingSetup
  trainPassages(passages: readonly PassageInput[], options: TrainOptions): Promise<TrainResult>
  unfitEdits(rows: readonly EditRow[]): Promise<SkippedRow[]>
  trainEdits(rows: readonly EditRow[], options: TrainOptions): Promise<TrainedRows>
  blocks(): readonly string[]
  moveBlock(block: string, into: 'session' | 'trash'): Promise<ModelEdit[]>
  moveEdits(edits: readonly EditPlace[], into: 'session' | 'trash'): Promise<ModelEdit[]>
  edits(): ModelEdit[]
  withdrawn(): EditPlace[]
  liveWithout(edits: readonly EditPlace[]): ModelEdit[]
  readonly board: BoardBench
  readonly index: IndexBench
  readonly calibration: CalibrationBench
  readonly promises: PromiseBench
  appendRecord(kind: string, payload: unknown): Promise<void>
  records(kind: string): unknown[]
  kept(kind: string): { records: number; state: unknown; since: unknown[] } | null
  keepState(kind: string, source: () => { records: number; state: unknown }): void
  place(): PlaceRecord | null
  keepPlace(place: PlaceRecord): Promise<void>
  close(): Promise<void>
}

export interface WorkbenchOptions {
  /** of a new session, where it is not `newModel`; one that is there has its own */
  model?: string
  /** taken for a new session where none is named */
  newModel: string
  sessionDir: string
  readOnly?: boolean
  mustExist?: boolean
  acceptModel?: boolean
  executor?: ExecutorName
  signal?: AbortSignal
  onCalibrating?: (done: number, of: number) => void
}

/** For reading, a session opens without its model too, and with a header or calibration that is damaged. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { model, newModel, sessionDir, readOnly, mustExist, acceptModel, executor } = options
  const isNew = !existsSync(join(sessionDir, HEADER_FILE))
  try {
    const session = await openEditSession({
      model: model ?? (isNew ? newModel : undefined),
      otherModel: newModel,
      dir: sessionDir,
      readOnly,
      mustExist: mustExist ?? readOnly,
      acceptModel,
      executor,
      calibration: { signal: options.signal, onProgress: options.onCalibrating }
    })
    await rememberSession(sessionDir)
    return new SessionWorkbench(session)
  } catch (error) {
    if (!readOnly || !(error instanceof ErratumError) || !ONLY_READ.includes(error.code)) throw error
    const store = await openSession(sessionDir, { readOnly })
    await rememberSession(sessionDir)
    return new ReadingBench(store, error)
  }
}

/** The model is missing or another one, or what routes is damaged: what the person made can be read all the same. */
const ONLY_READ: readonly string[] = ['ModelMissing', 'ModelMismatch', 'BadFile']

class SessionWorkbench implements Workbench {
  readonly model: ModelSummary
  readonly sessionDir: string
  readonly readOnly: boolean
  readonly sentenceRule: SentenceRule
  readonly notices: readonly string[]
  readonly board: BoardBench
  readonly index: IndexBench
  readonly calibration: CalibrationBench
  readonly promises: PromiseBench
  private readonly session: EditSession

  constructor(session: EditSession) {
    this.session = session
    this.model = session.summary
    this.sessionDir = session.dir
    this.readOnly = session.store.readOnly
    this.sentenceRule = session.store.header.sentenceRule
    this.notices = session.store.notices.map(({ message }) => message)
    this.board = boardBench(session)
    this.index = sessionExplorer(session)
    this.calibration = calibrationBench(session)
    this.promises = promiseBench(session)
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

  async compare(prompt: string, sentences: readonly string[]): Promise<(ComparedSentence | null)[]> {
    const { model, store } = this.session
    const scores = await scoreSentences(model, this.session.rules(), { prompt, sentences })
    return scores.map((score) => {
      if (!score) return null
      const edit = store.edits.find((e) => e.editId === score.route.editId)
      return { ...score, edit: edit ? { id: edit.editId, prompt: edit.prompt, target: edit.target } : null }
    })
  }

  measure(prompt: string, sentences: readonly string[]): TokenCounts {
    const { model } = this.session
    const { promptIds, tokens } = fitPassage(model, { prompt, sentences })
    return { header: promptIds.length, sentences: [...tokens], context: model.config.positions }
  }

  plan(passage: PassageInput, context: TrainingContext): Promise<PassagePlan> {
    return planPassage(this.session, passage, context)
  }

  trainingSetup(): TrainingSetup {
    const { settings, store } = this.session
    const { batchSize, iterations, extraIterations } = settings
    const measured = { batches: 0, edits: 0, iterations: 0, seconds: 0, sampleIterations: 0 }
    for (const { committed: edits, training } of store.batches) {
      measured.batches++
      measured.edits += edits.length
      measured.iterations += training.iterations
      measured.seconds += training.seconds
      measured.sampleIterations += training.iterations * edits.length
    }
    return { batchSize, iterations, extraIterations, measured }
  }

  async trainPassages(passages: readonly PassageInput[], options: TrainOptions): Promise<TrainResult> {
    const { session } = this
    const result = await runPassages(session, passages, {
      batchSize: options.batchSize ?? session.settings.batchSize,
      iterations: options.iterations,
      context: options.context,
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

  unfitEdits(rows: readonly EditRow[]): Promise<SkippedRow[]> {
    return unfitRows(this.session, rows)
  }

  trainEdits(rows: readonly EditRow[], { signal, onProgress }: TrainOptions): Promise<TrainedRows> {
    return trainRows(this.session, rows, { signal, onProgress })
  }

  blocks(): readonly string[] {
    return this.session.store.batches.map(({ block }) => block)
  }

  async moveBlock(block: string, into: 'session' | 'trash'): Promise<ModelEdit[]> {
    const { liveAgain } = await (into === 'trash' ? this.session.undo(block) : this.session.redo(block))
    return liveAgain.map((edit) => this.modelEdit(edit))
  }

  async moveEdits(edits: readonly EditPlace[], into: 'session' | 'trash'): Promise<ModelEdit[]> {
    const { liveAgain } = await (into === 'trash' ? this.session.withdraw(edits) : this.session.reinstate(edits))
    return liveAgain.map((edit) => this.modelEdit(edit))
  }

  edits(): ModelEdit[] {
    return this.session.store.edits.map((edit) => this.modelEdit(edit))
  }

  withdrawn(): EditPlace[] {
    return this.session.store.withdrawn.map(({ block, editId }) => ({ block, editId }))
  }

  liveWithout(edits: readonly EditPlace[]): ModelEdit[] {
    return this.session.liveWithout(edits).map((edit) => this.modelEdit(edit))
  }

  private modelEdit({ block, editId, prompt, target }: StoredEdit): ModelEdit {
    return { block, editId, prompt, target, isLive: this.session.isLive(editId) }
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

  place(): PlaceRecord | null {
    return readPlace(this.sessionDir)
  }

  async keepPlace(place: PlaceRecord): Promise<void> {
    if (!this.session.store.readOnly) await writePlace(this.sessionDir, place)
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
