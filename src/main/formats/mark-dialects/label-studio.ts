/**
 * Label Studio's JSON export: a task for each sentence, `{id, data: {text, prompt, ...}, annotations: [{result: [...]}]}`.
 * The mark is the choice of a result of type `choices`, the correction the text of one of type `textarea`.
 */
import { z } from 'zod'
import { toJsonArray } from '../json-records.ts'
import { RecordFields } from '../record-fields.ts'
import { labelOf } from '../sentence-labels.ts'
import { has } from '../edit-dialects/dialect.ts'
import type { MarkDialect } from './dialect.ts'
import { labelIn, PLACE_FIELDS, placeOf, sentenceIn, wordsIn } from './mark-fields.ts'

const resultSchema = z.looseObject({
  type: z.string().optional(),
  from_name: z.string().optional(),
  value: z.record(z.string(), z.unknown()).optional()
})
const annotationSchema = z.looseObject({
  was_cancelled: z.boolean().nullish(),
  ground_truth: z.boolean().nullish(),
  result: z.array(resultSchema).nullish()
})
type Annotation = z.infer<typeof annotationSchema>
/** What a task says of itself and its annotators, which no sentence needs. */
const OF_TASK = ['annotations', 'completions', 'predictions', 'data', 'id', 'drafts', 'meta', 'created_at', 'updated_at', 'inner_id', 'total_annotations', 'cancelled_annotations', 'total_predictions', 'comment_count', 'unresolved_comment_count', 'last_comment_updated_at', 'project', 'updated_by', 'comment_authors', 'file_upload'] // prettier-ignore

/** What is taken of a task's data. */
const OF_SENTENCE: readonly string[] = ['text', ...PLACE_FIELDS]

export const LABEL_STUDIO: MarkDialect = {
  about: 'Label Studio’s export {data: {text, prompt}, annotations: [{result}]}',
  detect: (value) => {
    const isTask = typeof value['data'] === 'object' && value['data'] !== null
    return isTask && (has(value, 'annotations') || has(value, 'completions') || has(value, 'predictions'))
      ? 'it has data and annotations'
      : null
  },
  read: (file, record) => {
    const fields = new RecordFields(file, record)
    const data = fields.required('data', z.record(z.string(), z.unknown()))
    const given = fields.optional('annotations', z.array(annotationSchema)) ?? fields.optional('completions', z.array(annotationSchema)) // prettier-ignore
    const left: string[] = []
    const done = (given ?? []).filter((one) => one.was_cancelled !== true)
    const chosen = done.findLast((one) => one.ground_truth === true) ?? done.at(-1)
    if (done.some((one) => saysOther(one, chosen))) left.push('annotations that disagree with the one taken')
    const spans = (chosen?.result ?? []).some(({ type }) => type !== undefined && type.endsWith('labels') && type !== 'choices') // prettier-ignore
    if (spans)
      throw fields.bad(
        'annotations',
        'it marks stretches of a text, and a mark here belongs to a whole sentence',
        'Make one task for each sentence, with Choices for its mark: `erratum import PASSAGES --to label-studio` writes such tasks.' // prettier-ignore
      )
    const label = labelIn(fields, 'annotations', choiceOf(chosen))
    const correction = textOf(chosen)
    const rest = Object.fromEntries(Object.entries(data).filter(([name]) => !OF_SENTENCE.includes(name))) // prettier-ignore
    const others = Object.fromEntries(Object.entries(fields.rest()).filter(([name]) => !OF_TASK.includes(name)))
    const { source, ...extra } = { ...others, ...rest }
    return [
      {
        id: fields.id,
        line: fields.line,
        text: sentenceIn(fields, data, 'data.'),
        ...placeOf(fields, data, 'data.'),
        ...(label && { label }),
        ...(correction !== undefined && { correction }),
        ...(left.length > 0 && { left }),
        extra: { ...(source !== undefined && { source }), ...extra }
      }
    ]
  },
  write: ({ id, prompt, sentences }) =>
    sentences.map(({ text, label, correction }, i) => ({
      data: { text, prompt, passage: id, sentence: i + 1 },
      annotations: [
        {
          result: [
            ...(label ? [{ from_name: 'label', to_name: 'text', type: 'choices', value: { choices: [label] } }] : []),
            ...(correction === undefined ? [] : [{ from_name: 'correction', to_name: 'text', type: 'textarea', value: { text: [correction] } }]) // prettier-ignore
          ]
        }
      ]
    })),
  file: toJsonArray
}

/** The first choice that is a mark, else the first one at all. */
function choiceOf(annotation: Annotation | undefined): unknown {
  const choices = (annotation?.result ?? []).flatMap(({ value }) => (Array.isArray(value?.['choices']) ? (value['choices'] as unknown[]) : [])) // prettier-ignore
  return choices.find((choice) => labelOf(choice) !== null) ?? choices[0]
}

/** The text of the area that is named for corrections, else of the first one. */
function textOf(annotation: Annotation | undefined): string | undefined {
  const areas = (annotation?.result ?? []).filter(({ type }) => type === 'textarea')
  const area = areas.find(({ from_name: name }) => name === 'correction') ?? areas[0]
  const text = area?.value?.['text']
  return wordsIn(Array.isArray(text) ? text[0] : text)
}

const saysOther = (one: Annotation, chosen: Annotation | undefined): boolean =>
  choiceOf(one) !== choiceOf(chosen) || textOf(one) !== textOf(chosen)
