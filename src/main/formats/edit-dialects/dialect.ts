/** What a format of edits is: how its records are known, read and written. */
import type { EditRow } from '../edit-row.ts'
import type { FileRecord } from '../json-records.ts'
import type { Written } from '../loss.ts'

export interface EditDialect {
  /** as a phrase, for lists of formats */
  readonly about: string
  /** by what a record is known to be of this format, as a phrase ("it has src and alt"); null: it is not */
  readonly detect: (value: FileRecord['value']) => string | null
  /** One record may ask for several edits. @throws ErratumError `BadFile` with line, id and field */
  readonly read: (file: string, record: FileRecord) => EditRow | EditRow[]
  readonly write: (row: EditRow) => Written
  /** the whole file of its records */
  readonly file: (records: readonly Written['record'][]) => string
  /** why its records are an accurate set and nothing to train; absent: they are edits */
  readonly onlyAccurate?: string
}

export const has = (value: FileRecord['value'], field: string): boolean => value[field] !== undefined

/** The reason of a record with these fields, as far as it has them; null: it has none. */
export function itHas(value: FileRecord['value'], fields: readonly string[]): string | null {
  const found = fields.filter((field) => has(value, field))
  if (found.length === 0) return null
  return `it has ${[...found.slice(0, -2), found.slice(-2).join(' and ')].join(', ')}`
}
