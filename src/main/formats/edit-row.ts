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
  /** fields that Erratum does not know, as they were */
  readonly extra: Readonly<Record<string, unknown>>
}

export const rephraseSchema = z.array(
  z.union([
    z.string().transform((prompt): Rephrase => ({ prompt })),
    z.object({ kind: z.enum(['header', 'one', 'all']).optional(), prompt: z.string() })
  ])
)

export const askedSchema: z.ZodType<Asked> = z.record(
  z.string(),
  z.array(z.object({ prompt: z.string(), answer: z.string() }))
)

/** A row without the fields that are undefined. */
export function editRow(row: { [K in keyof EditRow]: EditRow[K] | undefined }): EditRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as unknown as EditRow
}
