import { count } from '../../contract/words.ts'
import type { Mark, Passage, Sentence } from '../../contract/types.ts'

export const MARKS: readonly { mark: Mark; key: string; word: string; meaning: string }[] = [
  { mark: 'accurate', key: '1', word: 'Accurate', meaning: 'every fact is right' },
  { mark: 'minor_inaccurate', key: '2', word: 'Minor', meaning: 'something small is wrong' },
  { mark: 'major_inaccurate', key: '3', word: 'Major', meaning: 'the sentence is wrong' }
]

export function markWord(mark: Mark): string {
  return mark === 'accurate' ? 'accurate' : mark === 'minor_inaccurate' ? 'minor error' : 'major error'
}

/** What the model shall write here; null where nothing was promised. */
export function approvedText(sentence: Sentence): string | null {
  if (sentence.accepted && sentence.correction !== null) return sentence.correction
  return sentence.mark === 'accurate' ? sentence.text : null
}

/** How the promises of a passage stand, in a few words; null: nothing is promised. */
export function promiseWords({ promise, waiting }: Passage): string | null {
  const { promised, checked, standings } = promise
  if (promised === 0) return null
  if (!checked) return 'trained, not checked since'
  const held = standings.filter((s) => s === 'held').length
  if (held < promised) return `trained, ${promised - held} of ${promised} broken`
  return waiting ? 'trained, and more to train' : 'trained, as approved'
}

/** How far a passage is, in a few words. */
export function progressOf(passage: Passage): string {
  switch (passage.state) {
    case 'queued':
      return 'waiting to be written'
    case 'writing':
      return 'being written'
    case 'failed':
      return 'could not be written'
    default:
  }
  if (passage.sentences.length === 0) return 'stopped before the first word'
  const marked = passage.sentences.filter((s) => s.mark !== null).length
  const corrected = passage.sentences.filter((s) => s.accepted).length
  const parts: string[] = []
  if (passage.state === 'stopped') parts.push('stopped')
  if (marked > 0) parts.push(`${marked} marked`)
  const promise = promiseWords(passage)
  // The line is short, and what was trained was corrected.
  if (corrected > 0 && promise === null) parts.push(`${corrected} corrected`)
  if (promise !== null) parts.push(promise)
  return parts.length > 0 ? parts.join(' · ') : `${count(passage.sentences.length, 'sentence')} to read`
}
