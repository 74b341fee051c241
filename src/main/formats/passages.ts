/** Passages with marks and corrections, as Erratum's own records or wiki_bio's; JSON lines or a JSON array. */
import { z } from 'zod'
import { eachGood, readJsonRecords, recordsOf, toJsonArray, toJsonLines } from './json-records.ts'
import type { FileRecord, OnBad } from './json-records.ts'
import { gatherLosses, withExtra } from './loss.ts'
import type { NotCarried, Written } from './loss.ts'
import type { PassageRow, PassageSentence } from './passage-row.ts'
import { RecordFields, unknownRecord } from './record-fields.ts'
import { LABELS } from './sentence-labels.ts'
import { isWikiBio, readWikiBio, writeWikiBio } from './wiki-bio.ts'

export type { PassageRow, PassageSentence } from './passage-row.ts'
export type { Label } from './sentence-labels.ts'

export const PASSAGE_FORMATS = ['passages', 'wiki_bio'] as const
export type PassageFormat = (typeof PASSAGE_FORMATS)[number]
const ABOUT = [
  'Erratum’s own JSON lines {prompt, sentences: [{text, label, correction}]}',
  'wiki_bio_gpt3_hallucination {concept, gpt3_sentences, annotation}'
]

const words = (what: string): z.ZodType<string> =>
  z
    .string()
    .transform((text) => text.trim())
    .refine((text) => text !== '', `the ${what} is empty`)

const sentence = z.object({
  text: words('sentence'),
  label: z
    .enum(LABELS)
    .nullish()
    .transform((label) => label ?? undefined),
  correction: words('correction')
    .nullish()
    .transform((correction) => correction ?? undefined)
})

export interface ReadPassagesOptions {
  /** absent: each record's own fields tell */
  readonly format?: PassageFormat
  readonly onBad?: OnBad
  /** the file's content, where it is at hand already */
  readonly text?: string
}

/** @throws ErratumError `NotFound`, or `BadFile` with line, id and field */
export function readPassages(file: string, options: ReadPassagesOptions = {}): PassageRow[] {
  return readFormattedPassages(file, options).map(({ row }) => row)
}

/** The same, each with the format that it was in. */
export function readFormattedPassages(
  file: string,
  { format, onBad, text }: ReadPassagesOptions = {}
): { row: PassageRow; format: PassageFormat }[] {
  const read = (record: FileRecord): { row: PassageRow; format: PassageFormat } => {
    const name = format ?? passageFormatOf(record.value) ?? (record.value['prompt'] === undefined ? null : 'passages')
    if (name === null) throw unknownRecord(file, record, 'passages', ABOUT)
    return { row: name === 'wiki_bio' ? readWikiBio(file, record) : passageOf(file, record), format: name }
  }
  const records = text === undefined ? readJsonRecords(file, onBad) : recordsOf(file, text, onBad)
  return eachGood(records, read, onBad)
}

/** The format whose fields a record has; null: none. */
export function passageFormatOf(value: FileRecord['value']): PassageFormat | null {
  if (isWikiBio(value)) return 'wiki_bio'
  return value['sentences'] === undefined ? null : 'passages'
}

/** A file of these rows, and what of them it does not hold. */
export function formatPassages(
  rows: readonly PassageRow[],
  format: PassageFormat
): { text: string; notCarried: NotCarried[] } {
  const write = format === 'wiki_bio' ? writeWikiBio : writePassage
  const written = rows.map((row) => ({ id: row.id, ...write(row) }))
  const records = written.map(({ record }) => record)
  return {
    text: format === 'wiki_bio' ? toJsonArray(records) : toJsonLines(records),
    notCarried: gatherLosses(written)
  }
}

function writePassage({ id, prompt, sentences, source, extra }: PassageRow): Written {
  const taken = ['id', 'prompt', 'sentences', 'source', 'gpt3_sentences', 'target_new']
  return withExtra({ id, prompt, sentences, source }, extra, taken)
}

/** What the person approved of a sentence: its correction, else its text where it is accurate, else nothing. */
export function approvedText({ text, label, correction }: PassageSentence): string | null {
  return correction ?? (label === 'accurate' ? text : null)
}

function passageOf(file: string, record: FileRecord): PassageRow {
  const fields = new RecordFields(file, record)
  const prompt = fields.text('prompt')
  const sentences = fields.optional('sentences', z.array(sentence).min(1))
  if (!sentences) throw fields.bad('sentences', 'it is missing', 'Add "sentences": [{"text": ...}] to this record.')
  const source = fields.optional('source', z.unknown())
  const row = { id: fields.id, prompt, sentences, line: fields.line }
  return { ...row, ...(source === undefined ? {} : { source }), extra: fields.rest() }
}
