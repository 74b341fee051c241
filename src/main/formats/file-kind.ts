/** What a file of records is about, told by its first record that is in any format. */
import { badFile } from './bad-file.ts'
import { holdsLists } from './edit-dialects/easyedit.ts'
import { EDIT_FORMATS, editFormatOf } from './edits.ts'
import type { EditFormat } from './edits.ts'
import { readText, recordsOf } from './json-records.ts'
import { PASSAGE_FORMATS, passageFormatOf } from './passages.ts'
import type { PassageFormat } from './passages.ts'

export type RecordFormat = EditFormat | PassageFormat
export const RECORD_FORMATS: readonly RecordFormat[] = [...EDIT_FORMATS, ...PASSAGE_FORMATS]

export const isPassageFormat = (format: string): format is PassageFormat =>
  (PASSAGE_FORMATS as readonly string[]).includes(format)
export const isEditFormat = (format: string): format is EditFormat =>
  (EDIT_FORMATS as readonly string[]).includes(format)

/** @throws ErratumError `NotFound`, or `BadFile` where no record is in any format; an empty file holds edits */
export function kindOfFile(file: string): 'edits' | 'passages' {
  const text = readText(file)
  if (holdsLists(text)) return 'edits'
  const records = recordsOf(file, text, () => undefined)
  for (const { value } of records) {
    const edit = editFormatOf(value)
    if (edit === 'edits' && value['target_new'] !== undefined) return 'edits'
    if (passageFormatOf(value) !== null) return 'passages'
    if (edit !== null) return 'edits'
  }
  if (records.length === 0) return 'edits'
  const [{ line, value }] = records
  throw badFile(
    { file, line },
    `no record of it is in a format that is known; the first has the fields ${Object.keys(value).slice(0, 8).join(', ')}`,
    `Give edits or passages in one of the formats ${RECORD_FORMATS.join(', ')}.`
  )
}
