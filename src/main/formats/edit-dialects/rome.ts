/** Requests of ROME and MEMIT: `{prompt with {}, subject, target_new, target_true}`, a target being a text or `{str}`. */
import { z } from 'zod'
import { editRow } from '../edit-row.ts'
import { toJsonArray } from '../json-records.ts'
import { SIGNATURES, withExtra } from '../loss.ts'
import type { Loss } from '../loss.ts'
import { RecordFields } from '../record-fields.ts'
import { readRewrite, rewriteSchema, writeRewrite } from './counterfact.ts'
import { has } from './dialect.ts'
import type { EditDialect } from './dialect.ts'
import { EASYEDIT_FIELDS } from './easyedit-records.ts'
import { hasSlot } from './template.ts'

const COMMON = ['id', 'case_id', 'subject', 'target_true', 'severity', 'source', 'rephrase', 'locality', 'target_old', 'portability'] // prettier-ignore

export const ROME: EditDialect = {
  about: 'ROME’s requests {prompt with {}, subject, target_new: {str}}',
  detect: (value) => {
    if (!has(value, 'prompt') || !has(value, 'target_new')) return null
    const { target_new: target, prompt } = value
    if (typeof target === 'object' && target !== null && 'str' in target) return 'its target_new is {str}'
    const isTemplate = typeof value['subject'] === 'string' && typeof prompt === 'string' && hasSlot(prompt)
    return isTemplate ? 'its prompt has {} for the subject' : null
  },
  read: (file, record) => {
    const fields = new RecordFields(file, record, ['case_id', 'id'])
    const given = { prompt: fields.text('prompt'), ...pick(fields, ['subject', 'target_new', 'target_true']) }
    const rewrite = rewriteSchema.safeParse(given)
    if (!rewrite.success) {
      const [issue] = rewrite.error.issues
      throw fields.bad(issue.path.join('.'), 'expected a text, or {"str": ...} with one', 'Correct this field or remove the record.') // prettier-ignore
    }
    const { kept, ...edit } = readRewrite(fields, 'request', rewrite.data)
    return editRow({
      ...edit,
      id: fields.id,
      line: fields.line,
      targetOld: edit.targetOld,
      subject: edit.subject,
      severity: fields.optional('severity', z.string()),
      source: fields.optional('source', z.unknown()),
      rephrase: undefined,
      locality: undefined,
      left: undefined,
      extra: { ...fields.rest(), ...(kept && { requested_rewrite: kept }) }
    })
  },
  write: (row) => {
    const { id, severity, source, rephrase, locality } = row
    const { requested_rewrite: given, ...extra } = row.extra
    // Of a rewrite it has room for what stands beside the texts of its targets alone.
    const fits = z.strictObject({ target_new: z.unknown(), target_true: z.unknown() }).partial().safeParse(given)
    const { rewrite, keepsAll } = writeRewrite(row, fits.success ? given : undefined)
    const own = { case_id: /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id, ...rewrite, severity, source }
    const { record, losses: clashes } = withExtra(own, extra, [...SIGNATURES, ...EASYEDIT_FIELDS, ...COMMON])
    const losses: Loss[] = [...clashes]
    if (rephrase) losses.push({ field: 'rephrase', why: 'the format has no such field' })
    if (locality) losses.push({ field: 'locality', why: 'the format has no such field' })
    if (!keepsAll || (given !== undefined && !fits.success))
      losses.push({ field: 'requested_rewrite', why: 'a field of this name means something else in this format' })
    return { record, losses }
  },
  file: toJsonArray
}

const pick = (fields: RecordFields, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, fields.optional(name, z.unknown())]))
