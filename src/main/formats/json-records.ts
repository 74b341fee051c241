/** Records of a file: JSON lines, a JSON array, one JSON object, or a table with a header; the content tells which. */
import { ErratumError } from '../../contract/errors.ts'
import { badFile } from './bad-file.ts'
import type { Columns, FileRecord, OnBad } from './file-record.ts'
import { jsonParts } from './json-parts.ts'
import type { JsonPart } from './json-parts.ts'
import { parseJson } from './json-text.ts'
import { isTable, tableRecords } from './table.ts'
import { readText } from './text-file.ts'

export type { Columns, FileRecord, OnBad } from './file-record.ts'

/**
 * Reads all records; blank lines and a byte order mark are passed over. An empty file has none.
 * @throws ErratumError `NotFound`, or `BadFile` with the line that is no JSON object or not UTF-8
 */
export function readJsonRecords(file: string, onBad?: OnBad): FileRecord[] {
  return recordsOf(file, readText(file), onBad)
}

/** The same of a text that has been read from the file. @throws ErratumError `BadFile` */
export function recordsOf(file: string, text: string, onBad?: OnBad, columns: Columns = {}): FileRecord[] {
  const records = isTable(file, text) ? tableRecords(file, text, onBad) : jsonRecords(file, text, onBad)
  return renamed(file, records, columns)
}

function jsonRecords(file: string, text: string, onBad?: OnBad): FileRecord[] {
  const pieces = text.trimStart().startsWith('[') ? jsonParts(file, text) : nonBlankLines(text)
  if (pieces.length > 1 && pieces[0].json.trim() === '{') return [oneObject(file, text)]
  return eachGood(pieces, (piece) => parseObject(file, piece), onBad)
}

/** Each column under the name that its format has for it. */
function renamed(file: string, records: FileRecord[], columns: Columns): FileRecord[] {
  const wanted = Object.entries(columns)
  if (wanted.length === 0 || records.length === 0) return records
  for (const [, source] of wanted)
    if (!records.some(({ value }) => Object.hasOwn(value, source)))
      throw badFile(
        { file, field: source },
        `no record has a field of this name; the first has ${named(Object.keys(records[0].value))}`,
        'Name fields that the file has, as --columns prompt=FIELD,target_new=FIELD.'
      )
  const taken = [...wanted.map(([name]) => name), ...wanted.map(([, source]) => source)]
  return records.map((record) => {
    const rest = Object.entries(record.value).filter(([name]) => !taken.includes(name))
    const chosen = wanted.filter(([, source]) => Object.hasOwn(record.value, source)).map(([name, source]) => [name, record.value[source]] as const) // prettier-ignore
    return { ...record, value: Object.fromEntries([...rest, ...chosen]) }
  })
}

/** Names of fields in words; what stands in them is nobody's business. */
export function named(names: readonly string[]): string {
  if (names.length === 0) return 'no fields'
  const shown = names.slice(0, 8).map((name) => (name.length > 40 ? `${name.slice(0, 39)}…` : name))
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : ''
  return `the field${names.length === 1 ? '' : 's'} ${shown.join(', ')}${more}`
}

/** What `read` makes of each item; those at which it fails are told and left out. */
export function eachGood<T, R>(items: readonly T[], read: (item: T) => R, onBad?: OnBad): R[] {
  if (!onBad) return items.map(read)
  return items.flatMap((item) => {
    try {
      return [read(item)]
    } catch (error) {
      if (!(error instanceof ErratumError)) throw error
      onBad(error)
      return []
    }
  })
}

/** One object a line, with a line end after each. */
export function toJsonLines(values: readonly object[]): string {
  return values.map((value) => JSON.stringify(value) + '\n').join('')
}

/** A JSON array with one object a line. */
export function toJsonArray(values: readonly object[]): string {
  return values.length === 0 ? '[]\n' : `[\n${values.map((value) => JSON.stringify(value)).join(',\n')}\n]\n`
}

function nonBlankLines(text: string): JsonPart[] {
  return text
    .split('\n')
    .map((json, i) => ({ line: i + 1, json }))
    .filter(({ json }) => json.trim() !== '')
}

const CURE = 'Write one whole JSON object on each line, or one JSON array of objects.'

/** A file that is one object over several lines. */
function oneObject(file: string, text: string): FileRecord {
  const before = text.slice(0, text.length - text.trimStart().length).split('\n').length
  return parseObject(file, { line: before, json: text.trim() })
}

function parseObject(file: string, part: JsonPart): FileRecord {
  const { value, absent } = parseJson(file, part, CURE)
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { line: part.line, ...(absent > 0 && { absent }), value: value as Record<string, unknown> }
  throw badFile(
    { file, line: part.line },
    'a JSON object is expected here',
    'Write each record as {"name": value, ...}.'
  )
}
