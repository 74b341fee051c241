/** Which batches a session holds, told from its journal: a pure replay of commits, undos and redos. */
import type { JournalRecord } from './journal-format.ts'

/** An edit as it was committed. */
export interface StoredEdit {
  /** unique among the edits that are present */
  readonly editId: string
  readonly prompt: string
  readonly target: string
  readonly promptIds: readonly number[]
  readonly targetIds: readonly number[]
  /**
   * Lengths of the text in tokens, prompt counted, at which the edit has a record: the prompt's end first, then every
   * decision point inside the target.
   */
  readonly decisions: readonly number[]
  /** permanent place among all edits ever committed; later ones are larger */
  readonly order: number
  /** id of the block that was trained for it */
  readonly block: string
  /** number of the batch, from 1, as it was counted at its commit */
  readonly batch: number
  /** whatever else came with the edit (subject, severity, rephrased prompts, unknown fields) */
  readonly extra: Readonly<Record<string, unknown>>
}

export interface TrainingRecord {
  readonly iterations: number
  readonly seconds: number
  /** last training loss, nats a token */
  readonly loss: number
  readonly [more: string]: unknown
}

export interface FileRecord {
  readonly bytes: number
  readonly sha256: string
}

export interface StoredBatch {
  readonly batch: number
  readonly block: string
  readonly rank: number
  readonly loraLayers: readonly number[]
  /** floats of one key under each protocol */
  readonly keyLength: { readonly deployment: number; readonly paper: number }
  readonly training: TrainingRecord
  /** files of the block's folder, by name */
  readonly files: Readonly<Record<string, FileRecord>>
  readonly edits: readonly StoredEdit[]
}

/** A batch record of the journal; its edits take block and batch from it. */
export type BatchPayload = Omit<StoredBatch, 'edits'> & {
  readonly edits: readonly Omit<StoredEdit, 'block' | 'batch'>[]
}

export const BATCH = 'batch'
export const UNDO = 'undo'
export const REDO = 'redo'
export const OWN_KINDS: readonly string[] = [BATCH, UNDO, REDO]

/** Undo and redo name the journal record of the batch: its block's id may be used again after an undo. */
export interface MovePayload {
  readonly batchSeq: number
  readonly block: string
}

export interface CommittedBatch extends StoredBatch {
  readonly seq: number
  readonly at: string
}

export class BatchHistory {
  private readonly presentBatches: CommittedBatch[] = []
  private readonly undoneBatches: CommittedBatch[] = []
  private order = 0
  private commits = 0

  /** Takes one record; returns what is wrong with it, or null. Records of other kinds change nothing. */
  apply(record: JournalRecord): string | null {
    // The checksum vouches for the payload: it is what this program wrote.
    if (record.kind === BATCH) return this.commit(record, record.payload as BatchPayload)
    if (record.kind === UNDO) return this.move(this.presentBatches, this.undoneBatches, record)
    if (record.kind === REDO) return this.move(this.undoneBatches, this.presentBatches, record)
    return null
  }

  /** by order of their edits, whatever was taken out and put back between */
  get present(): readonly CommittedBatch[] {
    return this.presentBatches
  }

  get lastPresent(): CommittedBatch | null {
    return this.presentBatches.at(-1) ?? null
  }

  /** Batches that were taken out and can be put back, the one taken out last at the end. */
  get undone(): readonly CommittedBatch[] {
    return this.undoneBatches
  }

  get nextOrder(): number {
    return this.order
  }

  /** Number of the next batch, from 1: no batch before had it, undone ones included. */
  get nextBatch(): number {
    return this.commits + 1
  }

  private commit({ seq, at }: JournalRecord, payload: BatchPayload): null {
    const { block, batch } = payload
    const edits = payload.edits.map((edit) => ({ ...edit, block, batch }))
    this.presentBatches.push({ ...payload, edits, seq, at })
    this.commits++
    for (const { order } of edits) this.order = Math.max(this.order, order + 1)
    // Schema 1 gave the id of an undone block again, whose folder in the trash gave way then.
    const replaced = this.undoneBatches.findIndex((one) => one.block === block)
    if (replaced >= 0) this.undoneBatches.splice(replaced, 1)
    return null
  }

  private move(from: CommittedBatch[], to: CommittedBatch[], { seq, kind, payload }: JournalRecord): string | null {
    const { batchSeq, block } = payload as MovePayload
    const index = from.findIndex((batch) => batch.seq === batchSeq)
    if (index < 0) return `Record ${seq} (${kind} of block ${block}) speaks of a batch that the journal does not have.`
    to.push(...from.splice(index, 1))
    this.presentBatches.sort((a, b) => a.edits[0].order - b.edits[0].order)
    return null
  }
}
