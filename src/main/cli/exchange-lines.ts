/** What the commands that read files of records share: how bad rows are told, and how columns are named. */
import { ErratumError } from '../../contract/errors.ts'
import { visibleInLine } from '../../contract/visible.ts'
import { reportLines } from '../services/exchange/import-file.ts'
import type { BadRow, ImportResult } from '../services/exchange/import-file.ts'

export const badLines = (bad: readonly BadRow[]): string[] =>
  bad.map(({ message }) => `  left out: ${visibleInLine(message)}`)

/** What a file was taken as, and what of it is not used. */
export const readingLines = (report: ImportResult['report']): string[] => reportLines(report).map(visibleInLine)

/** `prompt=question,target_new=answer` as fields of the file by their names in a format. */
export function columns(value: string): Record<string, string> {
  const pairs = value.split(',').map((pair) => pair.split('=').map((name) => name.trim()))
  if (pairs.some((pair) => pair.length !== 2 || pair.includes('')))
    throw new ErratumError('BadInput', `Invalid --columns ${value}: expected names as prompt=question,target_new=answer.`, { field: 'columns' }) // prettier-ignore
  return Object.fromEntries(pairs as [string, string][])
}
