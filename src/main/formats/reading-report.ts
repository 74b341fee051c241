/** What was made of a file: which format it was taken for and why, and what of it is carried along or left without a use. */

export interface TakenAs {
  readonly format: string
  readonly rows: number
  /** by what its first record was known, as a phrase: "it has src and alt" */
  readonly why: string
}

export interface UnusedField {
  /** as the file names it, or a phrase for a part of it */
  readonly field: string
  /** that have it */
  readonly rows: number
  /** whether it is kept and written again */
  readonly kept: boolean
}

export interface ReadingReport {
  readonly taken: readonly TakenAs[]
  readonly unused: readonly UnusedField[]
  /** values that were `NaN` and were read as absent */
  readonly absent: number
}

export interface ReadRow {
  readonly row: { readonly extra: Readonly<Record<string, unknown>>; readonly left?: readonly string[] }
  readonly format: string
  readonly why: string
  readonly absent: number
}

/** @param rows as the readers of edits and of passages give them */
export function reportOf(rows: readonly ReadRow[]): ReadingReport {
  const taken = new Map<string, { rows: number; why: string }>()
  const unused = new Map<string, UnusedField>()
  const count = (field: string, kept: boolean): void => {
    const key = JSON.stringify([field, kept])
    unused.set(key, { field, kept, rows: (unused.get(key)?.rows ?? 0) + 1 })
  }
  for (const { row, format, why } of rows) {
    taken.set(format, { why: taken.get(format)?.why ?? why, rows: (taken.get(format)?.rows ?? 0) + 1 })
    for (const [field, value] of Object.entries(row.extra))
      if (value !== null && !USED.includes(field)) count(field, true)
    for (const field of row.left ?? []) count(field, false)
  }
  return {
    taken: [...taken].map(([format, about]) => ({ format, ...about })),
    unused: [...unused.values()],
    absent: rows.reduce((sum, { absent }) => sum + absent, 0)
  }
}

/** Fields beside those of a row that are used: other headers of a passage, its name, how it was sampled. */
const USED = ['rephrase', 'name', 'sampling']

const counted = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`

/** The report in lines: what the file was taken as, then what was not used of it. */
export function reportLines({ taken, unused, absent }: ReadingReport): string[] {
  const listed = (kept: boolean): string =>
    unused
      .filter((one) => one.kept === kept)
      .map(({ field, rows }) => `${field} (${counted(rows, 'row')})`)
      .join(', ')
  const [kept, left] = [listed(true), listed(false)]
  return [
    ...taken.map(({ format, rows, why }) => `${counted(rows, 'row')} as ${format}: ${why}`),
    ...(kept === '' ? [] : [`  Kept but not used: ${kept}`]),
    ...(left === '' ? [] : [`  Not taken over: ${left}`]),
    ...(absent === 0 ? [] : [`  Read as absent: ${counted(absent, 'value')} that ${absent === 1 ? 'was' : 'were'} NaN`])
  ]
}
