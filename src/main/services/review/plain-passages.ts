/**
 * Passages as plain text, a blank line between them. The header of one is its first line where it has several, else its
 * first sentence.
 */
import { joinTexts } from '../../../contract/join.ts'
import { splitSentences } from '../../editor/sentence-ends.ts'
import { badFile } from '../../formats/bad-file.ts'
import { eachGood } from '../../formats/json-records.ts'
import type { OnBad } from '../../formats/json-records.ts'

export interface PlainPassage {
  readonly prompt: string
  readonly sentences: readonly string[]
  /** on which it begins, from 1 */
  readonly line: number
}

/** @throws ErratumError `BadFile` with the line of a passage that has nothing behind its header */
export function plainPassages(file: string, text: string, onBad?: OnBad): PlainPassage[] {
  return eachGood(paragraphs(text), ({ line, lines }) => plainPassage(file, line, lines), onBad)
}

function plainPassage(file: string, line: number, lines: readonly string[]): PlainPassage {
  const [first, ...rest] = lines.length > 1 ? [lines[0], ...splitAll(joinTexts(lines.slice(1)))] : splitAll(lines[0])
  if (rest.length === 0)
    throw badFile(
      { file, line },
      'there is a header and no text behind it',
      'Write the text in the next line, or behind the first sentence.'
    )
  return { prompt: first, sentences: rest, line }
}

const splitAll = (text: string): string[] => splitSentences(text).map((s) => s.text)

function paragraphs(text: string): { line: number; lines: string[] }[] {
  const found: { line: number; lines: string[] }[] = []
  let open = false
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .forEach((raw, i) => {
      const line = raw.trim()
      if (line !== '' && open) found.at(-1)!.lines.push(line)
      else if (line !== '') found.push({ line: i + 1, lines: [line] })
      open = line !== ''
    })
  return found
}
