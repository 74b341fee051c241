/**
 * EasyEdit's arguments as one JSON object of parallel lists: `prompts, target_new, ground_truth, subject,
 * rephrase_prompts, locality_inputs, portability_inputs`. Element i of each list belongs to edit i; null: it has none.
 */
import { z } from 'zod'
import { badFile } from '../bad-file.ts'
import { askedSchema, editRow } from '../edit-row.ts'
import type { Asked } from '../edit-row.ts'
import { jsonMembers, jsonParts } from '../json-parts.ts'
import type { JsonMember, JsonPart } from '../json-parts.ts'
import { eachGood } from '../json-records.ts'
import type { FileRecord, OnBad } from '../json-records.ts'
import type { Loss, Written } from '../loss.ts'
import { RecordFields } from '../record-fields.ts'
import { parseJson } from '../json-text.ts'
import { answersOf } from './answers.ts'
import { itHas } from './dialect.ts'
import type { EditDialect } from './dialect.ts'

const texts = z.union([z.string().transform((text) => [text]), z.array(z.string())])
const group = z.object({ prompt: texts, ground_truth: z.unknown() })
/** lists of prompts and answers by name: locality and portability */
const NAMED = ['locality_inputs', 'portability_inputs'] as const
const CURE = 'Give parallel lists of one length: element i of each belongs to edit i.'

export const EASYEDIT: EditDialect = {
  about: 'EasyEdit’s parallel lists {prompts: [...], target_new: [...], ...}',
  detect: (value) => itHas(value, ['prompts']),
  read: (file, record) => {
    const fields = new RecordFields(file, record)
    const left = new Set<string>()
    const asked = (field: string): Asked | undefined => {
      const given = fields.optional(field, z.looseObject({}))
      if (!given) return undefined
      const named = Object.entries(record.value[field] as Record<string, unknown>)
      return Object.fromEntries(
        named.map(([name, held]) => {
          const read = group.safeParse(held)
          if (!read.success) throw fields.bad(`${field}.${name}`, 'it has no texts under prompt and ground_truth', CURE)
          const { prompt, ground_truth: answers } = read.data
          // One prompt with several answers has aliases of one.
          const each = prompt.length === 1 ? [answers] : (answers as unknown[])
          if (!Array.isArray(each) || prompt.length !== each.length)
            throw fields.bad(`${field}.${name}`, `it has ${prompt.length} prompts and ${Array.isArray(answers) ? answers.length : 1} answers`, CURE) // prettier-ignore
          return [
            name,
            prompt.map((one, i) => {
              const [first, ...others] = answersOf(each[i])
              if (others.length > 0) left.add(`${field}: further answers`)
              return { prompt: one, answer: typeof each[i] === 'string' ? each[i] : (first ?? '') }
            })
          ]
        })
      )
    }
    const portability = asked('portability_inputs')
    const truth = fields.optional('ground_truth', z.unknown())
    const [firstOld, ...othersOld] = answersOf(truth)
    if (othersOld.length > 0) left.add('ground_truth: further answers')
    return editRow({
      id: fields.id,
      prompt: fields.text('prompts'),
      target: fields.text('target_new'),
      line: fields.line,
      targetOld: typeof truth === 'string' ? truth : firstOld,
      subject: fields.optional('subject', z.string()),
      severity: undefined,
      source: undefined,
      rephrase: fields.optional('rephrase_prompts', texts)?.map((prompt) => ({ prompt })),
      locality: asked('locality_inputs'),
      left: left.size === 0 ? undefined : [...left],
      extra: { ...fields.rest(), ...(portability && { portability }) }
    })
  },
  write: ({ prompt, target, targetOld, subject, severity, source, rephrase, locality, extra }) => {
    const portability = askedSchema.safeParse(extra['portability'])
    const carriesIt = portability.success && Object.keys(portability.data).length > 0
    const { portability: kept, ...others } = extra
    const losses: Loss[] = []
    const tell = (field: string, why: string): void => void losses.push({ field, why })
    tell('id', 'the format has none: edits are known by their place')
    if (rephrase && rephrase.length !== 1) tell('rephrase', 'the format has one rewording')
    if (rephrase?.[0]?.kind !== undefined) tell('rephrase', 'the format knows no kinds of rewordings')
    if (severity !== undefined) tell('severity', 'the format has no such field')
    if (source !== undefined) tell('source', 'the format has no such field')
    if (locality && Object.keys(locality).length === 0) tell('locality', 'it names nothing')
    for (const name of Object.keys(others)) tell(name, 'the format has no such field')
    if (kept !== undefined && !carriesIt) tell('portability', 'it is not {name: [{prompt, answer}]}')
    return {
      record: {
        prompts: prompt,
        target_new: target,
        ground_truth: targetOld,
        subject,
        rephrase_prompts: rephrase?.[0]?.prompt,
        locality_inputs: locality,
        portability_inputs: carriesIt ? portability.data : undefined
      },
      losses
    }
  },
  file: toLists
}

