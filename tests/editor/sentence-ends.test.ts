import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  breaksOff,
  DEFAULT_SENTENCE_RULE,
  endsCounted,
  sentenceEnds,
  splitSentences
} from '../../src/main/editor/sentence-ends.ts'
import type { SentenceRule } from '../../src/main/editor/sentence-ends.ts'
import { SentenceCounter } from '../../src/main/editor/sentence-counter.ts'
import { findPython } from '../python/find-python.ts'

/** As sessions of the first formats hold it. */
const FIRST_RULE: SentenceRule = {
  version: 1,
  terminators: '.!?…。！？',
  closingMarks: '"\'”’»)]}',
  wordBreaks: '"\'“‘«([{-–—/',
  initials: true,
  dottedLetters: 4,
  abbreviations: ['Dr', 'St', 'Jr', 'No']
}

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
    'It was plan B!',
    '他出生于1931年。',
    '彼女は「いいえ。」',
    'वह एक शिक्षक थी।',
    'Il dit : « Oui. »',
    'Il part !'
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
    '"',
    'Quist Inc.',
    'Warner Bros.',
    'Acme Corp.',
    'Acme Ltd.',
    'Fifth Ave.',
    'Er kam z. B.',
    'World War I.'
  ])('is false after %j', (text) => {
    expect(sentenceEnds(text)).toBe(false)
  })

  it('follows the rule record and not a built-in list', () => {
    const rule = {
      ...DEFAULT_SENTENCE_RULE,
      terminators: '.',
      initials: false,
      dottedLetters: 0,
      abbreviations: ['Bgm'],
      finalAbbreviations: []
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

  // What stands after a stop tells here: each line is cut at | and nowhere else.
  it.each([
    'It was released by Venn Bros. Records in 1960.| It sold well.',
    'He led Quist Inc. until 1950.| She left it then.',
    'He worked for Acme Corp.| In 1960 he left.',
    'They met at Fifth Ave. Station.| He left.',
    'She lived in the U.S.| She died in the U.S. Army.',
    'He fought in World War I.| He was wounded.',
    'He was named Lodge, Jr.| He was a senator.',
    'They came at 9 a.m.| The sun shone.',
    'He met J. A. Smith.| He left.',
    'Am 4. Mai 1931 kam er.| Er blieb bis zum 5. Juni.| Dann ging er.',
    'Im 19. und 20. Jahrhundert war es so.| Er war 24.| Danach ging er.',
    'Viele Orte, z. B. Bonn, d. h. am Rhein.| Er kam.',
    'She scored 4.| John scored 5.',
    '他出生于1931年。|他住在上海。|“你好。”|他说。',
    '彼女は先生です。|東京に住んでいます!|本当ですか?|はい。',
    'वह एक शिक्षक थी।| वह दिल्ली में रहती थी।',
    'Il dit : « Oui. »| Puis il partit.',
    'He founded Acme Inc.\n\n|John left.'
  ])('cuts %s', (marked) => {
    const text = marked.replaceAll('|', '')
    const due = marked.split('|').map((piece) => piece.trim())
    expect(texts(text)).toEqual(due)
  })

  it('agrees with an end counted while writing, one character at a time', () => {
    const word = fc.constantFrom('He', 'left', 'St', 'M', '1.5', '"No', 'U.S', 'Inc', '4', 'Mai', '他', '« Oui')
    const mark = fc.constantFrom('.', '. ', '? ', '." ', ' ', '.\n', '... ', '.) ', '。', '!', ' » ', '.\n\n')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, mark)),
        fc.constantFrom(DEFAULT_SENTENCE_RULE, FIRST_RULE),
        (pieces, rule) => {
          const text = pieces.flat().join('')
          const counter = new SentenceCounter('', rule)
          const ends: number[] = []
          const note = (): void => {
            // Several ends may be settled by one character; only the last one's place is kept.
            for (; ends.length < counter.ends;) ends.push(counter.lastEnd)
          }
          for (const character of text) {
            counter.push(character)
            note()
          }
          counter.finish()
          note()
          expect(ends).toEqual(endsCounted(text, rule))
        }
      )
    )
  })

  it('cuts by the first rule as it did', () => {
    expect(endsCounted('He left. . . Then he', FIRST_RULE)).toEqual([8])
    const cut = (text: string): string[] => splitSentences(text, FIRST_RULE).map((sentence) => sentence.text)
    expect(cut('In the U.S. She left. Quist Inc. was sold. Am 4. Mai kam er. 好。坏。')).toEqual([
      'In the U.S. She left.',
      'Quist Inc.',
      'was sold.',
      'Am 4.',
      'Mai kam er.',
      '好。坏。'
    ])
  })

  it('knows a text that breaks off', () => {
    expect(
      ['He was', 'He was born.', 'He was “born.” ', 'Quist Inc.', '他是', '他是。'].map((t) => breaksOff(t))
    ).toEqual([true, false, false, true, true, false])
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

const python = findPython(['json'])

describe.skipIf('missing' in python)('a bundle’s own load.py', () => {
  it('cuts the same texts at the same places, by either rule', () => {
    const word = fc.constantFrom(
      'He',
      'left',
      'St',
      'M',
      '1.5',
      '"No',
      'U.S',
      'Inc',
      '4',
      'Mai',
      '他',
      '« Oui',
      'z. B',
      'é'
    )
    const mark = fc.constantFrom(
      '.',
      '. ',
      '? ',
      '." ',
      ' ',
      '.\n',
      '... ',
      '.) ',
      '。',
      '!',
      ' » ',
      '.\n\n',
      '”',
      '.x'
    )
    const given = fc.sample(fc.array(fc.tuple(word, mark)), 400).map((pieces) => pieces.flat().join(''))
    const rules = [DEFAULT_SENTENCE_RULE, FIRST_RULE]
    const input = JSON.stringify({ rules, texts: given })
    const script = join(import.meta.dirname, 'bundle_sentences.py')
    const out = execFileSync((python as { command: string }).command, [script], { input, encoding: 'utf8' })
    expect(JSON.parse(out)).toEqual(rules.map((rule) => given.map((text) => endsCounted(text, rule))))
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
    expect(figures()).toEqual({ passages: 238, cutAlike: 231, stored: 1675, found: 1669, agreed: 1668 })
  })
})
