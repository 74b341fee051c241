/** Texts on which an edit must change nothing: `{text}` as JSON lines or a JSON array. */
import { readJsonRecords } from './json-records.ts'
import { RecordFields } from './record-fields.ts'

export interface LocalityRow {
  readonly id: string
  readonly text: string
  readonly line: number
  readonly extra: Readonly<Record<string, unknown>>
}

/** @throws ErratumError `NotFound`, or `BadFile` with line, id and field */
export function readLocalitySet(file: string): LocalityRow[] {
  return readJsonRecords(file).map((record) => {
    const fields = new RecordFields(file, record)
    return { id: fields.id, text: fields.text('text'), line: fields.line, extra: fields.rest() }
  })
}
