/** Which batches a session holds, told from its journal: a pure replay of commits, undos and redos. */
import { z } from 'zod'
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

const list = z.custom<unknown[]>(Array.isArray)
const whole = z.int().nonnegative()

/** What replaying needs of a record. A checksum vouches for its bytes, and not for the program that wrote them. */
const batchForm = z.object({
  batch: whole,
  block: z.string(),
  rank: whole,
  loraLayers: z.array(whole),
  keyLength: z.object({ deployment: whole, paper: whole }),
  training: z.object({ iterations: z.number(), seconds: z.number(), loss: z.number() }),
  files: z.record(z.string(), z.object({ bytes: whole, sha256: z.string() })),
  edits: z
    .array(
      z.object({
        editId: z.string(),
        prompt: z.string(),
        target: z.string(),
        promptIds: list,
        targetIds: list,
        decisions: z.array(whole).min(1),
        order: whole
      })
    )
    .min(1)
})
const moveForm = z.object({ batchSeq: whole, block: z.string() })

function formProblem({ seq, kind, payload }: Omit<JournalRecord, 'at'>, form: z.ZodType): string | null {
  const parsed = form.safeParse(payload)
  if (parsed.success) return null
  const [{ path, message }] = parsed.error.issues
  return `Record ${seq} (${kind}) cannot be read and has been left out: ${path.join('.')}: ${message}.`
}

export class BatchHistory {
  private readonly presentBatches: CommittedBatch[] = []
  private readonly undoneBatches: CommittedBatch[] = []
  private order = 0
  private commits = 0

  /**
   * As it was when a snapshot was taken.
   * @param present records of the batches by their order
   * @param undone in the order in which they were taken out
   */
  static restored(
    present: readonly JournalRecord[],
    undone: readonly JournalRecord[],
    { nextOrder, commits }: { nextOrder: number; commits: number }
  ): BatchHistory {
    const history = new BatchHistory()
    history.presentBatches.push(...present.map(committed))
    history.undoneBatches.push(...undone.map(committed))
    history.order = nextOrder
    history.commits = commits
    return history
  }

  /** Takes one record; returns what is wrong with it, or null. Records of other kinds change nothing. */
  apply(record: JournalRecord): string | null {
    if (record.kind === BATCH) return formProblem(record, batchForm) ?? this.commit(committed(record))
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

  get counts(): { nextOrder: number; commits: number } {
    return { nextOrder: this.order, commits: this.commits }
  }

  private commit(batch: CommittedBatch): null {
    this.presentBatches.push(batch)
    this.commits++
    for (const { order } of batch.edits) this.order = Math.max(this.order, order + 1)
    // Schema 1 gave the id of an undone block again, whose folder in the trash gave way then.
    const replaced = this.undoneBatches.findIndex((one) => one.block === batch.block)
    if (replaced >= 0) this.undoneBatches.splice(replaced, 1)
    return null
  }

  private move(from: CommittedBatch[], to: CommittedBatch[], { seq, kind, payload }: JournalRecord): string | null {
    const problem = formProblem({ seq, kind, payload }, moveForm)
    if (problem !== null) return problem
    const { batchSeq, block } = payload as MovePayload
    const index = from.findIndex((batch) => batch.seq === batchSeq)
    if (index < 0) return `Record ${seq} (${kind} of block ${block}) speaks of a batch that the journal does not have.`
    to.push(...from.splice(index, 1))
    this.presentBatches.sort((a, b) => a.edits[0].order - b.edits[0].order)
    return null
  }
}

function committed({ seq, at, payload }: JournalRecord): CommittedBatch {
  const batch = payload as BatchPayload
  const { block, batch: number } = batch
  return { ...batch, edits: batch.edits.map((edit) => ({ ...edit, block, batch: number })), seq, at }
}
