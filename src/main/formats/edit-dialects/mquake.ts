/**
 * MQuAKE: `requested_rewrite` is a list, and each of its rewrites is an edit, whose `question` is another wording of its
 * prompt. What is asked about all of them together stays beside the first.
 */
import { z } from 'zod'
import { editRow } from '../edit-row.ts'
import { toJsonArray } from '../json-records.ts'
import { remainder, SIGNATURES, withExtra } from '../loss.ts'
import type { Loss } from '../loss.ts'
import { RecordFields } from '../record-fields.ts'
import { readRewrite, rewriteSchema, writeRewrite } from './counterfact.ts'
import type { EditDialect } from './dialect.ts'

const rewrites = z.array(rewriteSchema).min(1)
const COMMON = ['id', 'case_id', 'severity', 'source', 'paraphrase_prompts', 'neighborhood_prompts']

export const MQUAKE: EditDialect = {
  about: 'MQuAKE {requested_rewrite: [{prompt, subject, target_new, question}, ...], questions, ...}',
  detect: (value) => (Array.isArray(value['requested_rewrite']) ? 'its requested_rewrite is a list' : null),
  read: (file, record) => {
    const fields = new RecordFields(file, record, ['case_id', 'id'])
    const given = fields.required('requested_rewrite', rewrites)
    const severity = fields.optional('severity', z.string())
    const source = fields.optional('source', z.unknown())
    const rest = fields.rest()
    return given.map((rewrite, i) => {
      const { kept, ...edit } = readRewrite(fields, `requested_rewrite.${i}`, rewrite)
      const { question, ...others } = kept ?? {}
      const asked = typeof question === 'string' && question.trim() !== '' ? question : undefined
      const more = remainder(question === undefined || asked !== undefined ? others : (kept ?? {}))
      return editRow({
        ...edit,
        id: given.length === 1 ? fields.id : `${fields.id}.${i + 1}`,
        line: fields.line,
        targetOld: edit.targetOld,
        subject: edit.subject,
        severity,
        source,
        rephrase: asked === undefined ? undefined : [{ prompt: asked }],
        locality: undefined,
        left: undefined,
        extra: { ...(i === 0 ? rest : {}), ...(more && { requested_rewrite: more }) }
      })
    })
  },
  write: (row) => {
    const { id, severity, source, rephrase, locality } = row
    const { requested_rewrite: given, ...extra } = row.extra
    const { rewrite, keepsAll } = writeRewrite(row, given)
    const [first, ...others] = rephrase ?? []
    const isCarried = first !== undefined && first.prompt.trim() !== ''
    const own = {
      ...{ case_id: /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id, severity, source },
      requested_rewrite: [{ ...rewrite, ...(isCarried && { question: first.prompt }) }]
    }
    const { record, losses: clashes } = withExtra(own, extra, [...SIGNATURES, ...COMMON])
    const losses: Loss[] = [...clashes]
    const tell = (field: string, why: string): void => void losses.push({ field, why })
    if (rephrase && (others.length > 0 || !isCarried)) tell('rephrase', 'the format has one rewording')
    if (first?.kind !== undefined) tell('rephrase', 'the format knows no kinds of rewordings')
    if (locality) tell('locality', 'the format has no unrelated questions')
    if (!keepsAll || (given !== undefined && 'question' in rewrite))
      tell('requested_rewrite', 'a field of this name means something else in this format')
    return { record, losses }
  },
  file: toJsonArray
}
