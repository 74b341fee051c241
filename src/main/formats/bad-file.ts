/** The error of a file that a person gave: which file, which line, which field, and what to do. */
import { ErratumError } from '../../contract/errors.ts'

export interface Place {
  readonly file: string
  /** from 1; the line on which the record begins */
  readonly line?: number
  /** the record's id, where it has one */
  readonly id?: string
  readonly field?: string
}

export function badFile(place: Place, reason: string, cure: string): ErratumError {
  const { file, line, id, field } = place
  const where = [
    file,
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(id === undefined ? [] : [`id ${id}`]),
    ...(field === undefined ? [] : [field])
  ].join(', ')
  return new ErratumError('BadFile', `${where}: ${reason}.`, { file, line, id, field, cure })
}
