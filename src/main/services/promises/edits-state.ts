/** Names what the model writes by: its weights and the edits that are in the session. */
import { createHash } from 'node:crypto'
import type { StoredEdit } from '../../session/batches.ts'

/** Blocks never change and have their ids once, so where this is the same, the same is written. */
export function stateOfEdits(modelSha256: string, edits: readonly Pick<StoredEdit, 'block' | 'editId'>[]): string {
  const hash = createHash('sha256').update(modelSha256)
  for (const { block, editId } of edits) hash.update(`\n${block}\0${editId}`)
  return hash.digest('hex').slice(0, 32)
}
