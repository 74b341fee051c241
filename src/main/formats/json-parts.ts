/** The parts of a JSON array or object as texts with their lines, so that an error is told by line as in JSON lines. */
import { badFile } from './bad-file.ts'

export interface JsonPart {
  /** on which the part begins, from 1 */
  readonly line: number
  readonly json: string
}

export interface JsonMember extends JsonPart {
  readonly name: string
}

/**
 * The elements of an array, or the members of an object (each with its name still before it). White space around a part
 * is left out; what is inside is not looked at.
 * @param line on which `text` begins in its file
 * @throws ErratumError `BadFile` where the brackets are not closed, or something follows
 */
export function jsonParts(file: string, text: string, line = 1): JsonPart[] {
  const parts: JsonPart[] = []
  const what = text.trimStart().startsWith('{') ? 'object' : 'array'
  let depth = 0
  let inString = false
  let start = -1
  let startLine = line
  let closed = false
  const take = (end: number): void => {
    if (start >= 0) parts.push({ line: startLine, json: text.slice(start, end).trimEnd() })
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
    if (closed) throw badFile({ file, line }, `something follows the end of the ${what}`, 'Remove it.')
    const isOuterMark = depth === 1 && (character === ',' || character === ']' || character === '}')
    if (isOuterMark) take(at)
    else if (depth >= 1 && start < 0) [start, startLine] = [at, line]
    if (character === '"') inString = true
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') closed = --depth === 0
  }
  if (!closed)
    throw badFile(
      { file, line: parts.length > 0 || start >= 0 ? startLine : 1 },
      `the ${what} is not closed after the element that begins here`,
      'The file is cut off, or a quote or bracket is missing: mend it or get it again.'
    )
  return parts
}

/** The members of an object, by name; a part that has no name is left out. */
export function jsonMembers(file: string, text: string, line = 1): JsonMember[] {
  return jsonParts(file, text, line).flatMap((part) => {
    const head = /^("(?:[^"\\]|\\.)*")\s*:\s*/s.exec(part.json)
    if (!head) return []
    const inHead = head[0].split('\n').length - 1
    return [{ name: JSON.parse(head[1]) as string, line: part.line + inHead, json: part.json.slice(head[0].length) }]
  })
}
