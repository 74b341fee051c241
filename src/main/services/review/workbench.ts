/** What the review needs of a model with an open session; `openWorkbench` of the editing service gives one. */
import type { BatchEdit, Board, BoardSettings } from '../../../contract/board.ts'
import type { Protocol } from '../../../contract/evaluation.ts'
import type { FoundEdits, IndexAnswer, IndexedRecord, IndexMap, IndexScopes } from '../../../contract/index-map.ts'
import type { CalibrationPlan, CalibrationState } from '../../../contract/calibration.ts'
import type {
  ComparedFigures,
  EditPlace,
  ModelSummary,
  PlaceRecord,
  RouteTaken,
  SeenToken,
  TokenCounts,
  TrainingContext,
  TrainingSetup
} from '../../../contract/types.ts'
import type { SentenceRule } from '../../editor/sentence-ends.ts'
import type { EditRow, SkippedRow } from '../edit-run.ts'
import type { TrainedRows } from '../trained-rows.ts'
import type { PromiseBench } from '../promises/promise-bench.ts'
import type { EvaluationHooks, EvaluationRequest } from '../board/evaluation-run.ts'

export interface WrittenToken {
  id: number
  text: string
  logprob: number
  rank: number
}

export interface Written {
  text: string
  tokens: WrittenToken[]
  routes: RouteTaken[]
  stop: 'eos' | 'sentences' | 'length' | 'context'
  seconds: number
}

export interface WriteOptions {
  maxNewTokens?: number
  sentences?: number
  temperature?: number
  topK?: number
  topP?: number
  seed?: number
  signal?: AbortSignal
  onToken?: (token: WrittenToken) => void
}

export interface SampleOptions {
  temperature: number
  seeds: readonly number[]
  maxNewTokens: number
  sentences: number
  signal?: AbortSignal
  /** tokens of the longest one so far */
  onToken?: (count: number) => void
}

export interface TrainProgress {
  phase: 'preparing' | 'calibrating' | 'training' | 'checking' | 'committing'
  batch: number
  batches: number
  iteration: number
  iterations: number
  loss: number | null
}

export interface PassageInput {
  id: string
  prompt: string
  sentences: { text: string; label?: 'accurate' | 'minor_inaccurate' | 'major_inaccurate'; correction?: string }[]
}

export interface EditOutcome {
  editId: string
  prompt: string
  target: string
  perplexity: { before: number; after: number }
  exact: boolean
  route: RouteTaken | null
  written: string
}

export interface TrainedPassages {
  block: string[]
  outcomes: EditOutcome[]
  passages: { id: string; asApproved: boolean | null; written: string }[]
}

/** What the board needs of a session. */
export interface BoardBench {
  read(): Promise<Board>
  settings(): BoardSettings
  /** The edits of a batch; none where the session has no such block. */
  batch(block: string): BatchEdit[]
  measure(request: EvaluationRequest, hooks: EvaluationHooks): Promise<{ measured: number; known: number }>
}

/** What the index explorer needs of a session; places of records hold as long as the map's `state`. */
export interface IndexBench {
  /** @returns null: nothing has changed since the state `known` */
  map(protocol: Protocol, known?: string): Promise<IndexMap | null>
  scopes(protocol: Protocol, state: string): Promise<IndexScopes>
  record(protocol: Protocol, state: string, place: number): Promise<IndexedRecord>
  find(protocol: Protocol, state: string, text: string, from: number): Promise<FoundEdits>
  query(protocol: Protocol, text: string, target: string): Promise<IndexAnswer>
}

/** What the calibration view needs of a session. */
export interface CalibrationBench {
  read(): CalibrationState
  /** @throws ErratumError `Unavailable`, `Cancelled`; the calibration that was there before is there still */
  run(
    plan: CalibrationPlan,
    passages: readonly { name: string; prompt: string; sentences: readonly string[] }[],
    hooks: { signal: AbortSignal; onProgress: (fraction: number, doing: string) => void }
  ): Promise<{ reach: number; margin: number; isMet: boolean }>
}

/** What training would train of a passage, as far as the model can tell. */
export interface PlannedTraining {
  sentences: {
    sentence: number
    kind: 'corrected' | 'retained'
    wouldWrite: string
    replaces: { editId: string; target: string } | null
  }[]
  beyond: number[]
}

export interface TrainOptions {
  context?: TrainingContext
  batchSize?: number
  iterations?: number
  signal?: AbortSignal
  onProgress?: (progress: TrainProgress) => void
}

/** An edit in force; not live: another one has taken its place. */
export interface ModelEdit extends EditPlace {
  prompt: string
  target: string
  isLive: boolean
}

export interface Workbench {
  /** null: it is missing, and nothing can be written, scored or trained */
  readonly model: ModelSummary | null
  readonly sessionDir: string
  /** nothing can be changed */
  readonly readOnly: boolean
  /** by which its texts are cut; a session keeps the rule that it was made with */
  readonly sentenceRule: SentenceRule
  /** what opening the session found and dealt with */
  readonly notices: readonly string[]
  write(prompt: string, options: WriteOptions): Promise<Written>
  /** Passages as the untouched model writes them from the prompt, one a seed, drawn side by side. */
  sample(prompt: string, options: SampleOptions): Promise<string[]>
  /** Each sentence behind the prompt, token by token, as the untouched or the edited model sees it. */
  view(prompt: string, sentences: readonly string[], untouched: boolean): Promise<(SeenToken[] | null)[]>
  /** Each sentence behind the prompt, untouched and under the edits in force; null beyond the context. */
  compare(prompt: string, sentences: readonly string[]): Promise<(ComparedFigures | null)[]>
  measure(prompt: string, sentences: readonly string[]): TokenCounts
  plan(passage: PassageInput, context: TrainingContext): Promise<PlannedTraining>
  trainingSetup(): TrainingSetup
  trainPassages(passages: PassageInput[], options: TrainOptions): Promise<TrainedPassages>
  /** Rows of a file that are longer than the context. */
  unfitEdits(rows: readonly EditRow[]): Promise<SkippedRow[]>
  /** Trains the edits of a file; what is in the session already is not trained again. */
  trainEdits(rows: readonly EditRow[], options: TrainOptions): Promise<TrainedRows>
  /** Blocks that are in force, the first trained first. */
  blocks(): readonly string[]
  /**
   * Takes a block out of the session, or puts one back; gives the edits that are written again since.
   * @throws ErratumError BadInput where that is not possible now
   */
  moveBlock(block: string, into: 'session' | 'trash'): Promise<ModelEdit[]>
  /** Withdraws edits, or reinstates them, all or none. @throws ErratumError as `moveBlock` */
  moveEdits(edits: readonly EditPlace[], into: 'session' | 'trash'): Promise<ModelEdit[]>
  /** Edits in force, in their order. */
  edits(): ModelEdit[]
  /** Edits that were withdrawn from blocks in force. */
  withdrawn(): EditPlace[]
  /** Edits that would be written again if these were withdrawn. */
  liveWithout(edits: readonly EditPlace[]): ModelEdit[]
  readonly board: BoardBench
  readonly index: IndexBench
  readonly calibration: CalibrationBench
  readonly promises: PromiseBench
  appendRecord(kind: string, payload: unknown): Promise<void>
  records(kind: string): unknown[]
  kept?(kind: string): { records: number; state: unknown; since: unknown[] } | null
  keepState?(kind: string, source: () => { records: number; state: unknown }): void
  /** Where the person was when they were last seen. */
  place(): PlaceRecord | null
  keepPlace(place: PlaceRecord): Promise<void>
  close(): Promise<void>
}
