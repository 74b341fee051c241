/**
 * Edits from files: Erratum's own records (`prompt`, `target_new`, ...) and the pairs of the hallucination data
 * (`text`, `labels`, ...), each as JSON lines or as a JSON array; what a record holds tells which it is.
 */
import { z } from 'zod'
import { readJsonRecords, toJsonLines } from './json-records.ts'
import type { FileRecord } from './json-records.ts'
import { RecordFields } from './record-fields.ts'

export type RephraseKind = 'header' | 'one' | 'all'

export interface Rephrase {
  /** a new header, one earlier sentence reworded, or everything reworded */
  readonly kind?: RephraseKind
  readonly prompt: string
}

export interface EditRow {
  /** as the file says; several rows may have the same */
  readonly id: string
  /** without trailing white space */
  readonly prompt: string
  /** without leading white space */
  readonly target: string
  readonly line: number
  readonly targetOld?: string
  readonly subject?: string
  readonly severity?: string
  readonly source?: unknown
  readonly rephrase?: readonly Rephrase[]
  readonly locality?: Readonly<Record<string, readonly { readonly prompt: string; readonly answer: string }[]>>
  /** fields that Erratum does not know, as they were */
  readonly extra: Readonly<Record<string, unknown>>
}

const rephrase = z.array(
  z.union([
    z.string().transform((prompt): Rephrase => ({ prompt })),
    z.object({ kind: z.enum(['header', 'one', 'all']).optional(), prompt: z.string() })
  ])
)
const locality = z.record(z.string(), z.array(z.object({ prompt: z.string(), answer: z.string() })))

/** @throws ErratumError `NotFound`, or `BadFile` with line, id and field */
export function readEdits(file: string): EditRow[] {
  return readJsonRecords(file).map((record) => editOf(file, record))
}

/** The accurate set: as edits or pairs, the target being the sentence as it stands. */
export const readAccurateSet = readEdits

/** Erratum's own JSON lines; unknown fields are given back. */
export function editsToJsonLines(rows: readonly EditRow[]): string {
  return toJsonLines(
    rows.map(({ id, prompt, target, targetOld, subject, severity, source, rephrase: reworded, locality, extra }) => ({
      ...extra,
      id,
      prompt,
      target_new: target,
      target_old: targetOld,
      subject,
      rephrase: reworded?.map((one) => (one.kind === undefined ? one.prompt : one)),
      locality,
      severity,
      source
    }))
  )
}

function editOf(file: string, record: FileRecord): EditRow {
  const fields = new RecordFields(file, record)
  const isPair = !fields.has('target_new') && (fields.has('labels') || (fields.has('text') && !fields.has('prompt')))
  const prompt = fields.text(isPair ? 'text' : 'prompt').trimEnd()
  const target = fields.text(isPair ? 'labels' : 'target_new').trimStart()
  const base = { id: fields.id, prompt, target, line: fields.line }
  if (isPair) return { ...base, extra: fields.rest() }
  const known = {
    targetOld: fields.optional('target_old', z.string()),
    subject: fields.optional('subject', z.string()),
    severity: fields.optional('severity', z.string()),
    source: fields.optional('source', z.json()),
    rephrase: fields.optional('rephrase', rephrase)?.map((one) => ({ ...one, prompt: one.prompt.trimEnd() })),
    locality: fields.optional('locality', locality)
  }
  const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined))
  return { ...base, ...(given as Partial<typeof known>), extra: fields.rest() }
}
