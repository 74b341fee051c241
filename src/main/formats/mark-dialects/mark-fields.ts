/** What the formats of annotation tools have in common: where a sentence, its passage, its mark and its correction stand. */
import { z } from 'zod'
import type { RecordFields } from '../record-fields.ts'
import { LABELS, labelOf } from '../sentence-labels.ts'
import type { Label } from '../sentence-labels.ts'
import type { MarkRow } from './dialect.ts'

/** Where a sentence stands, as Erratum writes it for a tool and the tool gives it back. */
export interface Place {
  prompt: string
  passage: string
  sentence: number
}

const placeSchema = z.object({
  prompt: z.string().nullish(),
  passage: z.union([z.string(), z.number()]).nullish(),
  sentence: z.coerce.number().int().positive().nullish()
})
export const PLACE_FIELDS = ['prompt', 'passage', 'sentence'] as const

/** @param inside what holds the fields, for the error's place: `data.` */
export function placeOf(
  fields: RecordFields,
  given: Readonly<Record<string, unknown>>,
  inside = ''
): Pick<MarkRow, 'prompt' | 'passage' | 'sentence'> {
  const parsed = placeSchema.safeParse(given)
  if (!parsed.success) {
    const [{ path }] = parsed.error.issues
    throw fields.bad(`${inside}${path.join('.')}`, 'expected a text (prompt, passage) or a number from 1 (sentence)', 'Correct this field or remove it.') // prettier-ignore
  }
  const { passage, sentence } = parsed.data
  const prompt = parsed.data.prompt ?? undefined
  return {
    ...(prompt !== undefined && prompt.trim() !== '' && { prompt }),
    ...(passage !== null && passage !== undefined && { passage: String(passage) }),
    ...(sentence !== null && sentence !== undefined && { sentence })
  }
}

/** The mark of a label; a label that is none is an error. */
export function labelIn(fields: RecordFields, field: string, given: unknown): Label | undefined {
  if (given === undefined || given === null || given === '') return undefined
  const label = labelOf(given)
  if (label !== null) return label
  throw fields.bad(
    field,
    'the label is no mark of a sentence',
    `Rename the tool's labels: a sentence is marked as ${LABELS.join(', ')}.`
  )
}

/** A sentence or a correction without white space around it; undefined: it is empty. */
export function wordsIn(given: unknown): string | undefined {
  const text = typeof given === 'string' ? given.trim() : ''
  return text === '' ? undefined : text
}

/** The sentence of a record. */
export function sentenceIn(fields: RecordFields, given: Readonly<Record<string, unknown>>, inside = ''): string {
  const text = wordsIn(given['text']) ?? wordsIn(given['sentence_text'])
  if (text !== undefined) return text
  throw fields.bad(
    `${inside}text`,
    given['text'] === undefined ? 'it is missing' : 'it is empty or no text',
    'Give the sentence in "text"; the prompt of its passage goes into "prompt".'
  )
}
