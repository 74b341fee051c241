/** What of a passage would be trained, and what training says nothing about. */
import type { Passage, Sentence } from '../../contract/types.ts'
import { approvedText } from './marks.ts'

export interface QueuedSentence {
  /** from 0 */
  index: number
  sentence: Sentence
  /** corrected: trained; accurate: trained along where greedy writing would not give it back */
  kind: 'corrected' | 'accurate'
}

export interface QueuedPassage {
  passage: Passage
  sentences: QueuedSentence[]
  /** how many sentences have neither mark nor accepted correction: nothing is promised about them */
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

/** Passages with one header between them and not one text: the model can write only one after it. */
export function conflictsOf(queued: readonly QueuedPassage[]): { prompt: string; names: string[] }[] {
  const byPrompt = Map.groupBy(queued, ({ passage }) => passage.prompt)
  return [...byPrompt.entries()]
    .filter(([, group]) => new Set(group.map((q) => textOf(q.passage))).size > 1)
    .map(([prompt, group]) => ({ prompt, names: group.map((q) => q.passage.name) }))
}

function textOf(passage: Passage): string {
  return passage.sentences.map((s) => approvedText(s) ?? s.text).join(' ')
}
