/** Where finished pieces of an evaluation are kept, so that what was computed once is not computed again. */
import { createHash } from 'node:crypto'
import type { TextToRead } from '../editor/read-text.ts'

export interface Shelf {
  /** plain JSON as it was put; undefined: nothing is there. Whoever takes it checks its form. */
  take(key: string): unknown
  put(key: string, value: unknown): void
}

/** The name of a piece: the hash of everything that it depends on, given as plain JSON. */
export const shelfKey = (...content: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex')

/** Of a text, what the model is given. */
export const idsOf = ({ promptIds, targetIds }: TextToRead): unknown => [promptIds, targetIds]
