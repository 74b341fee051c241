/** Passages as plain text, a blank line between them, with or without an opening sentence of their own. */
import { joinTexts } from '../../../contract/join.ts'
import type { OpeningSource } from '../../../contract/import-preview.ts'
import { splitSentences } from '../../editor/sentence-ends.ts'
import { badFile } from '../../formats/bad-file.ts'
import { eachGood } from '../../formats/json-records.ts'
import type { OnBad } from '../../formats/json-records.ts'

export interface PlainPassage {
  /** null: the text has none, and one is made */
  readonly prompt: string | null
  readonly sentences: readonly string[]
  /** on which it begins, from 1 */
  readonly line: number
}

/**
 * @param isOpening whether a line or a sentence has the form of an opening sentence
 * @throws ErratumError `BadFile` with the line of a passage that has nothing behind its opening sentence
 */
export function plainPassages(
  file: string,
  text: string,
  opening: OpeningSource,
  isOpening: (text: string) => boolean,
  onBad?: OnBad
): PlainPassage[] {
  const read = ({ line, lines }: Paragraph): PlainPassage => {
    const prompt = openingOf(lines, opening, isOpening)
    const whole = joinTexts(lines)
    const rest = splitAll(prompt === null ? whole : whole.slice(prompt.length).trim())
    if (rest.length === 0)
      throw badFile(
        { file, line },
        'there is an opening sentence and no text after it',
        'Write the text in the next line, or after the opening sentence.'
      )
    return { prompt, sentences: rest, line }
  }
  return eachGood(paragraphs(text), read, onBad)
}

function openingOf(
  lines: readonly string[],
  opening: OpeningSource,
  isOpening: (text: string) => boolean
): string | null {
  if (opening === 'made') return null
  if (opening === 'line') return lines[0]
  const [first] = splitAll(joinTexts(lines))
  if (opening === 'sentence') return first
  if (isOpening(first)) return first
  // One that does not end as a sentence does, but with its line: "... about Ann:".
  return lines.length > 1 && splitAll(lines[0]).length === 1 && isOpening(lines[0]) ? lines[0] : null
}

const splitAll = (text: string): string[] => (text === '' ? [] : splitSentences(text).map((s) => s.text))

interface Paragraph {
  line: number
  lines: string[]
}

function paragraphs(text: string): Paragraph[] {
  const found: Paragraph[] = []
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
