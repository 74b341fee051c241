/**
 * Edits from and to files, in every format of the field. What a file holds tells which format it is: EasyEdit's is one
 * object of parallel lists, the others have one record an edit, as JSON lines or as a JSON array.
 */
import { COUNTERFACT } from './edit-dialects/counterfact.ts'
import type { EditDialect } from './edit-dialects/dialect.ts'
import { EASYEDIT, holdsLists, recordsOfLists } from './edit-dialects/easyedit.ts'
import { OWN, PAIRS } from './edit-dialects/own.ts'
import { ZSRE, ZSRE_STRUCTURED } from './edit-dialects/zsre.ts'
import type { EditRow } from './edit-row.ts'
import { eachGood, readText, recordsOf } from './json-records.ts'
import type { FileRecord, OnBad } from './json-records.ts'
import { gatherLosses } from './loss.ts'
import type { NotCarried } from './loss.ts'
import { unknownRecord } from './record-fields.ts'

export type { EditRow, Rephrase, RephraseKind } from './edit-row.ts'

/** By name, in the order in which a record is tried. */
const DIALECTS = {
  edits: OWN,
  counterfact: COUNTERFACT,
  zsre: ZSRE,
  'zsre-structured': ZSRE_STRUCTURED,
  pairs: PAIRS,
  easyedit: EASYEDIT
} as const satisfies Record<string, EditDialect>

export type EditFormat = keyof typeof DIALECTS
export const EDIT_FORMATS = Object.keys(DIALECTS) as readonly EditFormat[]

export interface ReadEditsOptions {
  /** absent: each record's own fields tell */
  readonly format?: EditFormat
  readonly onBad?: OnBad
  /** the file's content, where it is at hand already */
  readonly text?: string
}

/** @throws ErratumError `NotFound`, or `BadFile` with line, id and field */
export function readEdits(file: string, options: ReadEditsOptions = {}): EditRow[] {
  return readFormattedEdits(file, options).map(({ row }) => row)
}

/** The same, each with the format that it was in. */
export function readFormattedEdits(
  file: string,
  { format, onBad, text: given }: ReadEditsOptions = {}
): { row: EditRow; format: EditFormat }[] {
  const text = given ?? readText(file)
  const isLists = format === 'easyedit' || (format === undefined && holdsLists(text))
  const records = isLists ? recordsOfLists(file, text, onBad) : recordsOf(file, text, onBad)
  const read = (record: FileRecord): { row: EditRow; format: EditFormat } => {
    const name = format ?? (isLists ? 'easyedit' : editFormatOf(record.value))
    if (name === null) throw unknownRecord(file, record, 'edits', Object.values(DIALECTS).map(({ about }) => about)) // prettier-ignore
    return { row: DIALECTS[name].read(file, record), format: name }
  }
  return eachGood(records, read, onBad)
}

/** The accurate set: as edits, the target being the sentence as it stands. */
export const readAccurateSet = readEdits

/** The edit of a record in Erratum's own format. */
export const editOfRecord = (file: string, record: FileRecord): EditRow => OWN.read(file, record)

/** The format whose fields a record has; null: none. */
export function editFormatOf(value: FileRecord['value']): EditFormat | null {
  // A record with both of ours is ours, whatever else it has; with one of them, it may lack the other.
  if (value['prompt'] !== undefined && value['target_new'] !== undefined) return 'edits'
  const others = EDIT_FORMATS.filter((name) => name !== 'edits' && name !== 'easyedit')
  return others.find((name) => DIALECTS[name].fits(value)) ?? (OWN.fits(value) ? 'edits' : null)
}

/** A file of these rows, and what of them it does not hold. */
export function formatEdits(rows: readonly EditRow[], format: EditFormat): { text: string; notCarried: NotCarried[] } {
  const dialect: EditDialect = DIALECTS[format]
  const written = rows.map((row) => ({ id: row.id, ...dialect.write(row) }))
  return { text: dialect.file(written.map(({ record }) => record)), notCarried: gatherLosses(written) }
}
