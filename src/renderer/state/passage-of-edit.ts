import { passageOfEdit } from '../../contract/edit-names.ts'
import type { Desk } from './desk.svelte.ts'
import type { Reading } from './reading.svelte.ts'

/** Opens the passage that an edit came from; null where the review has none. */
export function openPassageOfEdit(desk: Desk, reading: Reading, editId: string): (() => void) | null {
  const from = passageOfEdit(editId)
  if (!from || !desk.passageOf(from.passageId)) return null
  return () => reading.open(from.passageId, from.sentence)
}
