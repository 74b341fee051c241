/** How the commands tell of rows that cannot be read and of what a format cannot carry. */
import type { BadRow, NotCarried } from '../services/exchange/import-file.ts'

export const badLines = (bad: readonly BadRow[]): string[] => bad.map(({ message }) => `  left out: ${message}`)

/** Ids that are named; the JSON answer has all. */
const NAMED = 5

export function lossLines(notCarried: readonly NotCarried[]): string[] {
  return notCarried.map(({ field, why, ids }) => {
    const named = ids.slice(0, NAMED).join(', ')
    return `  not carried: ${field} of ${ids.length} (${why}): ${named}${ids.length > NAMED ? ', ...' : ''}`
  })
}
