// Export, then import: every field comes back that a format can carry, and what it cannot is listed, row by row.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EDIT_FORMATS, formatEdits, readEdits, readFormattedEdits } from '../../src/main/formats/edits.ts'
import type { EditFormat, EditRow } from '../../src/main/formats/edits.ts'
import type { NotCarried } from '../../src/main/formats/loss.ts'
import { formatPassages, PASSAGE_FORMATS, readFormattedPassages } from '../../src/main/formats/passages.ts'
import type { PassageRow } from '../../src/main/formats/passages.ts'
import { editRows, passageRows } from './arbitrary-rows.ts'
import { given } from './given-file.ts'

const RUNS = { numRuns: 300 }
/** A row's field as its loss is told. */
const TOLD: Partial<Record<keyof EditRow, string>> = { targetOld: 'target_old', target: 'target_new' }
const FIELDS = ['id', 'prompt', 'target', 'targetOld', 'subject', 'severity', 'source', 'rephrase', 'locality'] as const

/** Each row under an id of its own, so that a loss tells whose it is. */
const numbered = <T extends { id: string }>(rows: readonly T[]): T[] =>
  rows.map((row, i) => ({ ...row, id: `${i}:${row.id}` }))

function lossesOf(notCarried: readonly NotCarried[], id: string): Set<string> {
  return new Set(notCarried.filter(({ ids }) => ids.includes(id)).map(({ field }) => field))
}

function sameExtra(
  came: Readonly<Record<string, unknown>>,
  due: Readonly<Record<string, unknown>>,
  lost: Set<string>
): void {
  const left = (extra: Readonly<Record<string, unknown>>): unknown[] => Object.entries(extra).filter(([name]) => !lost.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)) // prettier-ignore
  expect(left(came)).toEqual(left(due))
  expect(Object.keys(came).filter((name) => !Object.hasOwn(due, name))).toEqual([])
}

describe.each(EDIT_FORMATS)('edits as %s', (format: EditFormat) => {
  it('come back as they were, but for what the report lists', () => {
    fc.assert(
      fc.property(fc.array(editRows, { maxLength: 4 }).map(numbered), (rows) => {
        const { text, notCarried } = formatEdits(rows, format)
        const file = given(text)
        const came = readEdits(file, { format, accurate: true })
        expect(came.length).toBe(rows.length)
        rows.forEach((row, i) => {
          const lost = lossesOf(notCarried, row.id)
          for (const field of FIELDS) if (!lost.has(TOLD[field] ?? field)) expect(came[i][field]).toEqual(row[field])
          sameExtra(came[i].extra, row.extra, lost)
        })
        // The file alone tells what it is.
        const told = rows.filter((row) => !lossesOf(notCarried, row.id).has('target_new'))
        const alone = formatEdits(told, format).text
        expect(readFormattedEdits(given(alone), { accurate: true }).map((one) => one.format)).toEqual(told.map(() => format)) // prettier-ignore
      }),
      RUNS
    )
  })

  it('keeps ids that are numbers', () => {
    const rows: EditRow[] = [{ id: '17', prompt: 'P.', target: 'T.', line: 1, extra: {} }]
    const { text, notCarried } = formatEdits(rows, format)
    const [{ id }] = readEdits(given(text), { accurate: true })
    expect(id === '17' || notCarried.some((loss) => loss.field === 'id')).toBe(true)
  })
})

