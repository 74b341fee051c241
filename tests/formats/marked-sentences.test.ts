// Exports of annotation tools: marks and corrections come to the passages that they belong to, and nothing is guessed.
import { describe, expect, it } from 'vitest'
import { readFormattedPassages, readPassages } from '../../src/main/formats/passages.ts'
import type { MarkRow } from '../../src/main/formats/mark-dialects/dialect.ts'
import { errorOf, given } from './given-file.ts'

const PROMPT = 'This is a Wikipedia passage about X.'
const read = (...records: object[]): ReturnType<typeof readPassages> => readPassages(given(JSON.stringify(records)))
const task = (text: string, choice: string, more: object = {}): object => ({
  id: text,
  data: { text, prompt: PROMPT },
  annotations: [{ result: [{ type: 'choices', from_name: 'label', value: { choices: [choice] } }] }],
  ...more
})
const due = [
  { text: 'X was born.', label: 'accurate' },
  { text: 'X left.', label: 'major_inaccurate' }
]

describe('Label Studio', () => {
  it('tasks of one prompt are one passage, in their order', () => {
    expect(read(task('X was born.', 'Accurate'), task('X left.', 'major inaccurate'))).toEqual([
      { id: 'X was born.', prompt: PROMPT, line: 1, sentences: due, extra: {} }
    ])
  })

  it('takes the annotation that was kept, its text area as the correction, and tells of others that disagree', () => {
    const choose = (choice: string, more = {}): object => ({ result: [{ type: 'choices', value: { choices: [choice] } }, { type: 'textarea', from_name: 'correction', value: { text: ['X stayed.'] } }], ...more }) // prettier-ignore
    const annotations = [choose('minor_inaccurate', { ground_truth: true }), choose('accurate'), choose('accurate', { was_cancelled: true })] // prettier-ignore
    expect(read(task('X left.', '', { annotations }))).toMatchObject([
      {
        sentences: [{ text: 'X left.', label: 'minor_inaccurate', correction: 'X stayed.' }],
        left: ['annotations that disagree with the one taken']
      }
    ])
    expect(read(task('X left.', '', { annotations: [] }))[0].sentences).toEqual([{ text: 'X left.' }])
  })

  it('marks of stretches and labels that are no marks are refused with what to do', () => {
    const spans = [{ result: [{ type: 'labels', value: { start: 0, end: 3, labels: ['accurate'] } }] }]
    expect(errorOf(() => read(task('X left.', '', { annotations: spans }))).details.cure).toContain('--to label-studio')
    const error = errorOf(() => read(task('X left.', 'Recipe')))
    expect([error.details.field, error.message.includes('Recipe')]).toEqual(['annotations', false])
    expect(error.details.cure).toContain('accurate, minor_inaccurate, major_inaccurate')
  })
})

it('a task that two people marked is one sentence, as last marked, and that is told', () => {
  const row = { id: 4, text: 'X left.', prompt: PROMPT, annotator: 1, label: 'accurate' }
  expect(read(row, { ...row, annotator: 2, label: 'minor_inaccurate' })).toMatchObject([
    {
      sentences: [{ text: 'X left.', label: 'minor_inaccurate' }],
      left: ['a sentence that is given again: the last one counts']
    }
  ])
})

it('a text area that was filled in twice is the first text, and that is told, in a list and in a cell', () => {
  const row = { text: 'X left.', prompt: PROMPT, label: 'accurate', annotator: 1 }
  for (const correction of [{ text: ['A.', 'B.'] }, ['A.', 'B.'], '{"text":["A.","B."]}'])
    expect(read({ ...row, correction })).toMatchObject([{ sentences: [{ correction: 'A.' }], left: ['correction: further texts'] }]) // prettier-ignore
  expect(read({ ...row, correction: '{}' })[0].sentences[0].correction).toBe('{}')
})

