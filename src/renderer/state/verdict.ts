/** What is told of a passage, or of several: what was promised of them, and what changed beside it. */
import type { StandingCounts } from './comparison.ts'
import { count } from '../../contract/words.ts'

export interface VerdictPart {
  /** says the same as the words to whoever sees no colours */
  mark: string
  words: string
  tone: 'held' | 'broken' | 'unasked' | 'open'
}

/** @param counts of sentences; `checked`: the edits have not changed since they were looked at */
export function verdictOf({
  promised,
  held,
  broken,
  untrained,
  changed,
  other,
  checked
}: StandingCounts & { checked: boolean }): VerdictPart[] {
  if (!checked) return [{ mark: '?', words: 'Not checked since the edits changed', tone: 'open' }]
  const parts: VerdictPart[] = []
  if (broken > 0)
    parts.push({
      mark: '✗',
      words: `${broken} of ${count(promised, 'promised sentence', 'promised sentences')} broken`,
      tone: 'broken'
    })
  else if (promised > 0)
    parts.push({
      mark: '✓',
      words: `${held} of ${count(promised, 'promised sentence', 'promised sentences')} written as approved`,
      tone: 'held'
    })
  if (untrained > 0) parts.push({ mark: '○', words: `${untrained} approved and not trained yet`, tone: 'open' })
  if (changed > 0)
    parts.push({ mark: '≠', words: `${count(changed, 'other sentence', 'other sentences')} changed`, tone: 'unasked' })
  if (other > 0) parts.push({ mark: '≠', words: `${other} not approved, written otherwise`, tone: 'unasked' })
  if (parts.length === 0) parts.push({ mark: '·', words: 'Nothing is promised, nothing changed', tone: 'open' })
  return parts
}
