/** What a format of edits is: how its records are known, read and written. */
import type { EditRow } from '../edit-row.ts'
import type { FileRecord } from '../json-records.ts'
import type { Written } from '../loss.ts'

export interface EditDialect {
  /** as a sentence, for lists of formats */
  readonly about: string
  /** whether a record is one of this format, told by the names of its fields; of several formats the first is taken */
  readonly fits: (value: FileRecord['value']) => boolean
  /** @throws ErratumError `BadFile` with line, id and field */
  readonly read: (file: string, record: FileRecord) => EditRow
  readonly write: (row: EditRow) => Written
  /** the whole file of its records */
  readonly file: (records: readonly Written['record'][]) => string
}

export const has = (value: FileRecord['value'], field: string): boolean => value[field] !== undefined
