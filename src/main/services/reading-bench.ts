/** A session whose model is missing or that is damaged, opened for reading: what was written, marked, typed and trained is all there. */
import { ErratumError } from '../../contract/errors.ts'
import type { EditPlace, PlaceRecord } from '../../contract/types.ts'
import { readPlace } from '../session/place-file.ts'
import type { SentenceRule } from '../editor/sentence-ends.ts'
import type { SessionStore } from '../session/session-store.ts'
import { editsOfBatch } from './board/batch-history.ts'
import { boardRecords } from './board/board-records.ts'
import { readBoard } from './board/read-board.ts'
import { readingExplorer } from './index-explorer/index-benches.ts'
import { calibrationOf } from './calibration/calibration-bench.ts'
import type { BoardBench, CalibrationBench, IndexBench, Workbench, ModelEdit } from './review/workbench.ts'
import { stateOfEdits } from './promises/edits-state.ts'
import { presentEdits } from './promises/present-edits.ts'
import type { PromiseBench } from './promises/promise-bench.ts'

export class ReadingBench implements Workbench {
  readonly model = null
  readonly readOnly = true
  readonly sentenceRule: SentenceRule
  readonly sessionDir: string
  readonly notices: readonly string[]
  readonly board: BoardBench
  readonly index: IndexBench
  readonly calibration: CalibrationBench
  readonly promises: PromiseBench
  private readonly store: SessionStore
  private readonly missing: ErratumError

  /** @param missing why there is no model */
  constructor(store: SessionStore, missing: ErratumError) {
    this.store = store
    this.missing = missing
    this.sessionDir = store.folder
    this.sentenceRule = store.header.sentenceRule
    this.notices = [...new Set([missing.message, ...store.notices.map(({ message }) => message)])]
    this.board = {
      read: () => readBoard(store),
      settings: () => boardRecords((kind) => this.records(kind)).settings,
      batch: (block) => editsOfBatch(store, block),
      measure: () => this.refuse()
    }
    this.index = readingExplorer(store, this.refusal())
    this.promises = {
      state: () => stateOfEdits(store.header.model.sha256, store.edits),
      edits: () => presentEdits(store),
      decisions: () => null,
      isUntouched: () => false,
      foresee: () => this.refuse(),
      passage: () => this.refuse(),
      edit: () => this.refuse()
    }
    this.calibration = { read: () => calibrationOf(store, missing.message), run: () => this.refuse() }
  }

  write(): Promise<never> {
    return this.refuse()
  }

  sample(): Promise<never> {
    return this.refuse()
  }

  view(): Promise<never> {
    return this.refuse()
  }

  compare(): Promise<never> {
    return this.refuse()
  }

  plan(): Promise<never> {
    return this.refuse()
  }

  measure(): never {
    throw this.refusal()
  }

  trainingSetup(): never {
    throw this.refusal()
  }

  place(): PlaceRecord | null {
    return readPlace(this.sessionDir)
  }

  async keepPlace(): Promise<void> {
    // Who only reads leaves nothing behind.
  }

  trainPassages(): Promise<never> {
    return this.refuse()
  }

  unfitEdits(): Promise<never> {
    return this.refuse()
  }

  trainEdits(): Promise<never> {
    return this.refuse()
  }

  moveBlock(): Promise<never> {
    return this.refuse()
  }

  moveEdits(): Promise<never> {
    return this.refuse()
  }

  /** Without the calibration nobody can tell which of them are live. */
  edits(): ModelEdit[] {
    return this.store.edits.map(({ block, editId, prompt, target }) => ({
      block,
      editId,
      prompt,
      target,
      isLive: true
    }))
  }

  withdrawn(): EditPlace[] {
    return this.store.withdrawn.map(({ block, editId }) => ({ block, editId }))
  }

  liveWithout(): ModelEdit[] {
    return []
  }

  blocks(): readonly string[] {
    return this.store.batches.map(({ block }) => block)
  }

  async appendRecord(kind: string, payload: unknown): Promise<void> {
    await this.store.appendRecord(kind, payload)
  }

  records(kind: string): unknown[] {
    return this.store.records(kind).map(({ payload }) => payload)
  }

  kept(kind: string): { records: number; state: unknown; since: unknown[] } | null {
    const found = this.store.kept(kind)
    return found && { ...found.kept, since: found.since.map(({ payload }) => payload) }
  }

  keepState(): void {
    // Who only reads takes no snapshot.
  }

  close(): Promise<void> {
    return this.store.close()
  }

  private refusal(): ErratumError {
    return new ErratumError('Unavailable', this.missing.message, { cure: this.missing.details.cure })
  }

  private refuse(): Promise<never> {
    return Promise.reject(this.refusal())
  }
}
