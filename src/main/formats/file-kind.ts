/** What a file of records is about, told by its first record that is in any format. */
import { holdsLists } from './edit-dialects/easyedit.ts'
import { ABOUT_EDITS, detectEdit, EDIT_FORMATS } from './edits.ts'
import type { EditFormat } from './edits.ts'
import { recordsOf } from './json-records.ts'
import type { Columns } from './json-records.ts'
import { ABOUT_PASSAGES, detectPassage, PASSAGE_FORMATS } from './passages.ts'
import type { PassageFormat } from './passages.ts'
import { readText } from './text-file.ts'
import { unknownRecord } from './unknown-record.ts'

export type RecordFormat = EditFormat | PassageFormat
export const RECORD_FORMATS: readonly RecordFormat[] = [...EDIT_FORMATS, ...PASSAGE_FORMATS]
/** What each has, as phrases. */
export const ABOUT_FORMATS: Readonly<Record<RecordFormat, string>> = { ...ABOUT_EDITS, ...ABOUT_PASSAGES }

export const isPassageFormat = (format: string): format is PassageFormat =>
  (PASSAGE_FORMATS as readonly string[]).includes(format)
export const isEditFormat = (format: string): format is EditFormat =>
  (EDIT_FORMATS as readonly string[]).includes(format)

export interface FileKind {
  readonly kind: 'edits' | 'passages'
  readonly format: RecordFormat
  /** by what its first record was known, as a phrase */
  readonly why: string
}

/**
 * @param options `text`: the content, where it is at hand already
 * @returns null where the file has no records
 * @throws ErratumError `NotFound`, or `BadFile` where no record is in any format
 */
export function detectFile(file: string, options: { text?: string; columns?: Columns } = {}): FileKind | null {
  const text = options.text ?? readText(file)
  if (holdsLists(text)) return { kind: 'edits', format: 'easyedit', why: 'it is one object with a list prompts' }
  const records = recordsOf(file, text, () => undefined, options.columns)
  for (const { value } of records) {
    const edit = detectEdit(value)
    if (edit && value['target_new'] !== undefined) return { kind: 'edits', ...edit }
    const passage = detectPassage(value)
    if (passage) return { kind: 'passages', ...passage }
    if (edit) return { kind: 'edits', ...edit }
  }
  if (records.length === 0) return null
  throw unknownRecord(file, records[0], 'edits or passages', [
    `edits or passages in one of the formats ${RECORD_FORMATS.join(', ')}`
  ])
}

/** An empty file holds edits. @throws ErratumError as `detectFile` */
export const kindOfFile = (file: string, columns?: Columns): FileKind['kind'] =>
  detectFile(file, { columns })?.kind ?? 'edits'
