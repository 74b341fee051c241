/** What of a passage would be trained, and what training says nothing about. */
import { joinTexts } from '../../contract/join.ts'
import type { Passage, PassagePlan, Sentence } from '../../contract/types.ts'
import { approvedText } from './marks.ts'

export interface QueuedSentence {
  /** from 0 */
  index: number
  sentence: Sentence
  /** corrected: trained; accurate: trained along where greedy writing would not give it back */
  kind: 'corrected' | 'accurate'
}

/** Why a sentence is trained along that stands as it was written. */
export const BECAUSE_WORDS: Record<PassagePlan['sentences'][number]['because'][number], string> = {
  context: 'the text before it has changed',
  sampled: 'it was sampled',
  import: 'this model did not write it'
}

export interface QueuedPassage {
  passage: Passage
  sentences: QueuedSentence[]
  /** how many sentences are neither marked accurate nor corrected: nothing is promised about them */
  unpromised: number
  /** marked as wrong without an accepted correction, or a correction that was only begun */
  open: number
}

export function queuedPassage(passage: Passage): QueuedPassage {
  const sentences = passage.sentences.flatMap((sentence, index): QueuedSentence[] =>
    approvedText(sentence) === null ? [] : [{ index, sentence, kind: sentence.accepted ? 'corrected' : 'accurate' }]
  )
  const others = passage.sentences.filter((s) => approvedText(s) === null)
  return {
    passage,
    sentences,
    unpromised: others.length,
    open: others.filter((s) => s.mark !== null || s.correction !== null).length
  }
}

/** Edits that share their prompt, the whole text before them, and say different things: only one can hold. */
export interface Conflict {
  prompt: string
  /** what each passage wants there */
  wanted: { name: string; target: string }[]
}

export function conflictsOf(queued: readonly QueuedPassage[]): Conflict[] {
  const edits = queued.flatMap(({ passage }) => {
    const texts = passage.sentences.map((s) => approvedText(s) ?? s.text)
    return passage.sentences.flatMap((sentence, i) => {
      const target = approvedText(sentence)
      const prompt = joinTexts([passage.prompt, ...texts.slice(0, i)])
      return target === null ? [] : [{ prompt, name: passage.name, target }]
    })
  })
  return [...Map.groupBy(edits, (edit) => edit.prompt)]
    .filter(([, group]) => new Set(group.map((edit) => edit.target)).size > 1)
    .map(([prompt, group]) => ({ prompt, wanted: group.map(({ name, target }) => ({ name, target })) }))
}
