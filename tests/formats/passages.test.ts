import { describe, expect, it } from 'vitest'
import { readLocalitySet } from '../../src/main/formats/locality-set.ts'
import { approvedText, formatPassages, readPassages } from '../../src/main/formats/passages.ts'
import { errorOf, given } from './given-file.ts'

const passage = {
  id: 'p1',
  prompt: 'This is a Wikipedia passage about X. ',
  sentences: [
    { text: ' X was born.', label: 'accurate' },
    { text: 'X left.', label: 'major_inaccurate', correction: 'X stayed. ' },
    { text: 'X died.', label: 'minor_inaccurate', correction: null },
    { text: 'X wrote.', label: 'accurate', correction: 'X sang.' },
    { text: 'X slept.' }
  ],
  source: 'mine',
  temperature: 0.9
}

describe('readPassages', () => {
  it('reads marks and corrections, and tells what was approved', () => {
    const [row] = readPassages(given(JSON.stringify(passage)))
    expect(row).toMatchObject({
      id: 'p1',
      prompt: 'This is a Wikipedia passage about X. ',
      line: 1,
      source: 'mine',
      extra: { temperature: 0.9 }
    })
    expect(row.sentences.map(approvedText)).toEqual(['X was born.', 'X stayed.', null, 'X sang.', null])
  })

  it('gives back what it has read', () => {
    const rows = readPassages(given(JSON.stringify(passage)))
    expect(readPassages(given(formatPassages(rows, 'passages').text))).toEqual(rows)
  })

  it.each([
    ['sentences.1.label', { text: 'X.', label: 'wrong' }],
    ['sentences.1.correction', { text: 'X.', correction: ' ' }],
    ['sentences.1.text', { text: '' }],
    ['sentences.1.text', {}]
  ])('names line, id and %s', (field, sentence) => {
    const text = `\n${JSON.stringify({ id: 'p', prompt: 'P', sentences: [{ text: 'A.' }, sentence] })}`
    const error = errorOf(() => readPassages(given(text)))
    expect(error.code).toBe('BadFile')
    expect(error.details).toMatchObject({ line: 2, id: 'p', field })
  })

  it('refuses a passage without sentences', () => {
    expect(errorOf(() => readPassages(given('{"id":1,"prompt":"P","sentences":[]}'))).details.field).toBe('sentences')
    expect(errorOf(() => readPassages(given('{"id":1,"prompt":"P"}'))).details.field).toBe('sentences')
  })
})

describe('readLocalitySet', () => {
  it('reads JSON lines and arrays', () => {
    const rows = [
      { text: ' One. ', length: 3 },
      { text: 'Two.', id: 9 }
    ]
    const due = [
      { id: '1', text: ' One. ', line: 1, extra: { length: 3 } },
      { id: '9', text: 'Two.', line: 2, extra: {} }
    ]
    expect(readLocalitySet(given(rows.map((row) => JSON.stringify(row)).join('\n')))).toEqual(due)
    expect(readLocalitySet(given(`[${rows.map((row) => JSON.stringify(row)).join(',\n')}]`))).toEqual(due)
  })

  it('names the line of an empty text', () => {
    expect(errorOf(() => readLocalitySet(given('{"text":"One."}\n{"text":""}'))).details).toMatchObject({
      line: 2,
      field: 'text'
    })
  })
})
