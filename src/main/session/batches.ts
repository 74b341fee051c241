/** Which batches and edits a session holds: a pure replay of its journal's commits, undos, redos and withdrawals. */
import { z } from 'zod'
import { BLOCK_KEYS } from '../formats/block-keys.ts'
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from '../formats/peft-block.ts'
import type { JournalRecord } from './journal-format.ts'
import { isBlockId } from './names.ts'

/** An edit as it was committed. */
export interface StoredEdit {
  /** unique among the edits in force */
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
/** Single edits that were taken out of their batches, and put back: a batch's other edits stay as they are. */
export const WITHDRAW = 'withdraw'
export const REINSTATE = 'reinstate'
export const OWN_KINDS: readonly string[] = [BATCH, UNDO, REDO, WITHDRAW, REINSTATE]

/** Undo and redo name the journal record of the batch: its block's id may be used again after an undo. */
export interface MovePayload {
  readonly batchSeq: number
  readonly block: string
}

/** An edit by its block and its id: ids are unique within a batch. */
export interface EditPlace {
  readonly block: string
  readonly editId: string
}

export interface WithdrawPayload {
  readonly edits: readonly (EditPlace & { readonly batchSeq: number })[]
}

/** `edits` are those in force; a batch may be left without any. */
export interface CommittedBatch extends StoredBatch {
  readonly seq: number
  readonly at: string
  /** as they were committed, withdrawn ones included: the rows of the block's keys */
  readonly committed: readonly StoredEdit[]
  /** those that were withdrawn, in the order of their commit */
  readonly withdrawn: readonly StoredEdit[]
}

/** A withdrawn edit in a snapshot, by its batch's record. */
export interface WithdrawnEdit {
  readonly batchSeq: number
  readonly editId: string
}

const list = z.custom<unknown[]>(Array.isArray)
const whole = z.int().nonnegative()
/** They name a folder and files, so that nothing else may stand there. */
const blockId = z.string().refine(isBlockId, 'it is no name of a block')
const file = z.object({ bytes: whole, sha256: z.string() })
const blockFiles = z.strictObject({ [ADAPTER_WEIGHTS]: file, [ADAPTER_CONFIG]: file, [BLOCK_KEYS]: file })

/** What replaying needs of a record. A checksum vouches for its bytes, and not for the program that wrote them. */
const batchForm = z.object({
  batch: whole,
  block: blockId,
  rank: whole,
  loraLayers: z.array(whole),
  keyLength: z.object({ deployment: whole, paper: whole }),
  training: z.object({ iterations: z.number(), seconds: z.number(), loss: z.number() }),
  files: blockFiles,
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
const moveForm = z.object({ batchSeq: whole, block: blockId })
const withdrawForm = z.object({
  edits: z.array(z.object({ batchSeq: whole, block: blockId, editId: z.string() })).min(1)
})

function formProblem({ seq, kind, payload }: Omit<JournalRecord, 'at'>, form: z.ZodType): string | null {
  const parsed = form.safeParse(payload)
  if (parsed.success) return null
  const [{ path, message }] = parsed.error.issues
  return `Record ${seq} (${kind}) cannot be read and has been left out: ${path.join('.')}: ${message}.`
}

export class BatchHistory {
  private readonly presentBatches: CommittedBatch[] = []
  private readonly undoneBatches: CommittedBatch[] = []
  /** in the order in which they were withdrawn; they stay so while their batch is undone */
  private withdrawnEdits: WithdrawnEdit[] = []
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
    counts: { nextOrder: number; commits: number; withdrawn: readonly WithdrawnEdit[] }
  ): BatchHistory {
    const history = new BatchHistory()
    history.presentBatches.push(...present.map(committed))
    history.undoneBatches.push(...undone.map(committed))
    history.order = counts.nextOrder
    history.commits = counts.commits
    history.withdrawnEdits = [...counts.withdrawn]
    for (const seq of new Set(counts.withdrawn.map(({ batchSeq }) => batchSeq))) history.refresh(seq)
    return history
  }

  /** Takes one record; returns what is wrong with it, or null. Records of other kinds change nothing. */
  apply(record: JournalRecord): string | null {
    if (record.kind === BATCH) return formProblem(record, batchForm) ?? this.commit(committed(record))
    if (record.kind === UNDO) return this.move(this.presentBatches, this.undoneBatches, record)
    if (record.kind === REDO) return this.move(this.undoneBatches, this.presentBatches, record)
    if (record.kind === WITHDRAW || record.kind === REINSTATE) return this.withdraw(record)
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

  /** Withdrawn edits, of undone batches too, the one withdrawn last at the end. */
  get withdrawn(): readonly WithdrawnEdit[] {
    return this.withdrawnEdits
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
    this.presentBatches.sort((a, b) => a.committed[0].order - b.committed[0].order)
    return null
  }

  /** What a record names and the journal does not have (its batch was damaged) is left out; the rest holds. */
  private withdraw({ seq, kind, payload }: JournalRecord): string | null {
    const problem = formProblem({ seq, kind, payload }, withdrawForm)
    if (problem !== null) return problem
    const missing: string[] = []
    for (const { batchSeq, block, editId } of (payload as WithdrawPayload).edits) {
      const batch = [...this.presentBatches, ...this.undoneBatches].find((one) => one.seq === batchSeq)
      if (!batch?.committed.some((edit) => edit.editId === editId)) {
        missing.push(`edit ${editId} of block ${block}`)
        continue
      }
      this.withdrawnEdits = this.withdrawnEdits.filter((one) => one.batchSeq !== batchSeq || one.editId !== editId)
      if (kind === WITHDRAW) this.withdrawnEdits.push({ batchSeq, editId })
      this.refresh(batchSeq)
    }
    if (missing.length === 0) return null
    return `Record ${seq} (${kind}) speaks of a batch that the journal does not have: ${missing.join(', ')}.`
  }

  /** Parts the edits of a batch anew into those in force and the withdrawn ones. */
  private refresh(seq: number): void {
    const ids = new Set(this.withdrawnEdits.filter((one) => one.batchSeq === seq).map(({ editId }) => editId))
    for (const batches of [this.presentBatches, this.undoneBatches]) {
      const place = batches.findIndex((one) => one.seq === seq)
      if (place < 0) continue
      const edits = batches[place].committed
      batches[place] = {
        ...batches[place],
        edits: edits.filter(({ editId }) => !ids.has(editId)),
        withdrawn: edits.filter(({ editId }) => ids.has(editId))
      }
    }
  }
}

function committed({ seq, at, payload }: JournalRecord): CommittedBatch {
  const batch = payload as BatchPayload
  const { block, batch: number } = batch
  const edits = batch.edits.map((edit) => ({ ...edit, block, batch: number }))
  return { ...batch, edits, committed: edits, withdrawn: [], seq, at }
}
