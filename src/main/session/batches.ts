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
  /** what stands between prompt and target */
  readonly join: string
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
  /** the file that it was read from; absent where it is of a passage of the review, or older */
  readonly from?: { readonly file: string; readonly line?: number }
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
  readonly edits: readonly (Omit<StoredEdit, 'block' | 'batch' | 'join'> & { readonly join?: string })[]
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

const whole = z.int().nonnegative()
const ids = z.custom<number[]>(
  (value) => Array.isArray(value) && value.every((id) => Number.isInteger(id) && id >= 0),
  'token ids are expected'
)
/** They name a folder and files, so that nothing else may stand there. */
const blockId = z.string().refine(isBlockId, 'it is no name of a block')
const file = z.object({ bytes: whole, sha256: z.string() })
const blockFiles = z.strictObject({ [ADAPTER_WEIGHTS]: file, [ADAPTER_CONFIG]: file, [BLOCK_KEYS]: file })

const editForm = z
  .object({
    editId: z.string(),
    prompt: z.string(),
    join: z.string().optional(),
    target: z.string(),
    promptIds: ids,
    targetIds: ids,
    decisions: z.array(whole).min(1),
    order: whole
  })
  .refine(({ promptIds, targetIds, decisions }) => {
    const length = promptIds.length + targetIds.length
    return (
      decisions[0] === promptIds.length && decisions.every((at, r) => at < length && (r === 0 || at > decisions[r - 1]))
    )
  }, 'its decisions are no places of its text')

const areDistinct = (edits: readonly { editId: string }[]): boolean =>
  new Set(edits.map(({ editId }) => editId)).size === edits.length

/** What replaying needs of a record. A checksum vouches for its bytes, and not for the program that wrote them. */
const batchForm = z.object({
  batch: whole,
  block: blockId,
  rank: whole,
  loraLayers: z.array(whole),
  keyLength: z.object({ deployment: whole, paper: whole }),
  training: z.object({ iterations: z.number(), seconds: z.number(), loss: z.number() }),
  files: blockFiles,
  edits: z.array(editForm).min(1).refine(areDistinct, 'an id occurs twice')
})
const moveForm = z.object({ batchSeq: whole, block: blockId })
const withdrawForm = z.object({
  edits: z.array(z.object({ batchSeq: whole, block: blockId, editId: z.string() })).min(1)
})

const FORMS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  [BATCH, batchForm],
  [UNDO, moveForm],
  [REDO, moveForm],
  [WITHDRAW, withdrawForm],
  [REINSTATE, withdrawForm]
])

function problemOfForm(payload: unknown, form: z.ZodType): string | null {
  const parsed = form.safeParse(payload)
  if (parsed.success) return null
  const [{ path, message }] = parsed.error.issues
  return `${path.join('.')}: ${message}`
}

export class BatchHistory {
  /** by the sequence numbers of their records, so that replaying takes no more than the length of the journal */
  private readonly presentBatches = new Map<number, CommittedBatch>()
  /** the one undone last at the end */
  private readonly undoneBatches = new Map<number, CommittedBatch>()
  private readonly blocks = new Map<string, number>()
  /** ids of the edits of each batch, withdrawn ones included */
  private readonly editIds = new Map<number, ReadonlySet<string>>()
  /** the one withdrawn last at the end; they stay so while their batch is undone */
  private readonly withdrawnEdits = new Map<string, WithdrawnEdit>()
  /** batches whose edits are to be parted anew into those in force and the withdrawn ones */
  private readonly unparted = new Set<number>()
  private sorted: readonly CommittedBatch[] | null = null
  private keyLength: StoredBatch['keyLength'] | null = null
  private order = 0
  private commits = 0

  /**
   * As it was when a snapshot was taken.
   * @param present records of the batches by their order
   * @param undone in the order in which they were taken out
   * @returns null where that cannot be: the journal itself has to be replayed
   */
  static restored(
    present: readonly JournalRecord[],
    undone: readonly JournalRecord[],
    counts: { nextOrder: number; commits: number; withdrawn: readonly WithdrawnEdit[] }
  ): BatchHistory | null {
    const history = new BatchHistory()
    for (const record of [...undone, ...present])
      if (record.kind !== BATCH || history.apply(record) !== null) return null
    for (const { seq } of undone) if (!history.pass(seq, history.presentBatches, history.undoneBatches)) return null
    for (const edit of counts.withdrawn) if (!history.setWithdrawn(edit, true)) return null
    history.order = Math.max(history.order, counts.nextOrder)
    history.commits = counts.commits
    return history
  }

