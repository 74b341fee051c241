/** CounterFact: `requested_rewrite {prompt with {}, subject, target_new, target_true}` and prompts around it. */
import { z } from 'zod'
import { editRow } from '../edit-row.ts'
import type { EditRow } from '../edit-row.ts'
import { toJsonArray } from '../json-records.ts'
import { remainder, SIGNATURES, withExtra } from '../loss.ts'
import type { Loss } from '../loss.ts'
import { RecordFields } from '../record-fields.ts'
import { itHas } from './dialect.ts'
import type { EditDialect } from './dialect.ts'
import { fillTemplate, hasSlot, makeTemplate } from './template.ts'

/** The name of the format's one kind of unrelated prompts among a row's locality prompts. */
const NEAR = 'neighborhood'

const filled = z.string().refine((text) => text.trim() !== '', 'it is empty')
/** A target is a text or `{str, id}`. */
const targetSchema = (str: z.ZodType<string>): z.ZodType<{ str: string; [name: string]: unknown }> =>
  z.union([str.transform((text) => ({ str: text })), z.looseObject({ str })])
/** What is to be rewritten, as CounterFact and its kin have it. */
export const rewriteSchema = z.looseObject({
  prompt: filled,
  subject: z.string().nullish(),
  target_new: targetSchema(filled),
  target_true: targetSchema(z.string()).nullish()
})
export type Rewrite = z.infer<typeof rewriteSchema>
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
  detect: (value) => (Array.isArray(value['requested_rewrite']) ? null : itHas(value, ['requested_rewrite'])),
  read: (file, record) => {
    const fields = new RecordFields(file, record, ['case_id', 'id'])
    const rewrite = fields.required('requested_rewrite', rewriteSchema)
    const { subject, targetOld, kept, ...edit } = readRewrite(fields, 'requested_rewrite', rewrite)
    const near = fields.optional('neighborhood_prompts', prompts)
    return editRow({
      id: fields.id,
      ...edit,
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
    const { id, prompt, targetOld, subject, severity, source, rephrase, locality } = row
    const { requested_rewrite: given, ...extra } = row.extra
    const { rewrite: requested_rewrite, keepsAll } = writeRewrite(row, given)
    const near = locality?.[NEAR]
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
    if (!keepsAll) tell('requested_rewrite', 'a field of this name means something else in this format')
    return { record, losses }
  },
  file: toJsonArray
}

/**
 * An edit of CounterFact's kind, with the subject in its place.
 * @returns `kept`: what the rewrite holds beside its texts: relation, ids of targets
 */
export function readRewrite(
  fields: RecordFields,
  place: string,
  rewrite: Rewrite
): { prompt: string; target: string; targetOld?: string; subject?: string; kept?: Record<string, unknown> } {
  const { prompt: template, subject: named, target_new: wanted, target_true: old, ...more } = rewrite
  const subject = named ?? undefined
  if (subject === undefined && hasSlot(template))
    throw fields.bad(`${place}.subject`, 'it is missing, and {} in the prompt stands for it', 'Add the subject.')
  const { str: target, ...moreOfNew } = wanted
  const { str: targetOld, ...moreOfOld } = old ?? { str: undefined }
  const kept = remainder({
    ...more,
    ...(remainder(moreOfNew) && { target_new: moreOfNew }),
    ...(remainder(moreOfOld) && { target_true: moreOfOld })
  })
  const prompt = fillTemplate(template, subject ?? '')
  if (prompt.trim() === '') throw fields.bad(`${place}.prompt`, 'it is empty', 'Write a prompt.')
  return { prompt, target: target, targetOld, subject, kept }
}

/** The rewrite of a row, and whether what its record kept beside the texts could be written. */
export function writeRewrite(
  { prompt, target: wanted, targetOld, subject }: EditRow,
  given: unknown
): { rewrite: Record<string, unknown>; keepsAll: boolean } {
  const parsed = keptSchema.safeParse(given)
  const { target_new: moreOfNew, target_true: moreOfOld, ...more } = parsed.data ?? {}
  return {
    rewrite: {
      ...more,
      prompt: makeTemplate(prompt, subject),
      ...(subject !== undefined && { subject }),
      target_new: { ...moreOfNew, str: wanted },
      ...(targetOld !== undefined && { target_true: { ...moreOfOld, str: targetOld } })
    },
    keepsAll: given === undefined || (parsed.success && !(moreOfOld && targetOld === undefined))
  }
}
