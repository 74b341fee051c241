/**
 * ROME's known_1000: what GPT-2 XL says rightly by itself, `{known_id, subject, attribute, template, prompt, prediction,
 * relation_id}`. There is nothing to edit in it: it is an accurate set, whose target is the attribute.
 */
import { z } from 'zod'
import { editRow } from '../edit-row.ts'
import { toJsonArray } from '../json-records.ts'
import { SIGNATURES, withExtra } from '../loss.ts'
import type { Loss } from '../loss.ts'
import { RecordFields } from '../record-fields.ts'
import { has } from './dialect.ts'
import type { EditDialect } from './dialect.ts'
import { fillTemplate, makeTemplate } from './template.ts'

const COMMON = ['id', 'known_id', 'subject', 'attribute', 'template', 'prediction', 'severity', 'source', 'target_old']

export const KNOWN_FACTS: EditDialect = {
  about: 'ROME’s known_1000 {prompt or template, subject, attribute}, an accurate set',
  onlyAccurate: 'facts that the model states by itself (known_1000): each has an attribute, and no target_new',
  detect: (value) =>
    has(value, 'attribute') &&
    !has(value, 'target_new') &&
    !has(value, 'labels') &&
    (has(value, 'template') || has(value, 'prompt'))
      ? 'it has attribute and no target_new'
      : null,
  read: (file, record) => {
    const fields = new RecordFields(file, record, ['known_id', 'id'])
    const subject = fields.optional('subject', z.string())
    const template = fields.optional('template', z.string())
    const prompt = fields.has('prompt') || template === undefined ? fields.prompt('prompt') : fillTemplate(template, subject ?? '') // prettier-ignore
    if (prompt.trim() === '') throw fields.bad('template', 'it is empty', 'Write a prompt.')
    return editRow({
      id: fields.id,
      prompt,
      target: fields.text('attribute'),
      line: fields.line,
      targetOld: fields.optional('prediction', z.string()),
      subject,
      severity: fields.optional('severity', z.string()),
      source: fields.optional('source', z.unknown()),
      rephrase: undefined,
      locality: undefined,
      left: undefined,
      extra: fields.rest()
    })
  },
  write: ({ id, prompt, target, targetOld, subject, severity, source, rephrase, locality, extra }) => {
    const own = {
      ...{ known_id: /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id, subject, attribute: target },
      ...{ template: makeTemplate(prompt, subject), prediction: targetOld, prompt, severity, source }
    }
    const { record, losses: clashes } = withExtra(own, extra, [...SIGNATURES, ...COMMON])
    const losses: Loss[] = [...clashes]
    if (rephrase) losses.push({ field: 'rephrase', why: 'the format has no such field' })
    if (locality) losses.push({ field: 'locality', why: 'the format has no such field' })
    return { record, losses }
  },
  file: toJsonArray
}
