/** Erratum's own records and the pairs of the hallucination data: both hold everything that a row has. */
import { z } from 'zod'
import { askedSchema, editRow, rephraseSchema } from '../edit-row.ts'
import type { EditRow } from '../edit-row.ts'
import { toJsonArray, toJsonLines } from '../json-records.ts'
import type { FileRecord } from '../json-records.ts'
import { SIGNATURES, withExtra } from '../loss.ts'
import type { Written } from '../loss.ts'
import { RecordFields } from '../record-fields.ts'
import { has } from './dialect.ts'
import type { EditDialect } from './dialect.ts'

const COMMON = ['id', 'target_old', 'subject', 'severity', 'source', 'rephrase', 'locality']

/** `{prompt, target_new, ...}` */
export const OWN: EditDialect = {
  about: 'Erratum’s own JSON lines {prompt, target_new, ...}',
  fits: (value) => has(value, 'prompt') || has(value, 'target_new'),
  read: (file, record) => read(file, record, 'prompt', 'target_new'),
  write: (row) => write(row, 'prompt', 'target_new', ['prompt', 'target_new', ...COMMON]),
  file: toJsonLines
}

/** `{text, labels, ...}` */
export const PAIRS: EditDialect = {
  about: 'pairs of the hallucination data {text, labels}',
  fits: (value) => !has(value, 'target_new') && (has(value, 'labels') || (has(value, 'text') && !has(value, 'prompt'))),
  read: (file, record) => read(file, record, 'text', 'labels'),
  write: (row) => write(row, 'text', 'labels', [...SIGNATURES, ...COMMON]),
  file: toJsonArray
}

function read(file: string, record: FileRecord, prompt: string, target: string): EditRow {
  const fields = new RecordFields(file, record)
  return editRow({
    id: fields.id,
    prompt: fields.text(prompt),
    target: fields.text(target),
    line: fields.line,
    targetOld: fields.optional('target_old', z.string()),
    subject: fields.optional('subject', z.string()),
    severity: fields.optional('severity', z.string()),
    source: fields.optional('source', z.unknown()),
    rephrase: fields.optional('rephrase', rephraseSchema),
    locality: fields.optional('locality', askedSchema),
    extra: fields.rest()
  })
}

function write(row: EditRow, prompt: string, target: string, taken: readonly string[]): Written {
  const { id, targetOld, subject, severity, source, locality, extra } = row
  const rephrase = row.rephrase?.map((one) => (one.kind === undefined ? one.prompt : one))
  const own = { id, [prompt]: row.prompt, [target]: row.target, target_old: targetOld, subject, rephrase, locality, severity, source } // prettier-ignore
  return withExtra(own, extra, taken)
}
