/** Passages with marks and corrections: Erratum's own records, wiki_bio's, or sentences as annotation tools mark them. */
import { z } from 'zod'
import { itHas } from './edit-dialects/dialect.ts'
import { eachGood, recordsOf, toJsonArray, toJsonLines } from './json-records.ts'
import type { Columns, FileRecord, OnBad } from './json-records.ts'
import { gatherLosses, withExtra } from './loss.ts'
import type { Loss, NotCarried, Written } from './loss.ts'
import type { MarkRow } from './mark-dialects/dialect.ts'
import { MARK_DIALECTS, MARK_FORMATS, passagesOfMarks, withoutPrompt } from './marked-sentences.ts'
import type { MarkFormat } from './marked-sentences.ts'
import type { PassageRow, PassageSentence } from './passage-row.ts'
import { RecordFields } from './record-fields.ts'
import { unknownRecord } from './unknown-record.ts'
import { LABELS } from './sentence-labels.ts'
import { readText } from './text-file.ts'
import { isWikiBio, readWikiBio, writeWikiBio } from './wiki-bio.ts'

export type { PassageRow, PassageSentence } from './passage-row.ts'
export type { Label } from './sentence-labels.ts'

export type PassageFormat = 'passages' | 'wiki_bio' | MarkFormat
export const PASSAGE_FORMATS: readonly PassageFormat[] = ['passages', 'wiki_bio', ...MARK_FORMATS]
/** What each has, as phrases. */
export const ABOUT_PASSAGES: Readonly<Record<PassageFormat, string>> = {
  passages: 'Erratum’s own JSON lines {prompt, sentences: [{text, label, correction}]}',
  wiki_bio: 'wiki_bio_gpt3_hallucination {gpt3_sentences, annotation, concept}',
  ...mapped(MARK_DIALECTS)
}

function mapped(dialects: typeof MARK_DIALECTS): Record<MarkFormat, string> {
  return Object.fromEntries(MARK_FORMATS.map((name) => [name, dialects[name].about])) as Record<MarkFormat, string>
}

const isMarkFormat = (format: PassageFormat): format is MarkFormat => format in MARK_DIALECTS

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
  readonly columns?: Columns
  /** told of marked sentences of which no prompt says where they stand; without it they are bad rows */
  readonly onLoose?: (mark: MarkRow, format: MarkFormat) => void
}

export interface ReadPassage {
  readonly row: PassageRow
  readonly format: PassageFormat
  /** by what its records were known, as a phrase */
  readonly why: string
  /** values of it that were `NaN` */
  readonly absent: number
}

/** @throws ErratumError `NotFound`, or `BadFile` with line, id and field */
export function readPassages(file: string, options: ReadPassagesOptions = {}): PassageRow[] {
  return readFormattedPassages(file, options).map(({ row }) => row)
}

/** The same, each with the format that it was in. */
export function readFormattedPassages(
  file: string,
  { format, onBad, text, columns, onLoose }: ReadPassagesOptions = {}
): ReadPassage[] {
  const marked = new Map<MarkFormat, { why: string; absent: number; rows: MarkRow[] }>()
  const read = (record: FileRecord): ReadPassage[] => {
    const known = format ? { format, why: SAID } : (detectPassage(record.value) ?? lacksSentences(record.value))
    if (!known) throw unknownRecord(file, record, 'passages', Object.values(ABOUT_PASSAGES))
    const { format: name, why } = known
    const absent = record.absent ?? 0
    if (!isMarkFormat(name)) return [{ row: name === 'wiki_bio' ? readWikiBio(file, record) : passageOf(file, record), format: name, why, absent }] // prettier-ignore
    const there = marked.get(name) ?? { why, absent: 0, rows: [] }
    marked.set(name, there)
    there.absent += absent
    for (const mark of MARK_DIALECTS[name].read(file, record)) {
      if (mark.prompt !== undefined) there.rows.push(mark)
      else if (onLoose) onLoose(mark, name)
      else throw withoutPrompt(file, mark)
    }
    return []
  }
  const whole = eachGood(recordsOf(file, text ?? readText(file), onBad, columns), read, onBad).flat()
  const fromMarks = [...marked].flatMap(([name, { why, absent, rows }]) =>
    passagesOfMarks(rows).map((row, i) => ({ row, format: name, why, absent: i === 0 ? absent : 0 }))
  )
  return [...whole, ...fromMarks].sort((a, b) => a.row.line - b.row.line)
}

const SAID = 'the format was given'

/** A record that is one of ours but for its sentences. */
const lacksSentences = ({ prompt }: FileRecord['value']): { format: PassageFormat; why: string } | null =>
  prompt === undefined ? null : { format: 'passages', why: 'it has prompt' }

/** The format whose fields a record has, and which fields those are; null: none. */
export function detectPassage(value: FileRecord['value']): { format: PassageFormat; why: string } | null {
  if (isWikiBio(value)) {
    const known = itHas(value, ['gpt3_sentences', 'annotation', 'concept'])!
    const isNamed = value['concept'] !== undefined || value['prompt'] !== undefined
    return { format: 'wiki_bio', why: isNamed ? known : `${known}; whom a passage is about is read from its beginning` }
  }
  if (value['sentences'] !== undefined) return { format: 'passages', why: itHas(value, ['prompt', 'sentences'])! }
  for (const format of MARK_FORMATS) {
    const why = MARK_DIALECTS[format].detect(value)
    if (why !== null) return { format, why }
  }
  return null
}

/** A file of these rows, and what of them it does not hold. */
export function formatPassages(
  rows: readonly PassageRow[],
  format: PassageFormat
): { text: string; notCarried: NotCarried[] } {
  if (isMarkFormat(format)) {
    const dialect = MARK_DIALECTS[format]
    const losses = rows.map((row) => ({ id: row.id, losses: lostInMarks(row, format) }))
    return { text: dialect.file(rows.flatMap(dialect.write)), notCarried: gatherLosses(losses) }
  }
  const write = format === 'wiki_bio' ? writeWikiBio : writePassage
  const written = rows.map((row) => ({ id: row.id, ...write(row) }))
  const records = written.map(({ record }) => record)
  return {
    text: format === 'wiki_bio' ? toJsonArray(records) : toJsonLines(records),
    notCarried: gatherLosses(written)
  }
}

/** Tools are given sentences with their passage's prompt and id, and no more. */
function lostInMarks({ source, extra }: PassageRow, format: MarkFormat): Loss[] {
  const why = `a task of ${format} holds a sentence and where it stands`
  return [...(source === undefined ? [] : ['source']), ...Object.keys(extra)].map((field) => ({ field, why }))
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
