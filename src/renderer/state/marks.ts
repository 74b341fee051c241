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

export interface Approval {
  approved: number
  /** approved sentences that stand in the rewriting, at their place */
  written: number
}

export function approval(passage: Passage): Approval {
  const wanted = passage.sentences.map(approvedText)
  // What was written under a training that was taken out since says nothing any more.
  const now = passage.rewriting?.stale === false ? passage.rewriting.sentences : []
  return {
    approved: wanted.filter((t) => t !== null).length,
    written: wanted.filter((t, i) => t !== null && t === now[i]).length
  }
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
  const isTrained = !passage.waiting && passage.sentences.some((s) => s.outcome && !s.outcome.undone)
  // The line is short, and what was trained was corrected.
  if (corrected > 0 && !isTrained) parts.push(`${corrected} corrected`)
  if (isTrained) {
    const { approved, written } = approval(passage)
    parts.push(written === approved ? 'trained, as approved' : `trained, ${written} of ${approved} as approved`)
  }
  return parts.length > 0 ? parts.join(' · ') : `${count(passage.sentences.length, 'sentence')} to read`
}
