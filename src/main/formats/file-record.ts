/** A record of a file, whatever the file's form. */
import type { ErratumError } from '../../contract/errors.ts'

export interface FileRecord {
  /** line on which the record begins, from 1 */
  readonly line: number
  /** lines of its fields, where they stand apart from it */
  readonly lines?: Readonly<Record<string, number>>
  /** values of it that were `NaN`, and are null */
  readonly absent?: number
  readonly value: Readonly<Record<string, unknown>>
}

/** Told of a record that cannot be read, which is then left out. Without one, the first such record is an error. */
export type OnBad = (error: ErratumError) => void

/** Fields of the file by the names that a format has for them: `{prompt: 'question'}`. */
export type Columns = Readonly<Record<string, string>>
