/** Erratum's own records and the pairs of the hallucination data: both hold everything that a row has. */
import { z } from 'zod'
import { askedSchema, editRow, rephraseSchema } from '../edit-row.ts'
import type { EditRow } from '../edit-row.ts'
import { toJsonArray, toJsonLines } from '../json-records.ts'
import type { FileRecord } from '../json-records.ts'
import { SIGNATURES, withExtra } from '../loss.ts'
import type { Written } from '../loss.ts'
import { RecordFields } from '../record-fields.ts'
import { labelOf } from '../sentence-labels.ts'
import { has, itHas } from './dialect.ts'
import type { EditDialect } from './dialect.ts'
import { EASYEDIT_FIELDS } from './easyedit-records.ts'
import { holdsQuestions } from './answers.ts'
import { asGiven, promptOf } from './template.ts'

const COMMON = ['id', 'target_old', 'subject', 'severity', 'source', 'rephrase', 'locality']

export const readOwn = (file: string, record: FileRecord): EditRow => read(file, record, 'prompt', 'target_new')

/** `{prompt, target_new, ...}` */
export const OWN: EditDialect = {
  about: 'Erratum’s own JSON lines {prompt, target_new, ...}',
  detect: (value) => itHas(value, ['prompt', 'target_new']),
  read: readOwn,
  write: (row) => write(row, 'prompt', 'target_new', ['prompt', 'target_new', ...COMMON]),
  file: toJsonLines
}

/** `{text, labels, ...}` */
export const PAIRS: EditDialect = {
  about: 'pairs of the hallucination data {text, labels}',
  detect: (value) =>
    !has(value, 'target_new') &&
    labelOf(value['labels']) === null &&
    (has(value, 'labels') || (has(value, 'text') && !has(value, 'prompt')))
      ? itHas(value, ['text', 'labels'])
      : null,
  read: (file, record) => read(file, record, 'text', 'labels'),
  write: (row) => {
    const written = write(row, 'text', 'labels', [...SIGNATURES, ...COMMON])
    const isMark = labelOf(row.target) !== null
    return isMark ? { ...written, losses: [...written.losses, { field: 'target_new', why: 'it would be read as a mark' }] } : written // prettier-ignore
  },
  file: toJsonArray
}

function read(file: string, record: FileRecord, prompt: string, target: string): EditRow {
  const fields = new RecordFields(file, record)
  const subject = fields.optional('subject', z.string())
  return editRow({
    id: fields.id,
    prompt: fields.prompt(prompt, (given) => promptOf(given, subject)),
    target: fields.text(target),
    line: fields.line,
    targetOld: fields.optional('target_old', z.string()),
    subject,
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
  const own = { id, [prompt]: asGiven(row.prompt, subject), [target]: row.target, target_old: targetOld, subject, rephrase, locality, severity, source } // prettier-ignore
  // With these a record would be taken for one of EasyEdit's.
  const clashing = holdsQuestions(extra['portability']) ? [...EASYEDIT_FIELDS, 'portability'] : EASYEDIT_FIELDS
  return withExtra(own, extra, [...taken, ...clashing])
}
