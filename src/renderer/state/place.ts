/** Where the person is: the view, and in it the passage and the sentence. It stands in the address, so a reload keeps it. */
import type { PlaceRecord } from '../../contract/types.ts'

export const VIEWS = [
  'sessions',
  'write',
  'review',
  'train',
  'compare',
  'board',
  'index',
  'calibration',
  'settings'
] as const
export type View = (typeof VIEWS)[number]

export const VIEW_WORDS: Record<View, string> = {
  sessions: 'Sessions',
  write: 'Write',
  review: 'Review',
  train: 'Train',
  compare: 'Compare',
  board: 'Board',
  index: 'Index',
  calibration: 'Calibration',
  settings: 'Settings'
}

/** What an address says of the place; whatever is missing or wrong there is null. */
export interface Place {
  view: View | null
  passage: string | null
  /** from 0 */
  sentence: number | null
  /** the sentence is being edited */
  editing: boolean
}

export function placeIn(hash: string): Place {
  const parts = new URLSearchParams(hash.slice(1))
  const sentence = Number(parts.get('sentence') ?? NaN)
  return {
    view: VIEWS.find((v) => v === parts.get('view')) ?? null,
    passage: parts.get('passage'),
    // People count from 1, and so does the address.
    sentence: Number.isInteger(sentence) && sentence > 0 ? sentence - 1 : null,
    editing: parts.has('editing')
  }
}

/** Whether two places are one to go back to: the view and its passage. */
export function isSamePlace(a: Place, b: Place): boolean {
  return a.view === b.view && (a.view !== 'review' || a.passage === b.passage)
}

/** The place that the session kept. */
export function placeOf(kept: PlaceRecord | null): Place {
  if (!kept) return { view: null, passage: null, sentence: null, editing: false }
  return { ...kept, view: VIEWS.find((v) => v === kept.view) ?? null }
}

/** The address with this place; what else stands in it (the token) stays. */
export function withPlace(hash: string, { view, passage, sentence, editing }: Place): string {
  const parts = new URLSearchParams(hash.slice(1))
  const set = (name: string, value: string | null): void => {
    if (value === null) parts.delete(name)
    else parts.set(name, value)
  }
  set('view', view)
  set('passage', passage)
  set('sentence', sentence === null ? null : String(sentence + 1))
  set('editing', editing ? '1' : null)
  return `#${parts.toString()}`
}
