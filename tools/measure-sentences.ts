/**
 * How well the rule of sentence ends cuts running text, against the boundaries of Universal Dependencies and beside two
 * segmenters that see the whole text: ICU's (`Intl.Segmenter`) and Wikimedia's `sentencex`, where it is installed
 * (`npm install --no-save sentencex`).
 *
 *     node tools/measure-sentences.ts de=de_gsd-ud-test.conllu zh=zh_gsdsimp-ud-test.conllu ...
 *
 * The sentences of a file are joined into texts of up to eight: by a space, in Chinese and Japanese by nothing. A
 * sentence that does not end with a terminator of the rule (a title, a list item) ends a text, where nothing has to be
 * found: what comes next says nothing about running text.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DEFAULT_SENTENCE_RULE, endsCounted } from '../src/main/editor/sentence-ends.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { show: { type: 'string', default: '0' } }
})
const TEXT = '# text = '
const LONGEST = 8
const UNSPACED = ['zh', 'ja']

type Segmenter = (text: string, language: string) => number[]

const segmenters: Record<string, Segmenter> = {
  ours: (text) => endsCounted(text).filter((end) => end < text.length),
  icu: (text, language) => {
    const pieces = [...new Intl.Segmenter(language, { granularity: 'sentence' }).segment(text)]
    return pieces.map(({ index, segment }) => index + segment.trimEnd().length).filter((end) => end < text.length)
  }
}
/** not among the project's packages: the name is no literal, so that types are not asked of it */
const SENTENCEX: string = 'sentencex'
const library = (await import(SENTENCEX).catch(() => null)) as {
  segment: (language: string, text: string) => string[]
} | null
if (library)
  segmenters.sentencex = (text, language) => {
    let from = 0
    return library
      .segment(language, text)
      .map((piece) => {
        const at = text.indexOf(piece.trim(), from)
        return (from = at + piece.trim().length)
      })
      .filter((end) => end < text.length)
  }

const totals = new Map<string, { language: string; due: number; found: number; right: number }>()
for (const positional of positionals) {
  const [language, file] = positional.split('=')
  for (const { text, ends } of texts(readFileSync(file, 'utf8'), UNSPACED.includes(language) ? '' : ' '))
    for (const [name, segment] of Object.entries(segmenters)) {
      const key = `${language} ${name}`
      const sum = totals.get(key) ?? { language, due: 0, found: 0, right: 0 }
      const found = segment(text, language)
      const right = found.filter((end) => ends.includes(end))
      totals.set(key, { ...sum, due: sum.due + ends.length, found: sum.found + found.length, right: sum.right + right.length }) // prettier-ignore
      if (name === 'ours' && Number(values.show) > 0) show(text, ends, found)
    }
}
for (const [key, { due, found, right }] of totals) {
  const [precision, recall] = [right / found, right / due]
  const f1 = (2 * precision * recall) / (precision + recall)
  console.log(`${key.padEnd(14)} boundaries ${due}, found ${found}, right ${right}: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, F1 ${f1.toFixed(3)}`) // prettier-ignore
}

/** Running texts with the positions where a sentence inside them ends. */
function texts(conllu: string, between: string): { text: string; ends: number[] }[] {
  const found: { text: string; ends: number[] }[] = []
  let open: { text: string; ends: number[]; count: number } | null = null
  for (const line of conllu.split('\n')) {
    if (!line.startsWith(TEXT)) continue
    const sentence = line.slice(TEXT.length).trim()
    if (open) {
      open.ends.push(open.text.length)
      open.text += between + sentence
      open.count++
    } else open = { text: sentence, ends: [], count: 1 }
    const goesOn = endsWithTerminator(sentence) && open.count < LONGEST
    if (!goesOn) {
      found.push(open)
      open = null
    }
  }
  return open ? [...found, open] : found
}

function endsWithTerminator(sentence: string): boolean {
  const bare = Array.from(sentence).findLast((c) => !DEFAULT_SENTENCE_RULE.closingMarks.includes(c) && c.trim() !== '')
  return bare !== undefined && DEFAULT_SENTENCE_RULE.terminators.includes(bare)
}

function show(text: string, due: readonly number[], found: readonly number[]): void {
  const around = (at: number): string => `${text.slice(Math.max(0, at - 30), at)}|${text.slice(at, at + 20)}`
  for (const at of found) if (!due.includes(at)) console.log('  cut:   ', around(at))
  for (const at of due) if (!found.includes(at)) console.log('  missed:', around(at))
}
