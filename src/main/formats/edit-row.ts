/** An edit as files hold it, whatever their format. */
import { z } from 'zod'

export type RephraseKind = 'header' | 'one' | 'all'

export interface Rephrase {
  /** a new header, one earlier sentence reworded, or everything reworded */
  readonly kind?: RephraseKind
  readonly prompt: string
}

/** Prompts with the answers that an edit must leave as they are, or must bring about, by name. */
export type Asked = Readonly<Record<string, readonly { readonly prompt: string; readonly answer: string }[]>>

export interface EditRow {
  /** as the file says; several rows may have the same */
  readonly id: string
  /** to the letter: white space at its end tells where writing begins */
  readonly prompt: string
  /** to the letter */
  readonly target: string
  readonly line: number
  readonly targetOld?: string
  readonly subject?: string
  readonly severity?: string
  readonly source?: unknown
  readonly rephrase?: readonly Rephrase[]
  readonly locality?: Asked
  /** what the record held of this edit and the row does not, as phrases */
  readonly left?: readonly string[]
  /** fields that Erratum does not know, as they were */
  readonly extra: Readonly<Record<string, unknown>>
}

const oneRephrase = z.string().transform((prompt): Rephrase => ({ prompt }))

/** A list, or one text alone, as a cell of a table has it. */
export const rephraseSchema = z.preprocess(
  (given) => (typeof given === 'string' ? [given] : given),
  z.array(z.union([oneRephrase, z.object({ kind: z.enum(['header', 'one', 'all']).optional(), prompt: z.string() })]))
)

const questions = z.array(z.object({ prompt: z.string(), answer: z.string() }))

/** Keeps every name, `__proto__` too, which a record schema would lose. */
export const askedSchema: z.ZodType<Asked> = z
  .custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'expected an object') // prettier-ignore
  .transform((value, context) => {
    const groups: [string, Asked[string]][] = []
    for (const [name, given] of Object.entries(value)) {
      const group = questions.safeParse(given)
      if (group.success) groups.push([name, group.data])
      else context.addIssue({ code: 'custom', path: [name, ...group.error.issues[0].path], message: 'expected [{"prompt": ..., "answer": ...}]' }) // prettier-ignore
    }
    return Object.fromEntries(groups)
  })

/** A row without the fields that are undefined. */
export function editRow(row: { [K in keyof EditRow]: EditRow[K] | undefined }): EditRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as unknown as EditRow
}
