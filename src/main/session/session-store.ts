/**
 * A session on disk: the edits that were committed, their blocks and keys, and the records of the review workspace.
 * Every method that changes something returns when the change is on the disk; on failure nothing has changed.
 */
import { join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import type { IndexedEdit } from '../editor/neuron-index/types.ts'
import type { BlockWeights } from '../engine/models/language-model.ts'
import type { BlockKeys } from '../formats/block-keys.ts'
import { setImmediate } from 'node:timers/promises'
import { BATCH, OWN_KINDS, REDO, REINSTATE, UNDO, WITHDRAW } from './batches.ts'
import type { BatchHistory, BatchPayload, CommittedBatch, MovePayload, StoredEdit } from './batches.ts'
import type { BlockStore } from './block-store.ts'
import type { SessionHeader } from './header.ts'
import { indexedEdit } from './indexed-edit.ts'
import type { JournalWriter } from './journal.ts'
import type { JournalRecord } from './journal-format.ts'
import type { SessionLock } from './lock.ts'
import { CALIBRATION_FILE, INDEX_FOLDER } from './names.ts'
import { checkBatch } from './new-batch.ts'
import type { NewBatch } from './new-batch.ts'
import type { Notice } from './notice.ts'
import { RecordLog } from './record-log.ts'
import type { StateSource } from './record-log.ts'
import type { Replayed } from './replay.ts'
import { sessionSizes } from './sizes.ts'
import type { SessionSizes } from './sizes.ts'
import { SNAPSHOT_FILE, writeSnapshot } from './snapshot.ts'
import type { KeptState } from './snapshot.ts'
import { editsToReinstate, editsToWithdraw, withdrawPayload } from './withdrawals.ts'
import type { EditName } from './withdrawals.ts'

/** Records behind the last snapshot after which another one is taken; and at closing, where that is soon done. */
const RECORDS_BETWEEN_SNAPSHOTS = 256
const RECORDS_AT_CLOSING = 32

/** What the folder of a session holds; read by session-folder.ts. */
export interface SessionContent {
  readonly notices: Notice[]
  readonly replayed: Replayed
  /** blocks whose files are not those of their commit, and why */
  readonly damaged: Map<string, string>
  readonly blocks: BlockStore
}

interface Opened extends SessionContent {
  readonly folder: string
  readonly header: SessionHeader
  /** of the folder: an older one is only read */
  readonly schemaVersion: number
  /** why no route of it can be trusted, so that it is only read; null: nothing is wrong */
  readonly problem: ErratumError | null
  /** null: opened for reading only */
  readonly writer: { readonly journal: JournalWriter; readonly lock: SessionLock } | null
}

export class SessionStore {
  readonly folder: string
  readonly header: SessionHeader
  readonly schemaVersion: number
  readonly notices: readonly Notice[]
  private readonly opened: Opened
  private readonly history: BatchHistory
  private readonly log: RecordLog
  private readonly keys = new Map<string, BlockKeys>()
  private sinceSnapshot: number
  private snapshotIsDue = false
  private closed = false
  private lastWrite: Promise<unknown> = Promise.resolve()

  /** Sessions are made by `createSession` and `openSession`. */
  constructor(opened: Opened) {
    this.opened = opened
    this.folder = opened.folder
    this.header = opened.header
    this.schemaVersion = opened.schemaVersion
    this.history = opened.replayed.history
    this.log = new RecordLog(opened.replayed)
    this.sinceSnapshot = opened.replayed.records.length
    this.notices = opened.notices
  }

  get readOnly(): boolean {
    return this.opened.writer === null
  }

  /** Header or calibration are not those that it was made with: no route can be trusted. */
  get problem(): ErratumError | null {
    return this.opened.problem
  }

  /** Path of the calibration's copy; null where the session has none. */
  get calibrationFile(): string | null {
    return this.header.calibrationSha256 === null ? null : join(this.folder, CALIBRATION_FILE)
  }

  get indexFolder(): string {
    return join(this.folder, INDEX_FOLDER)
  }

  /** Batches that are present and whole, by order. */
  get batches(): readonly CommittedBatch[] {
    return this.history.present.filter(({ block }) => !this.opened.damaged.has(block))
  }

  /** Edits in force: of batches that are present, and not withdrawn, in their permanent order. */
  get edits(): readonly StoredEdit[] {
    return this.batches.flatMap(({ edits }) => edits).sort((a, b) => a.order - b.order)
  }

  /** The order that the next edit to be committed gets: larger than that of any edit before, undone ones included. */
  get nextOrder(): number {
    return this.history.nextOrder
  }

  /** Number of the next batch, from 1; undone ones have had theirs. */
  get nextBatch(): number {
    return this.history.nextBatch
  }

  /** Batches that were taken out, the one taken out last at the end. */
  get undone(): readonly CommittedBatch[] {
    return this.history.undone
  }

  /** Withdrawn edits of the batches that are present, the one withdrawn last at the end. */
  get withdrawn(): readonly StoredEdit[] {
    const batches = new Map(this.batches.map((batch) => [batch.seq, batch]))
    return this.history.withdrawn.flatMap(
      ({ batchSeq, editId }) => batches.get(batchSeq)?.committed.find((edit) => edit.editId === editId) ?? []
    )
  }

  /** Ids for new edits: as wished, with a number where an edit that is present has it already. */
  freeEditIds(wished: readonly string[]): string[] {
    const taken = new Set(this.history.present.flatMap(({ edits }) => edits.map(({ editId }) => editId)))
    return wished.map((wish) => {
      let id = wish
      for (let count = 2; taken.has(id); count++) id = `${wish}~${count}`
      taken.add(id)
      return id
    })
  }

  /**
   * Commits a trained batch: its block is on the disk before the journal's record, which is the commit point.
   * @throws ErratumError `BadInput` for a batch that does not fit together, `Unwritable`
   */
  async commitBatch(batch: NewBatch): Promise<CommittedBatch> {
    return this.write(async (journal) => {
      const { blockId, weights, loraLayers, edits, keys, training } = batch
      const { blocks, damaged } = this.opened
      const { history } = this
      checkBatch(batch, history)
      const content = { weights, loraLayers, baseModel: this.header.model.path }
      const files = await blocks.write(blockId, content, keys)
      const payload: BatchPayload = {
        batch: history.nextBatch,
        block: blockId,
        rank: weights.rank,
        loraLayers,
        keyLength: { deployment: keys.deployment[0][0].length, paper: keys.paper[0].length },
        training,
        files,
        edits: edits.map(({ editId, prompt, join = ' ', target, promptIds, targetIds, decisions, extra = {}, from }, i) => ({
          editId, prompt, join, target, promptIds, targetIds, decisions, order: history.nextOrder + i, extra, from
        })) // prettier-ignore
      }
      try {
        await this.record(journal, BATCH, payload)
      } catch (error) {
        await blocks.remove(blockId).catch(() => undefined)
        throw error
      }
      damaged.delete(blockId)
      return history.lastPresent!
    })
  }

  /**
   * Takes a batch out, be it the last or any other; its block goes to the trash.
   * @param block the last batch where none is named
   * @throws ErratumError `NotFound` where no such block is present, `BadInput` where there is nothing to undo
   */
  async undo(block?: string): Promise<CommittedBatch> {
    return this.write(async (journal) => {
      const { blocks } = this.opened
      const { history } = this
      const batch = chosen(history.present, block, `${this.folder} has no block ${block} to take out.`)
      if (!batch) throw new ErratumError('BadInput', 'There is no batch to undo.', { file: this.folder })
      await this.record(journal, UNDO, { batchSeq: batch.seq, block: batch.block } satisfies MovePayload)
      this.keys.delete(batch.block)
      // The undo stands. A folder that cannot be moved now is moved at the next opening.
      await blocks.moveToTrash(batch.block).catch(() => undefined)
      return batch
    })
  }

  /**
   * Puts a batch back in its permanent place.
   * @param block the one that was taken out last where none is named
   * @throws ErratumError `NotFound` where no such block was taken out, `BadInput` where nothing can be put back or its
   * edits are in the session again, `BadFile` where its files are damaged
   */
  async redo(block?: string): Promise<CommittedBatch> {
    return this.write(async (journal) => {
      const { blocks, damaged } = this.opened
      const { history } = this
      const batch = chosen(history.undone, block, `${this.folder} has no block ${block} that was taken out.`)
      if (!batch) throw new ErratumError('BadInput', 'There is no undone batch to bring back.', { file: this.folder })
      this.refuseTakenEdits(batch)
      // An undo that could not move the folder left it in its place.
      if ((await blocks.problemOf(batch)) !== null) {
        const problem = await blocks.problemOf(batch, blocks.trash)
        if (problem !== null)
          throw new ErratumError('BadFile', `Block ${batch.block} cannot be brought back: ${problem}.`, {
            file: join(blocks.trash, batch.block),
            cure: 'Train the edits again.'
          })
        await blocks.takeFromTrash(batch.block)
      }
      await this.record(journal, REDO, { batchSeq: batch.seq, block: batch.block } satisfies MovePayload)
      damaged.delete(batch.block)
      return batch
    })
  }

  /**
   * Takes single edits out, all of them or none; the rest of their batches stays. The blocks stay where they are, also
   * one whose edits are all withdrawn: nothing routes to it.
   * @throws ErratumError `NotFound` where one is not in force, `BadInput` where none is named
   */
  async withdraw(names: readonly EditName[]): Promise<StoredEdit[]> {
    return this.write(async (journal) => {
      const edits = editsToWithdraw(this.batches, names, this.folder)
      await this.record(journal, WITHDRAW, withdrawPayload(this.batches, edits))
      return edits
    })
  }

  /**
   * Puts withdrawn edits back in their permanent places, all of them or none.
   * @param names the one withdrawn last where none is named
   * @throws ErratumError `NotFound` where one is not withdrawn, `BadInput` where its id is in force again or nothing is
   * withdrawn
   */
  async reinstate(names: readonly EditName[] = []): Promise<StoredEdit[]> {
    return this.write(async (journal) => {
      const { batches, withdrawn } = this
      const last = withdrawn.at(-1)
      if (!last) throw new ErratumError('BadInput', 'There is no withdrawn edit to reinstate.', { file: this.folder })
      const edits = editsToReinstate(batches, withdrawn, names.length > 0 ? names : [last], this.folder)
      await this.record(journal, REINSTATE, withdrawPayload(batches, edits))
      return edits
    })
  }

  /** Appends a record of the caller's own kind; on return it is on the disk. */
  async appendRecord(kind: string, payload: unknown): Promise<JournalRecord> {
    if (OWN_KINDS.includes(kind))
      throw new ErratumError('BadInput', `Records of kind ${kind} are the session's own.`, { field: 'kind' })
    return this.write((journal) => this.record(journal, kind, payload))
  }

  /** Records of a kind in the order they were written; the caller checks their payloads. */
  records(kind: string): readonly JournalRecord[] {
    return this.log.of(kind)
  }

  /** What the last snapshot kept of a kind, and the records of it since; null where it kept none. */
  kept(kind: string): { kept: KeptState; since: readonly JournalRecord[] } | null {
    return this.log.keptOf(kind)
  }

  /**
   * Names who tells what the records of a kind come to, for snapshots. The next opening gives that back by `kept`, and
   * only the records since.
   */
  keepState(kind: string, source: StateSource): void {
    this.log.setSource(kind, source)
  }

  /**
   * Takes a snapshot, so that the next opening need not replay what came before. It is derived: one that cannot be
   * taken is no failure.
   */
  async snapshot(): Promise<boolean> {
    return this.write(async (journal) => {
      // Whoever waited for the record before this has taken it in by then.
      await setImmediate()
      const states = this.log.currentStates()
      if (states === null) return false
      const { history } = this
      const place = (batch: CommittedBatch): [number, number] => [...this.opened.replayed.spans.get(batch.seq)!]
      const content = {
        version: 1 as const,
        journal: journal.extent,
        present: history.present.map(place),
        undone: history.undone.map(place),
        withdrawn: [...history.withdrawn],
        ...history.counts,
        states
      }
      const count = this.sinceSnapshot
      const isWritten = await writeSnapshot(join(this.folder, SNAPSHOT_FILE), content).then(
        () => true,
        () => false
      )
      if (isWritten) this.sinceSnapshot -= count
      return isWritten
    })
  }

  loadBlock(block: string): BlockWeights {
    return this.opened.blocks.loadWeights(this.batchOf(block))
  }

  /**
   * A row for each edit of the batch as it was `committed`, withdrawn ones included. Kept once they were read: both
   * indices and whoever explores them use the same arrays.
   */
  keysOf(block: string): BlockKeys {
    const batch = this.batchOf(block)
    const keys = this.keys.get(block) ?? this.opened.blocks.loadKeys(batch)
    this.keys.set(block, keys)
    return keys
  }

  /** The edits in force as records of a neuron index, with the keys of one protocol. */
  indexedEdits(protocol: 'deployment' | 'paper'): IndexedEdit[] {
    return this.batches
      .flatMap((batch) => {
        const keys = this.keysOf(batch.block)
        const inForce = new Set(batch.edits)
        return batch.committed.flatMap((edit, i) => (inForce.has(edit) ? [indexedEdit(edit, keys, i, protocol)] : []))
      })
      .sort((a, b) => a.order - b.order)
  }

  sizes(): Promise<SessionSizes> {
    return sessionSizes(this.folder, this.history.present)
  }

  /** Waits for what is being written, then gives the session free for others. */
  async close(): Promise<void> {
    if (this.closed) return
    if (this.opened.writer && this.sinceSnapshot >= RECORDS_AT_CLOSING) await this.snapshot().catch(() => false)
    this.closed = true
    await this.lastWrite.catch(() => undefined)
    await this.opened.writer?.journal.close()
    await this.opened.writer?.lock.release()
  }

  /** One write at a time, in the order they were asked for. */
  private write<T>(action: (journal: JournalWriter) => Promise<T>): Promise<T> {
    const { writer } = this.opened
    if (!writer) throw new ErratumError('Locked', 'The session was opened for reading only.', { file: this.folder })
    if (this.closed) throw new ErratumError('Internal', 'The session has been closed.', { file: this.folder })
    const turn = this.lastWrite.catch(() => undefined).then(() => action(writer.journal))
    this.lastWrite = turn
    return turn
  }

  private async record(journal: JournalWriter, kind: string, payload: unknown): Promise<JournalRecord> {
    const { record, span } = await journal.append(kind, payload)
    this.log.add(record)
    if (kind === BATCH) this.opened.replayed.spans.set(record.seq, span)
    this.history.apply(record)
    if (++this.sinceSnapshot % RECORDS_BETWEEN_SNAPSHOTS === 0) this.takeSnapshotSoon()
    return record
  }

  /** Ids of edits are unique among those that are present. */
  private refuseTakenEdits({ block, edits }: CommittedBatch): void {
    const ids = new Set(edits.map(({ editId }) => editId))
    for (const other of this.history.present) {
      const taken = other.edits.find(({ editId }) => ids.has(editId))
      if (!taken) continue
      throw new ErratumError(
        'BadInput',
        `Block ${block} cannot be put back: its edit ${taken.editId} was trained again since, in block ${other.block}.`,
        { file: this.folder, field: 'block', cure: `Take block ${other.block} out first.` }
      )
    }
  }

  /** Behind what is being written, once for all that come due meanwhile. */
  private takeSnapshotSoon(): void {
    if (this.snapshotIsDue) return
    this.snapshotIsDue = true
    void setImmediate()
      .then(() => (this.closed ? false : this.snapshot()))
      .catch(() => false)
      .finally(() => (this.snapshotIsDue = false))
  }

  private batchOf(block: string): CommittedBatch {
    const batch = this.history.present.find((one) => one.block === block)
    if (!batch) throw new ErratumError('NotFound', `The session has no block ${block}.`, { file: this.folder })
    const problem = this.opened.damaged.get(block)
    if (problem === undefined) return batch
    throw new ErratumError('BadFile', `Block ${block} cannot be used: ${problem}.`, {
      file: join(this.opened.blocks.blocks, block),
      cure: 'Put its folder back from a backup, or train its edits again.'
    })
  }
}

/** The named batch, or the last one; undefined where there is none at all. */
function chosen(
  batches: readonly CommittedBatch[],
  block: string | undefined,
  missing: string
): CommittedBatch | undefined {
  if (block === undefined) return batches.at(-1)
  const found = batches.find((one) => one.block === block)
  if (found) return found
  const names = batches.map((one) => one.block).join(', ')
  throw new ErratumError('NotFound', missing, {
    field: 'block',
    cure: names === '' ? 'There is none at all.' : `Give one of: ${names}.`
  })
}
