/**
 * The dialect of wiki_bio_gpt3_hallucination: `gpt3_sentences` with one `annotation` each, `gpt3_text`, `wiki_bio_text`,
 * `gpt3_text_samples`, and the `concept` that the passage is about, which may be absent. It knows marks and no corrections.
 */
import { z } from 'zod'
import { joinTexts } from '../../contract/join.ts'
import type { FileRecord } from './json-records.ts'
import { withExtra } from './loss.ts'
import type { Loss, Written } from './loss.ts'
import type { PassageRow } from './passage-row.ts'
import { RecordFields } from './record-fields.ts'
import { LABELS } from './sentence-labels.ts'

const filled = z
  .string()
  .transform((text) => text.trim())
  .refine((text) => text !== '', 'the sentence is empty')

/** The header that the data's passages were written from. */
const HEADER = /^This is a Wikipedia passage about (\S(?:.*\S)?)\.$/s
const headerOf = (concept: string): string => `This is a Wikipedia passage about ${concept.trim()}.`

export const isWikiBio = (value: FileRecord['value']): boolean => value['gpt3_sentences'] !== undefined

export function readWikiBio(file: string, record: FileRecord): PassageRow {
  const fields = new RecordFields(file, record, ['wiki_bio_test_idx', 'id'])
  const sentences = fields.required('gpt3_sentences', z.array(filled).min(1))
  const annotation = fields.required('annotation', z.array(z.enum(LABELS).nullable()))
  if (annotation.length !== sentences.length)
    throw fields.bad('annotation', `it has ${annotation.length} elements for ${sentences.length} sentences`, 'Give one for each sentence.') // prettier-ignore
  const prompt = fields.has('prompt') ? fields.text('prompt') : headerOf(conceptOf(fields, sentences))
  const text = fields.optional('gpt3_text', z.string())
  const source = fields.optional('source', z.unknown())
  return {
    id: fields.id,
    prompt,
    sentences: sentences.map((one, i) => ({ text: one, ...(annotation[i] && { label: annotation[i] }) })),
    line: fields.line,
    ...(source === undefined ? {} : { source }),
    extra: { ...fields.rest(), ...(text !== undefined && text !== joinTexts(sentences) && { gpt3_text: text }) }
  }
}

/**
 * The file on the Hub names no concepts. Its passages begin with their person's name, so what stands before the first
 * parenthesis or verb of the passage is taken, where it is as short as a name.
 */
function conceptOf(fields: RecordFields, sentences: readonly string[]): string {
  if (fields.has('concept')) return fields.text('concept')
  const begin = NAME.exec(sentences.join(' '))?.[1] ?? ''
  const name = [begin, begin.split(',', 1)[0]].map((text) => text.trim()).find((text) => text.length <= LONGEST_NAME)
  if (name) return name
  throw fields.bad(
    'concept',
    'it is missing, and the passage does not begin with a name',
    'Add whom the passage is about as "concept", or its header as "prompt".'
  )
}

const NAME = /^(\S.*?)(?:,? \(|,? (?:is|was|are|were|has|had)\b)/s
const LONGEST_NAME = 60

export function writeWikiBio({ id, prompt, sentences, source, extra }: PassageRow): Written {
  const concept = HEADER.exec(prompt)?.[1]
  const isNumber = /^(0|[1-9]\d{0,14})$/.test(id)
  const { gpt3_text: given, ...others } = extra
  const joined = joinTexts(sentences.map((one) => one.text))
  const keepsText = typeof given === 'string' && given !== joined
  const own = {
    ...(isNumber ? { wiki_bio_test_idx: Number(id) } : { id }),
    ...(concept === undefined ? { prompt } : { concept }),
    gpt3_text: keepsText ? given : joined,
    gpt3_sentences: sentences.map((one) => one.text),
    annotation: sentences.map((one) => one.label ?? null),
    source
  }
  const taken = ['id', 'wiki_bio_test_idx', 'concept', 'prompt', 'gpt3_text', 'gpt3_sentences', 'annotation', 'target_new', 'source'] // prettier-ignore
  const { record, losses: clashes } = withExtra(own, given === undefined || keepsText ? others : extra, taken)
  const losses: Loss[] = [...clashes]
  if (sentences.some((one) => one.correction !== undefined))
    losses.push({ field: 'sentences.correction', why: 'the format has marks and no corrections' })
  return { record, losses }
}
