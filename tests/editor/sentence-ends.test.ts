import fc from 'fast-check'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  DEFAULT_SENTENCE_RULE,
  endCounts,
  endsCounted,
  sentenceEnds,
  splitSentences
} from '../../src/main/editor/sentence-ends.ts'

const texts = (text: string): string[] => splitSentences(text).map((sentence) => sentence.text)

describe('sentenceEnds', () => {
  it.each([
    'He was born in 1920.',
    'Was he?',
    'He said "Never."',
    'He left (in 1920.)',
    'He wrote “Home.”',
    'And then...',
    'He died in 1957 (aged 60).',
    'Visit example.com.',
    'What?!',
    'It was plan B!'
  ])('is true after %j', (text) => {
    expect(sentenceEnds(text)).toBe(true)
  })

  it.each([
    '',
    'He was born',
    'He was born. ',
    'He was born.\n',
    'Written by M.',
    'Written by J. R.',
    'Written by J.R.',
    'He lived in St.',
    'Dr.',
    'A city (St.',
    'Jean (b.',
    'He ruled (r. 1820–c.',
    'Jean-P.',
    'He took a Ph.D.',
    'The U.S.',
    'See vol.',
    'He wrote “St.”',
    'He said:',
    '"'
  ])('is false after %j', (text) => {
    expect(sentenceEnds(text)).toBe(false)
  })

  it('follows the rule record and not a built-in list', () => {
    const rule = {
      ...DEFAULT_SENTENCE_RULE,
      terminators: '.',
      initials: false,
      dottedLetters: 0,
      abbreviations: ['Bgm']
    }
    expect(['M.', 'U.S.', 'St.', 'So!', 'Bgm.'].map((text) => sentenceEnds(text, rule))).toEqual([
      true,
      true,
      true,
      false,
      false
    ])
  })

  it('looks at nothing but the last word: text before it changes no answer', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('born.', 'St.', 'M.', 'left."', 'no', 'so?!'), (before, last) => {
        expect(sentenceEnds(`${before} ${last}`)).toBe(sentenceEnds(last))
      })
    )
  })
})

describe('splitSentences', () => {
  it('cuts where white space follows and keeps offsets', () => {
    const text = '  He was born in St. Ives in 1.5 years.  He (see J. R.) said "Never." Then?\n\nDr. Who left.'
    const sentences = splitSentences(text)
    expect(sentences.map((sentence) => sentence.text)).toEqual([
      'He was born in St. Ives in 1.5 years.',
      'He (see J. R.) said "Never."',
      'Then?',
      'Dr. Who left.'
    ])
    for (const { start, end, text: piece } of sentences) expect(text.slice(start, end)).toBe(piece)
  })

  it('counts adjacent ends once and takes what follows the last end as a sentence', () => {
    expect(endsCounted('He left. . . Then he')).toEqual([8])
    expect(texts('He left. He was')).toEqual(['He left.', 'He was'])
    expect(texts(' \n ')).toEqual([])
  })

  it('agrees with an end counted while writing, one character at a time', () => {
    const word = fc.constantFrom('He', 'left', 'St', 'M', '1.5', '"No', 'U.S')
    const mark = fc.constantFrom('.', '. ', '? ', '." ', ' ', '.\n', '... ', '.) ')
    fc.assert(
      fc.property(fc.array(fc.tuple(word, mark)), (pieces) => {
        const text = pieces.flat().join('')
        const ends: number[] = []
        for (let at = 1; at <= text.length; at++)
          if (endCounts(text.slice(0, at), text[at] ?? null, ends.at(-1) ?? 0)) ends.push(at)
        expect(endsCounted(text)).toEqual(ends)
      })
    )
  })

  it('loses no text: all that is cut away is white space', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '.', '?', ' ', '\n', '"', ')', '1') }), (text) => {
        const kept = splitSentences(text)
        expect(
          kept
            .map((sentence) => sentence.text)
            .join('')
            .replace(/\s/g, '')
        ).toBe(text.replace(/\s/g, ''))
      })
    )
  })
})

interface StoredPassage {
  gpt3_text: string
  gpt3_sentences: string | string[]
}

/** The data's own lists come as JSON or as a Python literal in a text. */
function storedSentences(stored: string | string[]): string[] {
  if (typeof stored !== 'string') return stored
  const literals = stored.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/gs)
  return [...literals].map(([, single, double]) => (single ?? double).replace(/\\n/g, '\n').replace(/\\(.)/gs, '$1'))
}

/** Where the sentences of a list end in a text, as positions that count no white space; the end of the text is none. */
function boundaries(sentences: readonly string[], text: string): Set<number> {
  const bare = (of: string): string => of.replace(/\s/g, '')
  const whole = bare(text)
  const ends = new Set<number>()
  let from = 0
  for (const sentence of sentences) {
    const at = whole.indexOf(bare(sentence), from)
    if (at < 0) throw new Error(`not in its passage: ${sentence}`)
    from = at + bare(sentence).length
    if (from < whole.length) ends.add(from)
  }
  return ends
}

const dataset = join(process.env.ERRATUM_DATA ?? '', 'wiki_bio_gpt3_hallucination', 'dataset.json')

describe.skipIf(!process.env.ERRATUM_DATA || !existsSync(dataset))('the 238 passages of the hallucination data', () => {
  const figures = (): Record<string, number> => {
    const passages = JSON.parse(readFileSync(dataset, 'utf8')) as StoredPassage[]
    const sum = { passages: passages.length, cutAlike: 0, stored: 0, found: 0, agreed: 0 }
    for (const { gpt3_text, gpt3_sentences } of passages) {
      const due = boundaries(storedSentences(gpt3_sentences), gpt3_text)
      const ours = boundaries(texts(gpt3_text), gpt3_text)
      sum.stored += due.size
      sum.found += ours.size
      const both = [...due].filter((end) => ours.has(end)).length
      sum.agreed += both
      sum.cutAlike += Number(both === due.size && both === ours.size)
    }
    return sum
  }

  it('are cut where their annotators cut them: the figures of docs/results.md', () => {
    expect(figures()).toEqual({ passages: 238, cutAlike: 230, stored: 1675, found: 1668, agreed: 1667 })
  })
})
