/**
 * Records as EasyEdit and its kin keep them in files: `prompt, target_new, ground_truth, subject, rephrase_prompt,
 * locality_prompt, locality_ground_truth`, or questions by name under `locality` and `portability` (KnowEdit's
 * wiki_recent, wiki_counterfact, ZsRE; its WikiBio has `text, labels, concept`).
 */
import { z } from 'zod'
import { askedSchema, editRow } from '../edit-row.ts'
import type { Asked, EditRow } from '../edit-row.ts'
import { toJsonArray } from '../json-records.ts'
import { SIGNATURES, withExtra } from '../loss.ts'
import type { Loss } from '../loss.ts'
import { RecordFields } from '../record-fields.ts'
import { answersOf, holdsQuestions, readQuestions, toQuestions } from './answers.ts'
import { has, itHas } from './dialect.ts'
import type { EditDialect } from './dialect.ts'
import { asGiven, promptOf } from './template.ts'

/** Fields that no other format has beside a prompt and a target. */
export const EASYEDIT_FIELDS = ['rephrase_prompt', 'ood_rephrase', 'locality_prompt', 'locality_ground_truth', 'portability_prompt', 'portability_ground_truth', 'ground_truth'] // prettier-ignore
/** The name that EasyEdit's examples give to the one unrelated prompt of a record. */
const NEAR = 'neighborhood'
const LOCALITY = ['locality', 'locality_prompt', 'locality_ground_truth'] as const
const PORTABILITY = ['portability', 'portability_prompt', 'portability_ground_truth'] as const
const PORTABLE = 'one_hop'

export const EASYEDIT_RECORDS: EditDialect = {
  about: 'EasyEdit’s and KnowEdit’s records {prompt, target_new, rephrase_prompt, locality_prompt or locality, ...}',
  detect: (value) => {
    const isPair = has(value, 'text') && has(value, 'labels')
    if (!isPair && !(has(value, 'prompt') && has(value, 'target_new'))) return null
    if (typeof value['target_new'] === 'object' && !Array.isArray(value['target_new'])) return null
    const fields = EASYEDIT_FIELDS.filter((field) => has(value, field))
    const nested = ['locality', 'portability'].filter((field) => holdsQuestions(value[field]))
    if (fields.length === 0 && nested.length === 0) return null
    const behind = nested.map((field) => `${field} with ground_truth`)
    return itHas(Object.fromEntries([...fields, ...behind].map((name) => [name, 1])), [...fields, ...behind])
  },
  read: (file, record) => {
    const fields = new RecordFields(file, record, ['id', 'case_id'])
    const left: string[] = []
    const isPair = !fields.has('prompt')
    const subject = fields.optional(isPair ? 'concept' : 'subject', z.string())
    const prompt = fields.prompt(isPair ? 'text' : 'prompt', (given) => promptOf(given, subject))
    const [target, ...otherTargets] = answersOf(fields.required(isPair ? 'labels' : 'target_new', z.unknown()))
    const targetField = isPair ? 'labels' : 'target_new'
    if (target === undefined) throw fields.bad(targetField, 'it is empty', 'Write a text in it or remove the record.')
    if (otherTargets.length > 0) left.push(`${targetField}: further answers`)
    const [targetOld, ...othersOld] = answersOf(fields.optional('ground_truth', z.unknown()))
    if (othersOld.length > 0) left.push('ground_truth: further answers')
    const rephrase = ['rephrase_prompt', 'ood_rephrase'].flatMap((field) =>
      answersOf(fields.optional(field, z.unknown()))
    )
    const locality = questionsOf(fields, LOCALITY, NEAR, left)
    const portability = questionsOf(fields, PORTABILITY, PORTABLE, left)
    return editRow({
      id: fields.id,
      prompt,
      target: target,
      line: fields.line,
      targetOld,
      subject,
      severity: fields.optional('severity', z.string()),
      source: fields.optional('source', z.unknown()),
      rephrase: rephrase.length === 0 ? undefined : rephrase.map((one) => ({ prompt: one })),
      locality,
      left: left.length === 0 ? undefined : left,
      extra: { ...fields.rest(), ...(portability && { portability }) }
    })
  },
  write,
  file: toJsonArray
}

