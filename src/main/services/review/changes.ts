/** What the person's own changes do to the sentences of a passage, and how they are told. */
import type { Mark, Sentence } from '../../../contract/types.ts'
import { joinWithNext, splitAt } from './boundaries.ts'
import type { RecordOf } from './records.ts'

export type ReviewChange = RecordOf<'mark' | 'rest-accurate' | 'settle' | 'correction' | 'removed' | 'split' | 'join'>

/**
 * The sentences after a change; those that it does not touch are the same objects.
 * @throws ErratumError BadInput where a split or a join is not possible there
 */
export function changed(sentences: readonly Sentence[], change: ReviewChange): readonly Sentence[] {
  switch (change.type) {
    case 'mark': {
      const old = sentences[change.sentence]
      const { mark } = change
      // An accurate sentence needs no correction.
      return sentences.with(change.sentence, { ...old, mark, accepted: old.accepted && mark !== 'accurate' })
    }
    case 'rest-accurate':
      return sentences.map((s) => (s.mark === null && s.correction === null ? { ...s, mark: 'accurate' } : s))
    case 'settle':
      return sentences.map((s, i) => {
        const text = change.texts.at(i) ?? null
        if (text === null || s.mark !== null || s.correction !== null) return s
        return text === s.text ? { ...s, mark: 'accurate' as const } : { ...s, correction: text, accepted: true }
      })
    case 'correction': {
      const old = sentences[change.sentence]
      const isEmpty = change.text.trim() === ''
      const accepted = change.accepted && !isEmpty
      // What is corrected is not accurate.
      const mark = accepted && old.mark === 'accurate' ? null : old.mark
      const correction = isEmpty ? null : change.text
      // What is typed over an accepted correction takes its place only once it is accepted itself.
      const acceptedBefore = change.accepted ? null : old.accepted ? old.correction : old.acceptedBefore
      return sentences.with(change.sentence, { ...old, mark, accepted, correction, acceptedBefore })
    }
    case 'removed': {
      const old = sentences[change.sentence]
      return sentences.with(change.sentence, { ...old, accepted: false, correction: null, acceptedBefore: null })
    }
    case 'split':
      return splitAt(sentences, change.sentence, change.at)
    case 'join':
      return joinWithNext(sentences, change.sentence)
  }
}

const MARK_WORDS: Record<Mark, string> = {
  accurate: 'accurate',
  minor_inaccurate: 'a minor error',
  major_inaccurate: 'a major error'
}

export function describeChange(change: ReviewChange): string {
  const which = 'sentence' in change ? `sentence ${change.sentence + 1}` : ''
  switch (change.type) {
    case 'mark':
      return change.mark === null ? `Cleared the mark of ${which}` : `Marked ${which} ${MARK_WORDS[change.mark]}`
    case 'rest-accurate':
      return 'Marked the rest accurate'
    case 'settle':
      return 'Approved what nobody had approved'
    case 'correction':
      if (change.text.trim() === '') return `Removed the correction of ${which}`
      return change.accepted ? `Corrected ${which}` : `Began to correct ${which}`
    case 'removed': {
      const edits = change.edits.length
      const withdrawn = edits === 0 ? '' : ` and withdrew ${edits === 1 ? 'its edit' : `its ${edits} edits`}`
      return `Removed the correction of ${which}${withdrawn}`
    }
    case 'split':
      return `Split ${which}`
    case 'join':
      return `Joined ${which} with the next one`
  }
}
