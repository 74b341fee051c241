import type { Desk } from './desk.svelte.ts'
import type { Reading } from './reading.svelte.ts'

/** Opens the passage that an edit came from; null where the review has none: it is called after passage and sentence. */
export function passageOfEdit(desk: Desk, reading: Reading, editId: string): (() => void) | null {
  const [, passage, sentence] = /^(.+)\/(\d+)(?:~\d+)?$/.exec(editId) ?? []
  if (passage === undefined || !desk.passageOf(passage)) return null
  return () => reading.open(passage, Number(sentence))
}
