/**
 * Edits from and to files, in every format of the field. What a file holds tells which format it is: EasyEdit's
 * arguments are one object of parallel lists, the others have records, as JSON lines, a JSON array or a table.
 */
import { COUNTERFACT } from './edit-dialects/counterfact.ts'
import type { EditDialect } from './edit-dialects/dialect.ts'
import { EASYEDIT_RECORDS } from './edit-dialects/easyedit-records.ts'
import { EASYEDIT, holdsLists, recordsOfLists } from './edit-dialects/easyedit.ts'
import { KNOWN_FACTS } from './edit-dialects/known-facts.ts'
import { MQUAKE } from './edit-dialects/mquake.ts'
import { OWN, PAIRS, readOwn } from './edit-dialects/own.ts'
import { ROME } from './edit-dialects/rome.ts'
import { asGiven } from './edit-dialects/template.ts'
import { ZSRE, ZSRE_STRUCTURED } from './edit-dialects/zsre.ts'
import { badFile } from './bad-file.ts'
import type { EditRow } from './edit-row.ts'
import { eachGood, recordsOf } from './json-records.ts'
import type { Columns, FileRecord, OnBad } from './json-records.ts'
import { gatherLosses } from './loss.ts'
import type { NotCarried } from './loss.ts'
import { readText } from './text-file.ts'
import { unknownRecord } from './unknown-record.ts'

export type { EditRow, Rephrase, RephraseKind } from './edit-row.ts'

/** By name. */
const DIALECTS = {
  edits: OWN,
  pairs: PAIRS,
  'easyedit-records': EASYEDIT_RECORDS,
  easyedit: EASYEDIT,
  zsre: ZSRE,
  'zsre-structured': ZSRE_STRUCTURED,
  counterfact: COUNTERFACT,
  mquake: MQUAKE,
  rome: ROME,
  'known-facts': KNOWN_FACTS
} as const satisfies Record<string, EditDialect>

export type EditFormat = keyof typeof DIALECTS
export const EDIT_FORMATS = Object.keys(DIALECTS) as readonly EditFormat[]
/** What each has, as phrases. */
export const ABOUT_EDITS = Object.fromEntries(EDIT_FORMATS.map((name) => [name, DIALECTS[name].about])) as Readonly<Record<EditFormat, string>> // prettier-ignore

/** The order in which a record with a prompt and a target is tried, and that of all others. */
const WITH_BOTH = ['rome', 'easyedit-records', 'edits'] as const
const OTHERS = ['counterfact', 'mquake', 'zsre', 'zsre-structured', 'known-facts', 'easyedit-records', 'pairs', 'edits'] as const // prettier-ignore

export interface ReadEditsOptions {
  /** absent: each record's own fields tell */
  readonly format?: EditFormat
  readonly onBad?: OnBad
  /** the file's content, where it is at hand already */
  readonly text?: string
  readonly columns?: Columns
  /** take records too that hold what is right already, and nothing to train */
  readonly accurate?: boolean
}

export interface ReadEdit {
  readonly row: EditRow
  readonly format: EditFormat
  /** by what its record was known, as a phrase */
  readonly why: string
  /** values of its record that were `NaN` */
  readonly absent: number
}

/** @throws ErratumError `NotFound`, or `BadFile` with line, id and field */
export function readEdits(file: string, options: ReadEditsOptions = {}): EditRow[] {
  return readFormattedEdits(file, options).map(({ row }) => row)
}

/** The same, each with the format that it was in. */
export function readFormattedEdits(
  file: string,
  { format, onBad, text: given, columns, accurate = false }: ReadEditsOptions = {}
): ReadEdit[] {
  const text = given ?? readText(file)
  const isLists = format === 'easyedit' || (format === undefined && holdsLists(text))
  const records = isLists ? recordsOfLists(file, text, onBad) : recordsOf(file, text, onBad, columns)
  const read = (record: FileRecord): ReadEdit[] => {
    const known = isLists
      ? { format: 'easyedit' as const, why: 'it is one object with a list prompts' }
      : format
        ? { format, why: 'the format was given' }
        : detectEdit(record.value)
    if (known === null) throw unknownRecord(file, record, 'edits', Object.values(ABOUT_EDITS))
    const dialect: EditDialect = DIALECTS[known.format]
    if (dialect.onlyAccurate !== undefined && !accurate)
      throw badFile(
        { file, line: record.line },
        `it holds ${dialect.onlyAccurate}: there is nothing to edit`,
        'Give it as a set of what must stay: erratum eval --accurate FILE.'
      )
    return [dialect.read(file, record)].flat().map((row, i) => ({ row, ...known, absent: i === 0 ? (record.absent ?? 0) : 0 })) // prettier-ignore
  }
  return eachGood(records, read, onBad).flat()
}

/** The accurate set: as edits, the target being the sentence as it stands. */
export const readAccurateSet = (file: string, options: ReadEditsOptions = {}): EditRow[] =>
  readEdits(file, { ...options, accurate: true })

/** The edit of a record in Erratum's own format, whose prompt is as it stands. */
export function editOfRecord(file: string, { value, ...record }: FileRecord): EditRow {
  const { prompt, subject } = value
  if (typeof prompt !== 'string' || typeof subject !== 'string') return readOwn(file, { ...record, value })
  return readOwn(file, { ...record, value: { ...value, prompt: asGiven(prompt, subject) } })
}

/** The format whose fields a record has, and which fields those are; null: none. */
export function detectEdit(value: FileRecord['value']): { format: EditFormat; why: string } | null {
  // A record with both of ours is no other format's, whatever else it has; with one of them, it may lack the other.
  const hasBoth = value['prompt'] !== undefined && value['target_new'] !== undefined
  for (const format of hasBoth ? WITH_BOTH : OTHERS) {
    const why = DIALECTS[format].detect(value)
    if (why !== null) return { format, why }
  }
  return null
}

/** A file of these rows, and what of them it does not hold. */
export function formatEdits(rows: readonly EditRow[], format: EditFormat): { text: string; notCarried: NotCarried[] } {
  const dialect: EditDialect = DIALECTS[format]
  const written = rows.map((row) => ({ id: row.id, ...dialect.write(row) }))
  return { text: dialect.file(written.map(({ record }) => record)), notCarried: gatherLosses(written) }
}
