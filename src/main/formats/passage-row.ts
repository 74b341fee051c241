/** A passage as files hold it, whatever their format. */
import type { Label } from './sentence-labels.ts'

export interface PassageSentence {
  /** without white space around it */
  readonly text: string
  readonly label?: Label
  /** without white space around it; never empty */
  readonly correction?: string
}

export interface PassageRow {
  readonly id: string
  /** without trailing white space */
  readonly prompt: string
  readonly sentences: readonly PassageSentence[]
  readonly line: number
  readonly source?: unknown
  /** what the records held of this passage and the row does not, as phrases */
  readonly left?: readonly string[]
  readonly extra: Readonly<Record<string, unknown>>
}
