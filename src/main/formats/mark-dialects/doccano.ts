/** doccano's JSONL export of text classification: `{id, text, label: ["major_inaccurate"], ...}`, a sentence in each record. */
import { toJsonLines } from '../json-records.ts'
import { RecordFields } from '../record-fields.ts'
import { labelOf } from '../sentence-labels.ts'
import type { MarkDialect } from './dialect.ts'
import { labelIn, PLACE_FIELDS, placeOf, sentenceIn, wordsIn } from './mark-fields.ts'

const listOf = (value: Readonly<Record<string, unknown>>): [string, unknown[]] | null => {
  for (const field of ['label', 'labels', 'entities'])
    if (Array.isArray(value[field])) return [field, value[field] as unknown[]]
  return null
}

export const DOCCANO: MarkDialect = {
  about: 'doccano’s export {text, label: [...]}',
  detect: (value) => {
    const list = listOf(value)
    return list !== null && typeof value['text'] === 'string' ? `it has text, and ${list[0]} is a list` : null
  },
  read: (file, record) => {
    const fields = new RecordFields(file, record)
    const { value } = record
    const [field, labels] = listOf(value) ?? ['label', []]
    if (labels.some((one) => Array.isArray(one) || typeof one === 'object'))
      throw fields.bad(
        field,
        'it marks stretches of a text, and a mark here belongs to a whole sentence',
        'Classify texts of one sentence each: `erratum import PASSAGES --to doccano` writes such records.'
      )
    const marks = labels.filter((one) => labelOf(one) !== null)
    if (new Set(marks.map(labelOf)).size > 1)
      throw fields.bad(field, 'it has several marks', 'Leave one mark on each sentence.')
    const label = labelIn(fields, field, marks[0] ?? labels[0])
    const others = labels.filter((one) => labelOf(one) === null)
    const correction = wordsIn(value['correction'])
    const known = ['id', 'text', 'correction', field, 'Comments', ...PLACE_FIELDS]
    return [
      {
        id: fields.id,
        line: fields.line,
        text: sentenceIn(fields, value),
        ...placeOf(fields, value),
        ...(label && { label }),
        ...(correction !== undefined && { correction }),
        ...(others.length > 0 && { left: [`${field}: further labels`] }),
        extra: Object.fromEntries(Object.entries(value).filter(([name]) => !known.includes(name)))
      }
    ]
  },
  write: ({ id, prompt, sentences }) =>
    sentences.map(({ text, label, correction }, i) => ({
      ...{ text, label: label ? [label] : [], prompt, passage: id, sentence: i + 1 },
      ...(correction !== undefined && { correction })
    })),
  file: toJsonLines
}