  /** Takes one record; returns what is wrong with it, or null. Records of other kinds change nothing. */
  apply(record: JournalRecord): string | null {
    const { seq, kind, payload } = record
    const form = FORMS.get(kind)
    if (!form) return null
    const problem =
      problemOfForm(payload, form) ??
      (kind === BATCH
        ? this.commit(committed(record))
        : kind === UNDO || kind === REDO
          ? this.move(kind, payload as MovePayload)
          : this.withdraw(kind, payload as WithdrawPayload))
    return problem === null ? null : `Record ${seq} (${kind}) cannot be read and has been left out: ${problem}.`
  }

  /** by order of their edits, whatever was taken out and put back between */
  get present(): readonly CommittedBatch[] {
    this.part()
    this.sorted ??= [...this.presentBatches.values()].sort((a, b) => a.committed[0].order - b.committed[0].order)
    return this.sorted
  }

  get lastPresent(): CommittedBatch | null {
    return this.present.at(-1) ?? null
  }

  /** Batches that were taken out and can be put back, the one taken out last at the end. */
  get undone(): readonly CommittedBatch[] {
    this.part()
    return [...this.undoneBatches.values()]
  }

  /** Withdrawn edits, of undone batches too, the one withdrawn last at the end. */
  get withdrawn(): readonly WithdrawnEdit[] {
    return [...this.withdrawnEdits.values()]
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

  private commit(batch: CommittedBatch): string | null {
    const { seq, block, edits, keyLength } = batch
    const owner = this.blocks.get(block)
    if (owner !== undefined && this.presentBatches.has(owner)) return `block ${block} is there already`
    const due = (this.keyLength ??= keyLength)
    if (due.deployment !== keyLength.deployment || due.paper !== keyLength.paper)
      return `its keys have other lengths (${keyLength.deployment}, ${keyLength.paper}) than those before (${due.deployment}, ${due.paper})`
    // Schema 1 gave the id of an undone block again, whose folder in the trash gave way then.
    if (owner !== undefined) this.undoneBatches.delete(owner)
    this.blocks.set(block, seq)
    this.presentBatches.set(seq, batch)
    this.editIds.set(seq, new Set(edits.map(({ editId }) => editId)))
    this.sorted = null
    this.commits++
    for (const { order } of edits) this.order = Math.max(this.order, order + 1)
    return null
  }

  private move(kind: string, { batchSeq, block }: MovePayload): string | null {
    const [from, to] =
      kind === UNDO ? [this.presentBatches, this.undoneBatches] : [this.undoneBatches, this.presentBatches]
    if (this.pass(batchSeq, from, to)) return null
    return `it speaks of block ${block}, a batch that the journal does not have`
  }

  private pass(seq: number, from: Map<number, CommittedBatch>, to: Map<number, CommittedBatch>): boolean {
    const batch = from.get(seq)
    if (!batch) return false
    from.delete(seq)
    to.set(seq, batch)
    this.sorted = null
    return true
  }

  /** What a record names and the journal does not have (its batch was damaged) is left out; the rest holds. */
  private withdraw(kind: string, { edits }: WithdrawPayload): string | null {
    const missing = edits.filter((edit) => !this.setWithdrawn(edit, kind === WITHDRAW))
    if (missing.length === 0) return null
    const names = missing.map(({ block, editId }) => `edit ${editId} of block ${block}`)
    return `it speaks of a batch that the journal does not have: ${names.join(', ')}`
  }

  /** @returns false where there is no such edit */
  private setWithdrawn({ batchSeq, editId }: WithdrawnEdit, isWithdrawn: boolean): boolean {
    const isThere = this.presentBatches.has(batchSeq) || this.undoneBatches.has(batchSeq)
    if (!isThere || !this.editIds.get(batchSeq)?.has(editId)) return false
    const key = keyOf(batchSeq, editId)
    this.withdrawnEdits.delete(key)
    if (isWithdrawn) this.withdrawnEdits.set(key, { batchSeq, editId })
    this.unparted.add(batchSeq)
    return true
  }

  private part(): void {
    if (this.unparted.size === 0) return
    for (const seq of this.unparted) {
      const batches = this.presentBatches.has(seq) ? this.presentBatches : this.undoneBatches
      const batch = batches.get(seq)
      if (!batch) continue
      const isOut = ({ editId }: StoredEdit): boolean => this.withdrawnEdits.has(keyOf(seq, editId))
      const edits = batch.committed.filter((edit) => !isOut(edit))
      // Setting what is there keeps its place in the order.
      batches.set(seq, { ...batch, edits, withdrawn: batch.committed.filter(isOut) })
    }
    this.unparted.clear()
    this.sorted = null
  }
}

const keyOf = (seq: number, editId: string): string => `${seq} ${editId}`

function committed({ seq, at, payload }: JournalRecord): CommittedBatch {
  const batch = payload as BatchPayload
  const { block, batch: number } = batch
  // Before schema 3 all prompts and targets were joined by a space.
  const edits = batch.edits.map((edit) => ({ ...edit, join: edit.join ?? ' ', block, batch: number }))
  return { ...batch, edits, committed: edits, withdrawn: [], seq, at }
}
