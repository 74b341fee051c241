/** Which edits a withdrawal or a reinstatement is about: found by name, refused where that is not possible. */
import { ErratumError } from '../../contract/errors.ts'
import type { CommittedBatch, EditPlace, StoredEdit, WithdrawPayload } from './batches.ts'

/** An edit by its id; the block decides where several had the id one after the other. */
export interface EditName {
  readonly editId: string
  readonly block?: string
}

/** Ids that are listed in a cure. */
const LISTED = 8

/**
 * The edits in force with these names, each once.
 * @throws ErratumError `NotFound` with the first that is not in force, `BadInput` where none is named
 */
export function editsToWithdraw(
  batches: readonly CommittedBatch[],
  names: readonly EditName[],
  folder: string
): StoredEdit[] {
  const inForce = batches.flatMap(({ edits }) => edits)
  return chosenOnce(names, inForce, (name) => {
    const isWithdrawn = batches.some(({ withdrawn }) => withdrawn.some((edit) => fits(edit, name)))
    const where = name.block === undefined ? '' : ` in block ${name.block}`
    return new ErratumError(
      'NotFound',
      isWithdrawn ? `Edit ${name.editId} is withdrawn already.` : `${folder} has no edit ${name.editId}${where}.`,
      { field: 'edit', cure: listed(inForce) }
    )
  })
}

/**
 * The withdrawn edits with these names, each once; of several withdrawn ones with the same id, the last.
 * @param withdrawn of batches that are present, the one withdrawn last at the end
 * @throws ErratumError `NotFound` with the first that is not withdrawn; `BadInput` where an id is in force again
 */
export function editsToReinstate(
  batches: readonly CommittedBatch[],
  withdrawn: readonly StoredEdit[],
  names: readonly EditName[],
  folder: string
): StoredEdit[] {
  const found = chosenOnce(
    names,
    withdrawn,
    ({ editId }) =>
      new ErratumError('NotFound', `${folder} has no withdrawn edit ${editId}.`, {
        field: 'edit',
        cure: listed(withdrawn)
      })
  )
  const ids = new Set<string>()
  for (const { editId } of found) {
    const taken = batches.find(({ edits }) => edits.some((edit) => edit.editId === editId))
    if (taken || ids.has(editId))
      throw new ErratumError(
        'BadInput',
        `Edit ${editId} cannot be reinstated: it was trained again since${taken ? `, in block ${taken.block}` : ''}.`,
        { file: folder, field: 'edit', cure: `Withdraw the newer edit ${editId} first.` }
      )
    ids.add(editId)
  }
  return found
}

/** As the journal says it, by the records of their batches. */
export function withdrawPayload(batches: readonly CommittedBatch[], edits: readonly StoredEdit[]): WithdrawPayload {
  return {
    edits: edits.map(({ editId, block }) => ({
      batchSeq: batches.find((batch) => batch.block === block)!.seq,
      block,
      editId
    }))
  }
}

const fits = (edit: EditPlace, { editId, block }: EditName): boolean =>
  edit.editId === editId && (block === undefined || edit.block === block)

function chosenOnce(
  names: readonly EditName[],
  from: readonly StoredEdit[],
  missing: (name: EditName) => ErratumError
): StoredEdit[] {
  if (names.length === 0) throw new ErratumError('BadInput', 'No edit was named.', { field: 'edit' })
  const chosen = new Set<StoredEdit>()
  for (const name of names) {
    const edit = from.findLast((one) => fits(one, name))
    if (!edit) throw missing(name)
    chosen.add(edit)
  }
  return [...chosen]
}

function listed(edits: readonly StoredEdit[]): string {
  if (edits.length === 0) return 'There is none.'
  const ids = edits.slice(0, LISTED).map(({ editId }) => editId)
  return `Give one of: ${ids.join(', ')}${edits.length > LISTED ? ` and ${edits.length - LISTED} others` : ''}.`
}
