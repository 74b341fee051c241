/**
 * zsRE in its two dialects: `src, alt, answers, rephrase, loc, loc_ans, subject` (the edit is `alt`), and
 * `input, output, alternatives, filtered_rephrases` (the edit is the answer of the first output).
 */
import { z } from 'zod'
import { editRow } from '../edit-row.ts'
import type { EditRow } from '../edit-row.ts'
import { toJsonArray, toJsonLines } from '../json-records.ts'
import { SIGNATURES, withExtra } from '../loss.ts'
import type { Loss } from '../loss.ts'
import { RecordFields } from '../record-fields.ts'
import { itHas } from './dialect.ts'
import type { EditDialect } from './dialect.ts'

/** The name of zsRE's one unrelated question among a row's locality prompts. */
const LOC = 'loc'
const COMMON = ['id', 'subject', 'severity', 'source']
const KINDS: Loss = { field: 'rephrase', why: 'the format knows no kinds of rewordings' }

const texts = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)])
const textList = z.array(z.string())

export const ZSRE: EditDialect = {
  about: 'zsRE {src, alt, answers, rephrase, loc, loc_ans}',
  detect: (value) => itHas(value, ['src', 'alt']),
  read: (file, record) => {
    const fields = new RecordFields(file, record)
    const answers = fields.optional('answers', texts)
    const question = fields.optional(LOC, z.string())
    const answersToIt = question === undefined ? undefined : fields.required('loc_ans', texts)
    return editRow({
      id: fields.id,
      prompt: fields.text('src'),
      target: fields.text('alt'),
      line: fields.line,
      targetOld: answers?.[0],
      subject: fields.optional('subject', z.string()),
      severity: fields.optional('severity', z.string()),
      source: fields.optional('source', z.unknown()),
      rephrase: fields.optional('rephrase', texts)?.map((prompt) => ({ prompt })),
      locality: question === undefined ? undefined : { [LOC]: [{ prompt: question, answer: answersToIt![0] }] },
      extra: { ...fields.rest(), ...several('answers', answers), ...several('loc_ans', answersToIt) }
    })
  },
  write: (row) => {
    const { id, prompt, target, targetOld, subject, severity, source, rephrase, locality } = row
    const loc = locality?.[LOC]?.[0]
    const answers = allOf(row, 'answers', targetOld)
    const answersToLoc = allOf(row, 'loc_ans', loc?.answer)
    const own = {
      ...{ id, subject, src: prompt, alt: target, answers: answers ?? (targetOld === undefined ? undefined : [targetOld]) },
      ...{ rephrase: rephrase?.[0]?.prompt, loc: loc?.prompt, loc_ans: answersToLoc ?? loc?.answer, severity, source }
    } // prettier-ignore
    const whole = [...(answers ? ['answers'] : []), ...(answersToLoc ? ['loc_ans'] : [])]
    const extra = Object.fromEntries(Object.entries(row.extra).filter(([name]) => !whole.includes(name)))
    const written = withExtra(own, extra, [...SIGNATURES, ...COMMON, 'answers', 'rephrase', LOC, 'loc_ans'])
    const losses: Loss[] = [...written.losses]
    if (rephrase && rephrase.length !== 1) losses.push({ field: 'rephrase', why: 'the format has one rewording' })
    if (rephrase?.[0]?.kind !== undefined) losses.push(KINDS)
    if (locality && !(loc && locality[LOC].length === 1 && Object.keys(locality).length === 1))
      losses.push({ field: 'locality', why: `the format has one unrelated question; under the name ${LOC} it is kept` })
    return { record: written.record, losses }
  },
  file: toJsonArray
}

const outputs = z
  .array(z.looseObject({ answer: z.string().refine((text) => text.trim() !== '', 'it is empty') }))
  .min(1)

export const ZSRE_STRUCTURED: EditDialect = {
  about: 'zsRE {input, output, alternatives, filtered_rephrases}',
  detect: (value) => itHas(value, ['input', 'output']),
  read: (file, record) => {
    const fields = new RecordFields(file, record)
    const output = fields.required('output', outputs)
    const { answer, ...more } = output[0]
    const isMore = output.length > 1 || Object.keys(more).length > 0
    return editRow({
      id: fields.id,
      prompt: fields.text('input'),
      target: answer,
      line: fields.line,
      targetOld: fields.optional('prediction', z.string()),
      subject: fields.optional('subject', z.string()),
      severity: fields.optional('severity', z.string()),
      source: fields.optional('source', z.unknown()),
      rephrase: fields.optional('filtered_rephrases', textList)?.map((prompt) => ({ prompt })),
      locality: undefined,
      extra: { ...fields.rest(), ...(isMore && { output }) }
    })
  },
  write: (row) => {
    const { id, prompt, target, targetOld, subject, severity, source, rephrase, locality, extra } = row
    const { output, ...others } = extra
    const given = outputs.safeParse(output)
    const isSame = given.success && given.data[0].answer === target
    const own = {
      ...{ id, input: prompt, output: isSame ? given.data : [{ answer: target }], prediction: targetOld },
      ...{ filtered_rephrases: rephrase?.map((one) => one.prompt), subject, severity, source }
    }
    const taken = [...SIGNATURES, ...COMMON, 'prediction', 'filtered_rephrases']
    const written = withExtra(own, isSame || output === undefined ? others : extra, taken)
    const losses: Loss[] = [...written.losses]
    if (rephrase?.some((one) => one.kind !== undefined)) losses.push(KINDS)
    if (locality) losses.push({ field: 'locality', why: 'the format has no unrelated questions' })
    return { record: written.record, losses }
  },
  file: toJsonLines
}

/** A list of which the row holds the first is kept whole beside it. */
function several(name: string, list: readonly string[] | undefined): Record<string, unknown> {
  return list && list.length > 1 ? { [name]: list } : {}
}

/** The whole list of which the row holds the first, where the row still says so; undefined else. */
function allOf(row: EditRow, name: string, first: string | undefined): readonly string[] | undefined {
  const list = textList.safeParse(row.extra[name])
  return list.success && list.data.length > 1 && list.data[0] === first ? list.data : undefined
}
