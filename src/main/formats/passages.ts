/** Passages with marks and corrections, as JSON lines or a JSON array. */
import { z } from 'zod'
import { readJsonRecords, toJsonLines } from './json-records.ts'
import type { FileRecord } from './json-records.ts'
import { RecordFields } from './record-fields.ts'

export type Label = 'accurate' | 'minor_inaccurate' | 'major_inaccurate'

export interface PassageSentence {
  /** without white space around it */
  readonly text: string
  readonly label?: Label
  /** without white space around it; never empty */
  readonly correction?: string
}

export interface PassageRow {
  readonly id: string
  /** without trailing white space */
  readonly prompt: string
  readonly sentences: readonly PassageSentence[]
  readonly line: number
  readonly source?: unknown
  readonly extra: Readonly<Record<string, unknown>>
}

const words = (what: string): z.ZodType<string> =>
  z
    .string()
    .transform((text) => text.trim())
    .refine((text) => text !== '', `the ${what} is empty`)

const sentence = z.object({
  text: words('sentence'),
  label: z
    .enum(['accurate', 'minor_inaccurate', 'major_inaccurate'])
    .nullish()
    .transform((label) => label ?? undefined),
  correction: words('correction')
    .nullish()
    .transform((correction) => correction ?? undefined)
})

/** @throws ErratumError `NotFound`, or `BadFile` with line, id and field */
export function readPassages(file: string): PassageRow[] {
  return readJsonRecords(file).map((record) => passageOf(file, record))
}

export function passagesToJsonLines(rows: readonly PassageRow[]): string {
  return toJsonLines(
    rows.map(({ id, prompt, sentences, source, extra }) => ({ ...extra, id, prompt, sentences, source }))
  )
}

/** What the person approved of a sentence: its correction, else its text where it is accurate, else nothing. */
export function approvedText({ text, label, correction }: PassageSentence): string | null {
  return correction ?? (label === 'accurate' ? text : null)
}

function passageOf(file: string, record: FileRecord): PassageRow {
  const fields = new RecordFields(file, record)
  const prompt = fields.text('prompt').trimEnd()
  const sentences = fields.optional('sentences', z.array(sentence).min(1))
  if (!sentences) throw fields.bad('sentences', 'it is missing', 'Add "sentences": [{"text": ...}] to this record.')
  const source = fields.optional('source', z.json())
  const row = { id: fields.id, prompt, sentences, line: fields.line }
  return { ...row, ...(source === undefined ? {} : { source }), extra: fields.rest() }
}
