/** How the commands tell of rows that cannot be read. */
import { visibleInLine } from '../../contract/visible.ts'
import type { BadRow } from '../services/exchange/import-file.ts'

export const badLines = (bad: readonly BadRow[]): string[] =>
  bad.map(({ message }) => `  left out: ${visibleInLine(message)}`)