/** Questions of the nested field, with the flat pair of fields under a name of its own. */
function questionsOf(
  fields: RecordFields,
  [nested, prompts, answers]: readonly [string, string, string],
  name: string,
  left: string[]
): Asked | undefined {
  const given = fields.optional(nested, z.unknown())
  const read = given === undefined ? { asked: undefined, left: [] } : readQuestions(given)
  if (!read)
    throw fields.bad(nested, 'it holds no questions with answers', `Give "${nested}" as {name: [{"prompt": ..., "ground_truth": ...}]}, or remove it.`) // prettier-ignore
  left.push(...read.left.map((what) => `${nested}: ${what}`))
  const asked = answersOf(fields.optional(prompts, z.unknown()))
  const truths = fields.optional(answers, z.unknown())
  if (asked.length === 0) return read.asked
  // One prompt has one answer, however it is nested; several prompts have as many.
  const known = asked.length === 1 ? answersOf(truths).slice(0, 1) : eachAnswer(truths)
  if (asked.length === 1 && answersOf(truths).length > 1) left.push(`${answers}: further answers`)
  if (known.length !== asked.length)
    throw fields.bad(answers, `it has ${known.length} answers for ${asked.length} prompts`, `Give one for each element of "${prompts}".`) // prettier-ignore
  return { ...read.asked, [name]: asked.map((prompt, i) => ({ prompt, answer: known[i] })) }
}

const eachAnswer = (truths: unknown): string[] =>
  Array.isArray(truths) ? truths.flatMap((one) => answersOf(one).slice(0, 1)) : answersOf(truths)

function write(row: EditRow): ReturnType<EditDialect['write']> {
  const { id, prompt, target, targetOld, subject, severity, source, rephrase, locality } = row
  const { portability, ...extra } = row.extra
  const losses: Loss[] = []
  const tell = (field: string, why: string): void => void losses.push({ field, why })
  const carried = askedSchema.safeParse(portability)
  const portable = carried.success && mayBeWritten(carried.data) ? toQuestions(carried.data) : undefined
  if (portability !== undefined && !portable) tell('portability', 'it is not {name: [{prompt, answer}]} with answers')
  const near = locality && Object.keys(locality).length === 1 && locality[NEAR]?.length === 1 ? locality[NEAR][0] : null
  const isFlat = near !== null && near.prompt.trim() !== '' && near.answer.trim() !== ''
  if (locality && !mayBeWritten(locality)) tell('locality', 'the format has no questions without an answer, and no names without one') // prettier-ignore
  const nested = locality && !isFlat ? toQuestions(locality) : undefined
  const [first, ...others] = rephrase ?? []
  if (rephrase && (others.length > 0 || first === undefined || first.prompt.trim() === '')) tell('rephrase', 'the format has one rewording') // prettier-ignore
  if (first?.kind !== undefined) tell('rephrase', 'the format knows no kinds of rewordings')
  if (targetOld?.trim() === '') tell('target_old', 'the format has no empty one')
  const own = {
    ...{
      id,
      subject,
      prompt: asGiven(prompt, subject),
      target_new: target,
      ground_truth: targetOld ?? null,
      rephrase_prompt: first?.prompt
    },
    ...(isFlat && { locality_prompt: near.prompt, locality_ground_truth: near.answer }),
    ...{ locality: nested, portability: portable, severity, source }
  }
  const taken = [...SIGNATURES, ...EASYEDIT_FIELDS, 'id', 'case_id', 'subject', 'severity', 'source', 'locality', 'portability'] // prettier-ignore
  const { record, losses: clashes } = withExtra(own, extra, taken)
  return { record, losses: [...losses, ...clashes] }
}

/** Whether every name has questions, and each an answer: others are not read again. */
const mayBeWritten = (asked: Asked): boolean =>
  Object.keys(asked).length > 0 &&
  Object.values(asked).every(
    (questions) => questions.length > 0 && questions.every((q) => q.prompt.trim() !== '' && q.answer.trim() !== '')
  )
