/** What broke a promise, in a sentence. */
import { passageOfEdit } from '../../contract/edit-names.ts'
import type { BreakCause } from '../../contract/types.ts'

/** @param passageName of an id; null: the session has no such passage */
export function causeWords(
  { kind, editId, file }: BreakCause,
  passageName: (passageId: string) => string | null = () => null
): string {
  if (kind === 'gone') return 'The edit that was trained for it is no longer in the session.'
  if (kind === 'unknown' || editId === null)
    return 'No single edit is the reason: the text before it has changed, or training did not reach it.'
  if (file !== null) return `Edit ${editId} from ${file} applies there instead.`
  const from = passageOfEdit(editId)
  const name = from && passageName(from.passageId)
  if (from && name !== null) return `The edit of sentence ${from.sentence + 1} of ${name} applies there instead.`
  return `Edit ${editId} applies there instead.`
}
