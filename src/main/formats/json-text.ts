/**
 * JSON texts that people's tools really write: `NaN` for a missing value (pandas, Python's json), numbers that no double
 * holds, nesting without end. What is wrong is named by its place, and nothing of the text is quoted.
 */
import { badFile } from './bad-file.ts'
import type { JsonPart } from './json-parts.ts'

/** Levels of lists and objects inside each other; a record of any format has fewer than ten. */
const DEEPEST = 100

export interface ParsedJson {
  readonly value: unknown
  /** values that were `NaN`, and are null now */
  readonly absent: number
}

/**
 * `NaN` is read as null. An integer that a number cannot hold is read as a text, so that no digit is lost.
 * @throws ErratumError `BadFile` with the part's line
 */
export function parseJson(file: string, { line, json }: JsonPart, cure: string): ParsedJson {
  const { deepest, missing } = glance(json)
  if (deepest > DEEPEST)
    throw badFile(
      { file, line },
      `lists or objects are nested ${deepest} levels deep, and ${DEEPEST} is the limit`,
      'Check the program that wrote the file: no format of edits or passages is nested like this.'
    )
  const text = missing.length === 0 ? json : withNulls(json, missing)
  try {
    const value: unknown = JSON.parse(text, mayHoldOddNumbers(text) ? keptNumber : undefined)
    return { value, absent: missing.length }
  } catch (error) {
    if (error instanceof TooLarge)
      throw badFile({ file, line }, `a number is too large (${error.message})`, 'Write a smaller number, or a text.')
    throw badFile({ file, line }, `this is not JSON: ${whereItEnds(text, line)}`, cure)
  }
}

class TooLarge extends Error {}

/** The parser gives the number's own digits to its reviver. */
function keptNumber(_: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number') return value
  const source = context?.source ?? String(value)
  if (!Number.isFinite(value)) throw new TooLarge(source.length > 24 ? `${source.length} characters` : source)
  return /^-?\d+$/.test(source) && String(value) !== source && source !== '-0' ? source : value
}

const mayHoldOddNumbers = (text: string): boolean => /\d{16}|[eE]\+?\d{3}/.test(text)

/** What stands outside of strings: how deep it is nested, and where it says NaN. */
function glance(json: string): { deepest: number; missing: number[] } {
  const missing: number[] = []
  let depth = 0
  let deepest = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) at = endOfString(json, at)
    else if (code === BRACKET || code === BRACE) deepest = Math.max(deepest, ++depth)
    else if (code === BRACKET_END || code === BRACE_END) depth--
    else if (code === N && json.startsWith('NaN', at)) {
      missing.push(at)
      at += 2
    }
  }
  return { deepest, missing }
}

const [QUOTE, BACKSLASH, BRACKET, BRACKET_END, BRACE, BRACE_END, N] = Array.from('"\\[]{}N', (c) => c.charCodeAt(0))

/** Offset of the quote that closes the string, or of the text's last character. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at
  }
  return json.length - 1
}

function withNulls(json: string, missing: readonly number[]): string {
  const pieces: string[] = []
  let from = 0
  for (const at of missing) {
    pieces.push(json.slice(from, at), 'null')
    from = at + 3
  }
  return [...pieces, json.slice(from)].join('')
}

/** In words: the first place that no JSON text can continue from. */
function whereItEnds(text: string, line: number): string {
  const at = firstFault(text)
  const before = text.slice(0, at)
  const breaks = before.split('\n').length - 1
  const column = at - before.lastIndexOf('\n')
  const place = breaks === 0 ? `character ${column}` : `line ${line + breaks}, character ${column}`
  if (at >= text.length) return `it ends too early, at ${place}`
  return /^-?Infinity/.test(text.slice(at, at + 9)) ? `Infinity at ${place}` : `something unexpected at ${place}`
}

const VALUE = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\r\n]*/y

/** Offset of the first fault of a text that is not JSON; its length where it ends too early. */
function firstFault(text: string): number {
  /** what each open list or object is */
  const open: ('[' | '{')[] = []
  let at = 0
  let due: 'value' | 'name' | 'after' = 'value'
  let mayClose = false
  /** Past white space; whether anything is there. */
  const skip = (): boolean => {
    SPACE.lastIndex = at
    SPACE.exec(text)
    at = SPACE.lastIndex
    return at < text.length
  }
  while (skip()) {
    const character = text[at]
    if (due === 'after') {
      const inside = open.at(-1)
      if (character === ',' && inside) due = inside === '{' ? 'name' : 'value'
      else if (inside && character === (inside === '{' ? '}' : ']')) open.pop()
      else return at
      at++
      mayClose = false
      continue
    }
    if (mayClose && character === (open.at(-1) === '{' ? '}' : ']')) {
      open.pop()
      due = 'after'
      at++
    } else if (character === '"') {
      const end = endOfString(text, at)
      if (text[end] !== '"' || end === at) return text.length
      const fault = faultInString(text, at, end)
      if (fault >= 0) return fault
      at = end + 1
      if (due === 'name') {
        skip()
        if (text[at] !== ':') return at
        at++
        due = 'value'
      } else due = 'after'
      mayClose = false
      continue
    } else if (due === 'value' && (character === '[' || character === '{')) {
      open.push(character)
      due = character === '{' ? 'name' : 'value'
      mayClose = true
      at++
      continue
    } else if (due === 'value') {
      VALUE.lastIndex = at
      if (!VALUE.test(text)) return at
      at = VALUE.lastIndex
      due = 'after'
    } else return at
    mayClose = false
  }
  return text.length
}

/** Offset of a character that no string may hold, or of an escape that there is not; -1: none. */
function faultInString(text: string, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20) return at
    if (code !== BACKSLASH) continue
    const escape = text[at + 1]
    if (!'"\\/bfnrtu'.includes(escape)) return at
    if (escape === 'u' && !/^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6))) return at
    at++
  }
  return -1
}