it('doccano: labels in a list; several marks on one sentence are refused', () => {
  expect(read({ id: 1, text: 'X was born.', label: ['accurate'], prompt: PROMPT }, { id: 2, text: 'X left.', label: ['checked', 'major_inaccurate'], prompt: PROMPT })).toMatchObject([
    { sentences: due, left: ['label: further labels'] }
  ]) // prettier-ignore
  expect(errorOf(() => read({ text: 'A.', label: ['accurate', 'minor_inaccurate'], prompt: PROMPT })).details.field).toBe('label') // prettier-ignore
  expect(errorOf(() => read({ text: 'A.', label: [[0, 1, 'accurate']], prompt: PROMPT })).details.cure).toContain('--to doccano') // prettier-ignore
})

it('Argilla: responses by question, by user, or flattened; drafts do not count', () => {
  const fields = { text: 'X left.', prompt: PROMPT }
  const correction = [{ value: 'X stayed.', user_id: 'u' }]
  const draft = { value: 'accurate', status: 'draft' }
  for (const record of [
    { fields, responses: { verdict: [{ value: 'major_inaccurate', user_id: 'u' }, draft], correction } },
    { fields, responses: [{ values: { verdict: { value: 'major_inaccurate' }, correction: correction[0] }, status: 'submitted' }, { values: { verdict: draft }, status: 'draft' }] },
    { ...fields, 'verdict.responses': ['major_inaccurate', 'accurate'], 'verdict.responses.status': ['submitted', 'draft'], 'correction.responses': ['X stayed.'] }
  ])
    expect(read(record)).toMatchObject([{ prompt: PROMPT, sentences: [{ text: 'X left.', label: 'major_inaccurate', correction: 'X stayed.' }] }])
}) // prettier-ignore

it('sentences of which nothing tells where they stand are no passage: they are given to who asks, else bad rows', () => {
  const file = given('{"text":"X left.","labels":"major_inaccurate","id":7}\n{"text":"A.","label":["accurate"],"prompt":"P."}') // prettier-ignore
  expect(errorOf(() => readPassages(file)).details).toMatchObject({ line: 1, id: '7', field: 'prompt' })
  const loose: [MarkRow, string][] = []
  const rows = readFormattedPassages(file, { onLoose: (mark, format) => loose.push([mark, format]) })
  expect(rows.map(({ row }) => row.prompt)).toEqual(['P.'])
  expect(loose).toEqual([[{ id: '7', line: 1, text: 'X left.', label: 'major_inaccurate', extra: {} }, 'marks']])
})

describe('the public file of SelfCheckGPT', () => {
  const record = { gpt3_text: 'x', gpt3_sentences: ['Ada Lind (born 1931), of Oldham, was a judge.', 'She left.'], annotation: ['accurate', null], wiki_bio_test_idx: 3 } // prettier-ignore

  it.each([
    ['Ada Lind (born 1931) was a judge.', 'Ada Lind'],
    ['Ada B. Lind, Lady Lind was a judge.', 'Ada B. Lind, Lady Lind'],
    ['Ada Lind Sr.', 'Ada Lind Sr.'],
    ['Ada Lind, who lived for a long time in the old town of Oldham upon the river, was a judge.', 'Ada Lind']
  ])('names no concepts: %s is about %s', (first, name) => {
    const sentences = [first, ...(first.endsWith('Sr.') ? ['(born 1931) was a judge.'] : [])]
    const [row] = read({ ...record, gpt3_sentences: sentences, annotation: sentences.map(() => null) })
    expect(row.prompt).toBe(`This is a Wikipedia passage about ${name}.`)
  })

  it('where a passage does not begin with a name says so', () => {
    const error = errorOf(() => read({ ...record, gpt3_sentences: ['Nothing here', 'She left.'] }))
    expect([error.details.field, error.details.cure]).toEqual(['concept', 'Add whom the passage is about as "concept", or its header as "prompt".']) // prettier-ignore
  })
})