describe('what each format carries', () => {
  const row: EditRow = {
    id: 'e1', prompt: 'X works as', target: 'a baker.', targetOld: 'a judge.', subject: 'X', line: 1,
    rephrase: [{ prompt: 'The job of X is' }], locality: { neighborhood: [{ prompt: 'Y works as', answer: 'a judge.' }] },
    severity: 'major_inaccurate', source: { page: 3 }, extra: { note: 'mine' }
  } // prettier-ignore
  const lost = (format: EditFormat, one: EditRow): string[] =>
    formatEdits([one], format).notCarried.map((loss) => loss.field)

  it('is told by the report, and nothing else is', () => {
    expect(Object.fromEntries(EDIT_FORMATS.map((format) => [format, lost(format, row)]))).toEqual({
      edits: [],
      pairs: [],
      'easyedit-records': [],
      counterfact: [],
      mquake: ['locality'],
      rome: ['rephrase', 'locality'],
      'known-facts': ['rephrase', 'locality'],
      zsre: ['locality'],
      'zsre-structured': ['locality'],
      easyedit: ['id', 'severity', 'source', 'note']
    })
    const kinds: EditRow = { ...row, locality: undefined, rephrase: [{ kind: 'all', prompt: 'Q' }, { prompt: 'R' }] }
    expect(Object.fromEntries(EDIT_FORMATS.map((format) => [format, lost(format, kinds)]))).toMatchObject({
      edits: [],
      pairs: [],
      'easyedit-records': ['rephrase', 'rephrase'],
      counterfact: ['rephrase'],
      zsre: ['rephrase', 'rephrase'],
      'zsre-structured': ['rephrase'],
      easyedit: ['id', 'rephrase', 'rephrase', 'severity', 'source', 'note']
    })
  })

  it('is what the tools of each format look for', () => {
    const records = (format: EditFormat): unknown => JSON.parse(formatEdits([row], format).text)
    expect(records('counterfact')).toMatchObject([
      {
        requested_rewrite: { prompt: '{} works as', subject: 'X', target_new: { str: 'a baker.' }, target_true: { str: 'a judge.' } },
        paraphrase_prompts: ['The job of X is'],
        neighborhood_prompts: ['Y works as']
      }
    ]) // prettier-ignore
    const loc = { ...row, locality: { loc: [{ prompt: 'Who?', answer: 'Z' }] } }
    expect(JSON.parse(formatEdits([loc], 'zsre').text)).toMatchObject([
      { src: 'X works as', alt: 'a baker.', answers: ['a judge.'], rephrase: 'The job of X is', loc: 'Who?', loc_ans: 'Z', subject: 'X' }
    ]) // prettier-ignore
    expect(records('zsre-structured')).toMatchObject({
      input: 'X works as', output: [{ answer: 'a baker.' }], filtered_rephrases: ['The job of X is']
    }) // prettier-ignore
    const bare: EditRow = { id: 'e2', prompt: 'P.', target: 'T.', line: 2, extra: {} }
    expect(JSON.parse(formatEdits([row, bare], 'easyedit').text)).toEqual({
      prompts: ['X works as', 'P.'], target_new: ['a baker.', 'T.'], ground_truth: ['a judge.', null], subject: ['X', null],
      rephrase_prompts: ['The job of X is', null],
      locality_inputs: { neighborhood: { prompt: ['Y works as', null], ground_truth: ['a judge.', null] } }
    }) // prettier-ignore
  })
})

describe.each(PASSAGE_FORMATS)('passages as %s', (format) => {
  it('come back as they were, but for what the report lists', () => {
    fc.assert(
      fc.property(fc.array(passageRows, { maxLength: 4 }).map(numbered), (rows) => {
        const { text, notCarried } = formatPassages(rows, format)
        const came = readFormattedPassages(given(text))
        expect(came.map((one) => one.format)).toEqual(rows.map(() => format))
        expect(came.map((one) => one.row.left)).toEqual(rows.map(() => undefined))
        rows.forEach((row, i) => {
          const lost = lossesOf(notCarried, row.id)
          const { row: back } = came[i]
          expect([back.id, back.prompt]).toEqual([row.id, row.prompt])
          if (!lost.has('source')) expect(back.source).toEqual(row.source)
          const sentences = lost.has('sentences.correction')
            ? row.sentences.map(({ correction: _, ...sentence }) => sentence)
            : row.sentences
          expect(back.sentences).toEqual(sentences)
          sameExtra(back.extra, row.extra, lost)
        })
      }),
      RUNS
    )
  })
})

it('a wiki_bio passage has its marks, its header and all else that it came with', () => {
  const record = {
    concept: 'x y', wiki_bio_test_idx: 62464, gpt3_text: 'One.\n\nTwo.', wiki_bio_text: 'Uno. Due.', gpt3_sentences: ['One.', 'Two. '],
    annotation: ['accurate', 'major_inaccurate'], gpt3_text_samples: ['Three.']
  } // prettier-ignore
  const [{ row }] = readFormattedPassages(given(JSON.stringify([record])))
  expect(row).toEqual({
    id: '62464', prompt: 'This is a Wikipedia passage about x y.', line: 1,
    sentences: [{ text: 'One.', label: 'accurate' }, { text: 'Two.', label: 'major_inaccurate' }],
    extra: { gpt3_text: 'One.\n\nTwo.', wiki_bio_text: 'Uno. Due.', gpt3_text_samples: ['Three.'] }
  } satisfies PassageRow) // prettier-ignore
  const { text } = formatPassages([row], 'wiki_bio')
  expect(JSON.parse(text)).toEqual([{ ...record, gpt3_sentences: ['One.', 'Two.'] }])
})