/** Whether a whole file is one object of parallel lists; one that is broken further on is told by how it begins. */
export function holdsLists(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false
  const whole = parsed(text)
  if (whole) return Array.isArray(whole.prompts) && whole.prompt === undefined
  const isLines = parsed(text.trimStart().split('\n', 1)[0]) !== null
  return !isLines && /^\s*\{\s*"(prompts|target_new|ground_truth|subject|rephrase_prompts)"\s*:\s*\[/.test(text)
}

function parsed(text: string): { prompt?: unknown; prompts?: unknown } | null {
  try {
    return JSON.parse(text) as object
  } catch {
    return null
  }
}

/**
 * One record an edit, with the elements of all lists under their names; lists under other names are kept where they are
 * as long. What is wrong with the lists themselves is an error; what is wrong with an element is told by its place.
 */
export function recordsOfLists(file: string, text: string, onBad?: OnBad): FileRecord[] {
  const members = jsonMembers(file, text)
  const lists = new Map<string, JsonPart[]>()
  for (const member of members) for (const [name, list] of listsOf(file, member)) lists.set(name, list)
  const count = lists.get('prompts')?.length ?? 0
  for (const [name, list] of lists)
    if (list.length !== count)
      throw badFile(
        { file, line: members.find((m) => name.startsWith(m.name))?.line, field: name },
        `it has ${list.length} elements and prompts has ${count}`,
        CURE
      )
  const places = Array.from({ length: count }, (_, i) => i)
  return eachGood(places, (i) => recordAt(file, lists, i), onBad)
}

/** A list of the file by its name; those of `locality_inputs` as `locality_inputs.<name>.prompt`. */
function listsOf(file: string, { name, line, json }: JsonMember): [string, JsonPart[]][] {
  if (json.startsWith('[')) return [[name, jsonParts(file, json, line)]]
  if (!json.startsWith('{') || !(NAMED as readonly string[]).includes(name)) {
    if (json === 'null' || !KNOWN_LISTS.includes(name)) return []
    throw badFile({ file, line, field: name }, 'a list is expected', CURE)
  }
  return jsonMembers(file, json, line).flatMap((group) => {
    const inside = group.json.startsWith('{') ? jsonMembers(file, group.json, group.line) : []
    const found = ['prompt', 'ground_truth'].map((part) => inside.find((m) => m.name === part))
    if (found.some((member) => !member?.json.startsWith('[')))
      throw badFile({ file, line: group.line, field: `${name}.${group.name}` }, 'it has no lists prompt and ground_truth', CURE) // prettier-ignore
    return found.map((m): [string, JsonPart[]] => [
      listName(name, group.name, m!.name),
      jsonParts(file, m!.json, m!.line)
    ])
  })
}

const KNOWN_LISTS = ['prompts', 'target_new', 'ground_truth', 'subject', 'rephrase_prompts', ...NAMED]
const listName = (...path: string[]): string => path.join('\u0000')

function recordAt(file: string, lists: ReadonlyMap<string, JsonPart[]>, i: number): FileRecord {
  const value = new Map<string, unknown>([['id', i + 1]])
  const lines: Record<string, number> = {}
  const asked = new Map<string, Map<string, Record<string, unknown>>>()
  let absent = 0
  for (const [name, list] of lists) {
    const [field, group, part] = name.split('\u0000')
    const { value: element, absent: missing } = parseJson(file, list[i], CURE)
    absent += missing
    lines[field] ??= list[i].line
    if (group === undefined) value.set(field, element)
    else if (element !== null) {
      const groups = asked.get(field) ?? new Map<string, Record<string, unknown>>()
      groups.set(group, { ...groups.get(group), [part]: element })
      asked.set(field, groups)
    }
  }
  for (const [field, groups] of asked) value.set(field, Object.fromEntries(groups))
  return { line: lines['prompts'], lines, ...(absent > 0 && { absent }), value: Object.fromEntries(value) }
}

function toLists(records: readonly Written['record'][]): string {
  const column = (field: string): unknown[] => records.map((record) => record[field] ?? null)
  const lists: Record<string, unknown> = { prompts: column('prompts'), target_new: column('target_new') }
  for (const field of ['ground_truth', 'subject', 'rephrase_prompts'])
    if (records.some((record) => record[field] !== undefined)) lists[field] = column(field)
  for (const field of NAMED) {
    const asked = records.map((record) => record[field] as Asked | undefined)
    const names = [...new Set(asked.flatMap((one) => Object.keys(one ?? {})))]
    if (names.length === 0) continue
    lists[field] = Object.fromEntries(
      names.map((name) => {
        const of = (part: 'prompt' | 'answer'): unknown[] =>
          asked.map((one) => {
            const questions = one && Object.hasOwn(one, name) ? one[name].map((question) => question[part]) : null
            return questions?.length === 1 ? questions[0] : questions
          })
        return [name, { prompt: of('prompt'), ground_truth: of('answer') }]
      })
    )
  }
  return JSON.stringify(lists, null, 1) + '\n'
}
