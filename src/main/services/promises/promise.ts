/**
 * What a promise is. The sentences of a passage that were approved and trained are promised: asked for by the header
 * alone, the model writes them at their place, to the letter. An edit that came from no passage of the review promises
 * its target at its prompt, until a later edit at the same prompt takes its place.
 */
import type { BreakCause, PassagePromise, Standing } from '../../../contract/types.ts'

export interface PromisedPassage {
  /** as they were reviewed */
  texts: readonly string[]
  /** what was approved of each; null: nothing */
  approved: readonly (string | null)[]
  /** what was approved when the passage was trained last, of the trainings in force; null: it was not trained */
  trained: readonly (string | null)[] | null
  /** the text under review is what the model itself wrote, greedily */
  isOwn: boolean
  /** what the model was seen to write, sentence by sentence, and why something promised was not in it */
  seen: { sentences: readonly string[]; broken: { sentence: number; cause: BreakCause } | null } | null
  /** the edits are those that it was seen under */
  isCurrent: boolean
}

export function passagePromise(passage: PromisedPassage): PassagePromise {
  const { texts, approved, trained, isOwn, seen, isCurrent } = passage
  const isPromised = approved.map((text) => text !== null && (trained?.includes(text) ?? false))
  const standings = !seen
    ? []
    : texts.map((text, i): Standing => {
        const now = seen.sentences.at(i)
        if (isPromised[i]) return now === approved[i] ? 'held' : 'broken'
        if (approved[i] !== null) return 'approved'
        return now === text ? 'kept' : isOwn ? 'changed' : 'other'
      })
  const first = standings.indexOf('broken')
  const cause = seen?.broken?.sentence === first ? seen.broken.cause : UNKNOWN_CAUSE
  return {
    promised: isPromised.filter(Boolean).length,
    checked: seen !== null && isCurrent,
    standings,
    broken: first < 0 ? null : { sentence: first, cause }
  }
}

export const UNKNOWN_CAUSE: BreakCause = { kind: 'unknown', editId: null, target: null, file: null }
