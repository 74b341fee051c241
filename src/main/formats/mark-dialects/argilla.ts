/**
 * Argilla's records, a sentence in each: `{id, fields: {text, prompt}, responses: {label: [{value}]}, metadata}` as its
 * to_json writes them, with `responses` as a list of `{values: {label: {value}}}` as older ones and the server do, or
 * flattened (`label.responses: [...]`) as in a table of the Hub.
 */
import { z } from 'zod'
import { toJsonArray } from '../json-records.ts'
import type { FileRecord } from '../json-records.ts'
import { RecordFields } from '../record-fields.ts'
import { labelOf } from '../sentence-labels.ts'
import type { MarkDialect } from './dialect.ts'
import { labelIn, PLACE_FIELDS, placeOf, sentenceIn, wordsIn } from './mark-fields.ts'

const FLAT = '.responses'
const object = z.record(z.string(), z.unknown())
const answerSchema = z.looseObject({ value: z.unknown(), status: z.string().nullish() })
const nested = z.record(z.string(), z.array(answerSchema))
const byUser = z.array(z.looseObject({ values: z.record(z.string(), answerSchema).nullish(), status: z.string().nullish() })) // prettier-ignore
/** What a record says of itself and its annotators, which no sentence needs. */
const OF_RECORD = ['id', 'external_id', 'fields', 'metadata', 'responses', 'suggestions', 'vectors', 'status', '_server_id', 'inserted_at', 'updated_at', 'dataset_id'] // prettier-ignore

/** Answers by the name of their question. */
type Answers = ReadonlyMap<string, unknown[]>

export const ARGILLA: MarkDialect = {
  about: 'Argilla’s records {fields: {text, prompt}, responses: {label: [{value}]}}',
  detect: (value) => {
    if (typeof value['fields'] === 'object' && value['fields'] !== null && value['responses'] !== undefined)
      return 'it has fields and responses'
    const flat = Object.keys(value).find((name) => name.endsWith(FLAT))
    return flat !== undefined && typeof value['text'] === 'string' ? `it has text and ${flat}` : null
  },
  read: (file, record) => {
    const fields = new RecordFields(file, record, ['id', 'external_id'])
    const isFlat = record.value['fields'] === undefined
    const shown = isFlat ? record.value : fields.required('fields', object)
    const metadata = fields.optional('metadata', object) ?? {}
    const answers = isFlat ? flatAnswers(record.value) : answersIn(fields, record.value)
    const left: string[] = []
    const label = labelIn(fields, 'responses', choose(answers, (one) => labelOf(one) !== null, ['label', 'labels', 'mark'], left)) // prettier-ignore
    const correction = wordsIn((answers.get('correction') ?? [])[0])
    const place = { ...metadata, ...shown }
    const known = ['text', ...PLACE_FIELDS, ...(isFlat ? [...OF_RECORD, ...Object.keys(record.value).filter((name) => /\.(responses|suggestion)(\.|$)/.test(name))] : [])] // prettier-ignore
    const others = Object.entries({ ...metadata, ...shown, ...(isFlat ? {} : fields.rest()) })
    return [
      {
        id: fields.id,
        line: fields.line,
        text: sentenceIn(fields, shown, isFlat ? '' : 'fields.'),
        ...placeOf(fields, place, isFlat ? '' : 'fields.'),
        ...(label && { label }),
        ...(correction !== undefined && { correction }),
        ...(left.length > 0 && { left }),
        extra: Object.fromEntries(others.filter(([name]) => !known.includes(name) && !OF_RECORD.includes(name)))
      }
    ]
  },
  write: ({ id, prompt, sentences }) =>
    sentences.map(({ text, label, correction }, i) => ({
      fields: { text, prompt },
      metadata: { passage: id, sentence: i + 1 },
      suggestions: {},
      responses: {
        ...(label && { label: [{ value: label, user_id: null }] }),
        ...(correction !== undefined && { correction: [{ value: correction, user_id: null }] })
      },
      vectors: {}
    })),
  file: toJsonArray
}

/** Answers that were submitted, in either form. */
function answersIn(fields: RecordFields, value: FileRecord['value']): Answers {
  if (Array.isArray(value['responses'])) {
    const found = new Map<string, unknown[]>()
    for (const { values, status } of fields.optional('responses', byUser) ?? [])
      for (const [question, { value: one }] of Object.entries(values ?? {}))
        if (isSubmitted(status)) found.set(question, [...(found.get(question) ?? []), one])
    return found
  }
  const given = fields.optional('responses', nested) ?? {}
  return new Map(
    Object.entries(given).map(([question, all]) => [
      question,
      all.filter(({ status }) => isSubmitted(status)).map((one) => one.value)
    ])
  )
}

const isSubmitted = (status: string | null | undefined): boolean => status !== 'draft' && status !== 'discarded'

function flatAnswers(value: FileRecord['value']): Answers {
  return new Map(
    Object.entries(value)
      .filter(([name, all]) => name.endsWith(FLAT) && Array.isArray(all))
      .map(([name, all]) => {
        const states: unknown = value[`${name}.status`]
        const known = Array.isArray(states) ? (states as unknown[]) : []
        return [name.slice(0, -FLAT.length), (all as unknown[]).filter((_, i) => isSubmitted(known[i] as string | undefined))] // prettier-ignore
      })
  )
}

/** The last answer that is one, whatever its question is called; else the last one under one of these names. */
function choose(
  answers: Answers,
  fits: (answer: unknown) => boolean,
  names: readonly string[],
  left: string[]
): unknown {
  const fitting = [...answers.entries()].flatMap(([name, all]) => (name === 'correction' ? [] : all.filter(fits)))
  if (new Set(fitting).size > 1) left.push('responses that disagree with the one taken')
  return fitting.at(-1) ?? names.flatMap((name) => answers.get(name) ?? []).at(-1)
}
