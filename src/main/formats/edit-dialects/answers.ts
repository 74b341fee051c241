/**
 * Answers and questions as EasyEdit's files nest them: a text, a list of texts, lists of aliases in a list of answers.
 * Where one is needed, the innermost first that is not blank is taken, as EasyEdit's own readers do.
 */
import { z } from 'zod'
import type { Asked } from '../edit-row.ts'

/** All answers in their order, without blank ones; numbers as texts. */
export function answersOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(answersOf)
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'string' && value.trim() !== '' ? [value] : []
}

export const firstAnswer = (value: unknown): string | undefined => answersOf(value)[0]

const questionSchema = z.looseObject({ prompt: z.unknown(), ground_truth: z.unknown() })
const groupSchema = z.union([z.array(questionSchema), questionSchema.transform((one) => [one])]).nullable()

export interface ReadQuestions {
  readonly asked: Asked | undefined
  /** what was not taken of them, as phrases */
  readonly left: readonly string[]
}

/** Whether a field holds questions by name, with answers under `ground_truth`. */
export function holdsQuestions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).some((group) => {
    const [first] = Array.isArray(group) ? (group as unknown[]) : [group]
    return typeof first === 'object' && first !== null && 'prompt' in first && 'ground_truth' in first
  })
}

/** `{name: [{prompt, ground_truth}]}`; null where it is none. */
export function readQuestions(value: unknown): ReadQuestions | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const left = new Set<string>()
  const groups: [string, Asked[string]][] = []
  for (const [name, given] of Object.entries(value)) {
    const group = groupSchema.safeParse(given)
    if (!group.success) return null
    const questions = (group.data ?? []).flatMap(({ prompt, ground_truth: answer, ...more }) => {
      const [question, ...otherQuestions] = answersOf(prompt)
      const [first, ...others] = answersOf(answer)
      if (Object.keys(more).length > 0) left.add(Object.keys(more).join(', '))
      if (question === undefined || first === undefined) {
        left.add('questions without an answer')
        return []
      }
      if (others.length > 0) left.add('further answers')
      if (otherQuestions.length > 0) left.add('further prompts')
      return [{ prompt: question, answer: first }]
    })
    if (questions.length > 0) groups.push([name, questions])
    else if (!Array.isArray(given) || given.length > 0) continue
    else left.add('empty groups')
  }
  return { asked: groups.length === 0 ? undefined : Object.fromEntries(groups), left: [...left] }
}

/** As EasyEdit's records nest them. */
export function toQuestions(asked: Asked): Record<string, { prompt: string; ground_truth: string }[]> {
  return Object.fromEntries(
    Object.entries(asked).map(([name, questions]) => [
      name,
      questions.map(({ prompt, answer }) => ({ prompt, ground_truth: answer }))
    ])
  )
}
