/** CounterFact: `requested_rewrite {prompt with {}, subject, target_new, target_true}` and prompts around it. */
import { z } from 'zod'
import { editRow } from '../edit-row.ts'
import { toJsonArray } from '../json-records.ts'
import { remainder, SIGNATURES, withExtra } from '../loss.ts'
import type { Loss } from '../loss.ts'
import { RecordFields } from '../record-fields.ts'
import { has } from './dialect.ts'
import type { EditDialect } from './dialect.ts'

/** The name of the format's one kind of unrelated prompts among a row's locality prompts. */
const NEAR = 'neighborhood'

const filled = z.string().refine((text) => text.trim() !== '', 'it is empty')
const rewriteSchema = z.looseObject({
  prompt: filled,
  subject: z.string().optional(),
  target_new: z.looseObject({ str: filled }),
  target_true: z.looseObject({ str: z.string() }).optional()
})
const prompts = z.array(z.string())
/** What a row keeps of the rewrite beside its texts: relation, ids of targets. */
const keptOfTarget = z.looseObject({ str: z.undefined().optional() }).refine(remainder).optional()
const keptSchema = z
  .looseObject({
    prompt: z.undefined().optional(),
    subject: z.undefined().optional(),
    target_new: keptOfTarget,
    target_true: keptOfTarget
  })
  .refine(remainder)

export const COUNTERFACT: EditDialect = {
  about: 'CounterFact {requested_rewrite, paraphrase_prompts, neighborhood_prompts}',
  fits: (value) => has(value, 'requested_rewrite'),
  read: (file, record) => {
    const fields = new RecordFields(file, record, ['case_id', 'id'])
    const { prompt, subject, target_new: wanted, target_true: old, ...more } = fields.required('requested_rewrite', rewriteSchema) // prettier-ignore
    const near = fields.optional('neighborhood_prompts', prompts)
    const { str: target, ...moreOfNew } = wanted
    const { str: targetOld, ...moreOfOld } = old ?? { str: undefined }
    const kept = remainder({
      ...more,
      ...(remainder(moreOfNew) && { target_new: moreOfNew }),
      ...(remainder(moreOfOld) && { target_true: moreOfOld })
    })
    const whole = fillTemplate(prompt, subject ?? '')
    if (whole.trim() === '') throw fields.bad('requested_rewrite.prompt', 'it is empty', 'Write a prompt.')
    return editRow({
      id: fields.id,
      prompt: whole,
      target,
      line: fields.line,
      targetOld,
      subject,
      severity: fields.optional('severity', z.string()),
      source: fields.optional('source', z.unknown()),
      rephrase: fields.optional('paraphrase_prompts', prompts)?.map((one) => ({ prompt: one })),
      locality: near && { [NEAR]: near.map((one) => ({ prompt: one, answer: targetOld ?? '' })) },
      extra: { ...fields.rest(), ...(kept && { requested_rewrite: kept }) }
    })
  },
  write: (row) => {
    const { id, prompt, target, targetOld, subject, severity, source, rephrase, locality } = row
    const { requested_rewrite: given, ...extra } = row.extra
    const parsed = keptSchema.safeParse(given)
    const { target_new: moreOfNew, target_true: moreOfOld, ...more } = parsed.data ?? {}
    const near = locality?.[NEAR]
    const requested_rewrite = {
      ...more,
      prompt: makeTemplate(prompt, subject),
      ...(subject !== undefined && { subject }),
      target_new: { ...moreOfNew, str: target },
      ...(targetOld !== undefined && { target_true: { ...moreOfOld, str: targetOld } })
    }
    const own = {
      ...{ case_id: /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id, requested_rewrite, severity, source },
      paraphrase_prompts: rephrase?.map((one) => one.prompt),
      neighborhood_prompts: near?.map((one) => one.prompt)
    }
    const taken = [...SIGNATURES, 'id', 'case_id', 'severity', 'source', 'paraphrase_prompts', 'neighborhood_prompts']
    const { record, losses: clashes } = withExtra(own, extra, taken)
    const losses: Loss[] = [...clashes]
    const tell = (field: string, why: string): void => void losses.push({ field, why })
    if (subject === undefined || subject === '' || !prompt.includes(subject))
      tell('subject', 'the prompt does not hold it: it is written without {}, which other readers may refuse')
    if (rephrase?.some((one) => one.kind !== undefined)) tell('rephrase', 'the format knows no kinds of rewordings')
    const isNearAlone = near !== undefined && Object.keys(locality!).length === 1
    if (locality && !(isNearAlone && near.every((one) => one.answer === (targetOld ?? ''))))
      tell('locality', `the format has prompts of the name ${NEAR} alone, whose answer is target_old`)
    if (given !== undefined && (!parsed.success || (moreOfOld && targetOld === undefined)))
      tell('requested_rewrite', 'a field of this name means something else in this format')
    return { record, losses }
  },
  file: toJsonArray
}

/** `{}` stands for the subject, `{{` and `}}` for braces. */
function fillTemplate(template: string, subject: string): string {
  return template.replace(/\{\{|\}\}|\{\}/g, (mark) => (mark === '{}' ? subject : mark[0]))
}

/** The prompt with `{}` in place of its subject, where it holds it. */
function makeTemplate(prompt: string, subject: string | undefined): string {
  const escaped = (text: string): string => text.replace(/[{}]/g, (brace) => brace + brace)
  const at = subject === undefined || subject === '' ? -1 : prompt.indexOf(subject)
  if (at === -1) return escaped(prompt)
  return `${escaped(prompt.slice(0, at))}{}${escaped(prompt.slice(at + subject!.length))}`
}
