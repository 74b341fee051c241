/** The good rows of a file that has bad ones: an offer, which is taken where the caller says so. */
import { ErratumError } from '../../contract/errors.ts'
import type { OnBad } from './json-records.ts'

/** A row that cannot be read. */
export interface BadRow {
  readonly line: number | null
  readonly id: string | null
  readonly field: string | null
  readonly message: string
}

/**
 * @param read gives the good rows and tells of the bad ones
 * @throws ErratumError `BadFile` of the first bad row, which offers to leave all of them out, unless `skipBad`; and
 * where nothing is good
 * @param offer how the good ones are had, behind the cure
 */
export function goodRows<T>(
  read: (onBad: OnBad) => T[],
  skipBad = false,
  offer = onCommandLine
): { rows: T[]; bad: BadRow[] } {
  const errors: ErratumError[] = []
  const rows = read((error) => errors.push(error))
  const bad = errors.map(({ message, details }): BadRow => ({
    line: details.line ?? null,
    id: (details['id'] as string | undefined) ?? null,
    field: details.field ?? null,
    message
  }))
  if (errors.length === 0 || (skipBad && rows.length > 0)) return { rows, bad }
  const [{ code, message, details }] = errors
  const others = errors.length === 1 ? '' : ` ${errors.length - 1} more cannot be read either.`
  throw new ErratumError(code, message + others, {
    ...details,
    bad,
    good: rows.length,
    cure: (details.cure ?? '') + (rows.length === 0 ? '' : offer(rows.length))
  })
}

const onCommandLine = (good: number): string => ` Or leave them out with --skip-bad: ${good} others are good.`
