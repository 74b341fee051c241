/** Records of a file: one JSON object a line, or a JSON array of objects; the content tells which. */
import { readFileSync } from 'node:fs'
import { ErratumError } from '../../contract/errors.ts'
import { badFile } from './bad-file.ts'

export interface FileRecord {
  /** line on which the record begins, from 1 */
  readonly line: number
  readonly value: Readonly<Record<string, unknown>>
}

interface Piece {
  readonly line: number
  readonly json: string
}

/**
 * Reads all records; blank lines and a byte order mark are passed over. An empty file has none.
 * @throws ErratumError `NotFound`, or `BadFile` with the line that is no JSON object or not UTF-8
 */
export function readJsonRecords(file: string): FileRecord[] {
  const text = readText(file)
  const pieces = text.trimStart().startsWith('[') ? elementsOfArray(file, text) : nonBlankLines(text)
  return pieces.map((piece) => ({ line: piece.line, value: parseObject(file, piece) }))
}

/** One object a line, with a line end after each. */
export function toJsonLines(values: readonly object[]): string {
  return values.map((value) => JSON.stringify(value) + '\n').join('')
}

function readText(file: string): string {
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

function nonBlankLines(text: string): Piece[] {
  return text
    .split('\n')
    .map((json, i) => ({ line: i + 1, json }))
    .filter(({ json }) => json.trim() !== '')
}

/** The text of each element of a JSON array and its line: an error is told by line, as in JSON lines. */
function elementsOfArray(file: string, text: string): Piece[] {
  const pieces: Piece[] = []
  let line = 1
  let depth = 0
  let inString = false
  let start = -1
  let startLine = 1
  let closed = false
  const take = (end: number): void => {
    if (start >= 0) pieces.push({ line: startLine, json: text.slice(start, end) })
    start = -1
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '\n') line++
    if (inString) {
      if (character === '\\') at++
      else if (character === '"') inString = false
      continue
    }
    if (/\s/.test(character)) continue
    if (closed) throw badFile({ file, line }, 'something follows the end of the array', 'Remove it.')
    const isOuterMark = depth === 1 && (character === ',' || character === ']')
    if (isOuterMark) take(at)
    else if (depth >= 1 && start < 0) [start, startLine] = [at, line]
    if (character === '"') inString = true
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') closed = --depth === 0
  }
  if (!closed)
    throw badFile(
      { file, line: pieces.length > 0 || start >= 0 ? startLine : 1 },
      'the array is not closed after the element that begins here',
      'The file is cut off, or a quote or bracket is missing: mend it or get it again.'
    )
  return pieces
}

function parseObject(file: string, { line, json }: Piece): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw badFile(
      { file, line },
      `this is not JSON (${(error as Error).message})`,
      'Write one whole JSON object on each line, or one JSON array of objects.'
    )
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw badFile({ file, line }, 'a JSON object is due here', 'Write each record as {"name": value, ...}.')
}
