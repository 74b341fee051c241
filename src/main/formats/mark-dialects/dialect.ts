/** What an annotation tool's format of marked sentences is: how its records are known, read and written. */
import type { FileRecord } from '../json-records.ts'
import type { Written } from '../loss.ts'
import type { PassageRow } from '../passage-row.ts'
import type { Label } from '../sentence-labels.ts'

/** A sentence as a tool gives it back. */
export interface MarkRow {
  readonly id: string
  readonly line: number
  /** without white space around it */
  readonly text: string
  readonly label?: Label
  readonly correction?: string
  /** header of the passage that it stands in; absent: the file does not tell */
  readonly prompt?: string
  /** id of that passage; absent: sentences of one prompt are one passage */
  readonly passage?: string
  /** place in the passage, from 1; absent: as the file orders them */
  readonly sentence?: number
  /** what the record held of this sentence and the row does not, as phrases */
  readonly left?: readonly string[]
  readonly extra: Readonly<Record<string, unknown>>
}

export interface MarkDialect {
  /** as a phrase, for lists of formats */
  readonly about: string
  /** by what a record is known to be of this format, as a phrase; null: it is not */
  readonly detect: (value: FileRecord['value']) => string | null
  /** @throws ErratumError `BadFile` with line, id and field */
  readonly read: (file: string, record: FileRecord) => MarkRow[]
  /** one record for each sentence */
  readonly write: (passage: PassageRow) => readonly Written['record'][]
  /** the whole file of its records */
  readonly file: (records: readonly Written['record'][]) => string
}
