/** Prompts with `{}` in place of their subject, as ROME, CounterFact and MQuAKE have them. */

const MARKS = /\{\{|\}\}|\{\}/g

/** `{}` stands for the subject, `{{` and `}}` for braces. */
export function fillTemplate(template: string, subject: string): string {
  return template.replace(MARKS, (mark) => (mark === '{}' ? subject : mark[0]))
}

/** Whether a prompt has a `{}` that is no pair of doubled braces. */
export function hasSlot(template: string): boolean {
  return template.match(MARKS)?.includes('{}') ?? false
}

export const escapeBraces = (text: string): string => text.replace(/[{}]/g, (brace) => brace + brace)

/** The prompt with `{}` in place of its subject, where it holds it. */
export function makeTemplate(prompt: string, subject: string | undefined): string {
  const at = subject === undefined || subject === '' ? -1 : prompt.indexOf(subject)
  if (at === -1) return escapeBraces(prompt)
  return `${escapeBraces(prompt.slice(0, at))}{}${escapeBraces(prompt.slice(at + subject!.length))}`
}

/** A prompt as a record has it, beside a subject: `{}` is the subject's place. Without a subject braces are braces. */
export function promptOf(given: string, subject: string | undefined): string {
  return subject !== undefined && given.includes('{}') ? fillTemplate(given, subject) : given
}

/** The same the other way round: what `promptOf` reads as this prompt. */
export function asGiven(prompt: string, subject: string | undefined): string {
  return subject !== undefined && prompt.includes('{}') ? escapeBraces(prompt) : prompt
}
