/** Records of a file: one JSON object a line, or a JSON array of objects; the content tells which. */
import { readFileSync } from 'node:fs'
import { ErratumError } from '../../contract/errors.ts'
import { jsonReason } from '../../contract/json-reason.ts'
import { badFile } from './bad-file.ts'
import { jsonParts } from './json-parts.ts'
import type { JsonPart } from './json-parts.ts'

export interface FileRecord {
  /** line on which the record begins, from 1 */
  readonly line: number
  /** lines of its fields, where they stand apart from it */
  readonly lines?: Readonly<Record<string, number>>
  readonly value: Readonly<Record<string, unknown>>
}

/** Told of a record that cannot be read, which is then left out. Without one, the first such record is an error. */
export type OnBad = (error: ErratumError) => void

/**
 * Reads all records; blank lines and a byte order mark are passed over. An empty file has none.
 * @throws ErratumError `NotFound`, or `BadFile` with the line that is no JSON object or not UTF-8
 */
export function readJsonRecords(file: string, onBad?: OnBad): FileRecord[] {
  return recordsOf(file, readText(file), onBad)
}

/** The same of a text that has been read from the file. */
export function recordsOf(file: string, text: string, onBad?: OnBad): FileRecord[] {
  const pieces = text.trimStart().startsWith('[') ? jsonParts(file, text) : nonBlankLines(text)
  return eachGood(pieces, (piece) => ({ line: piece.line, value: parseObject(file, piece) }), onBad)
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

/** @throws ErratumError `NotFound`, or `BadFile` with the line that is not UTF-8 */
export function readText(file: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'EISDIR') throw error
    throw new ErratumError('NotFound', `There is no file ${file}.`, { file, cure: 'Check the path.' })
  }
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    return decoder.decode(bytes)
  } catch {
    throw badFile({ file, line: firstBadLine(bytes) }, 'the text is not UTF-8', 'Save the file as UTF-8.')
  }
}

/** A line end is one byte and inside no UTF-8 sequence, so each line can be looked at by itself. */
function firstBadLine(bytes: Buffer): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start)
    const stop = end < 0 ? bytes.length : end
    try {
      decoder.decode(bytes.subarray(start, stop))
    } catch {
      return line
    }
    start = stop + 1
  }
  return line
}

function nonBlankLines(text: string): JsonPart[] {
  return text
    .split('\n')
    .map((json, i) => ({ line: i + 1, json }))
    .filter(({ json }) => json.trim() !== '')
}

/** The value of a part. @throws ErratumError `BadFile` with its line */
export function parseJson(file: string, { line, json }: JsonPart, cure: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw badFile({ file, line }, `this is not JSON (${jsonReason(error)})`, cure)
  }
}

function parseObject(file: string, part: JsonPart): Record<string, unknown> {
  const value = parseJson(file, part, 'Write one whole JSON object on each line, or one JSON array of objects.')
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw badFile({ file, line: part.line }, 'a JSON object is due here', 'Write each record as {"name": value, ...}.')
}
