/** Before, approved, written now: what came of a passage, sentence by sentence. */
import type { ComparedFigures, Passage, SentenceOutcome } from '../../contract/types.ts'
import { approvedText } from './marks.ts'

export interface ComparedSentence {
  /** from 0 */
  index: number
  before: string
  /** null: nothing was promised */
  approved: string | null
  /** null: the model's text ends before it */
  written: string | null
  /** approved and not written to the letter */
  differs: boolean
  outcome: SentenceOutcome | null
}

export interface Compared {
  passage: Passage
  sentences: ComparedSentence[]
  /** approved sentences */
  approved: number
  differing: number
  /** written before a training was taken out: the model may write something else now */
  stale: boolean
  /** geometric mean over the trained sentences that are in force; null where there are none */
  perplexity: { before: number; after: number } | null
}

/** Null for a passage that has not been written anew since it was reviewed. */
export function compare(passage: Passage): Compared | null {
  const { rewriting } = passage
  if (!rewriting) return null
  const sentences = passage.sentences.map((sentence, index): ComparedSentence => {
    const approved = approvedText(sentence)
    const written = rewriting.sentences[index] ?? null
    return {
      index,
      before: sentence.text,
      approved,
      written,
      differs: approved !== null && approved !== written,
      outcome: sentence.outcome?.undone === false ? sentence.outcome : null
    }
  })
  return {
    passage,
    sentences,
    approved: sentences.filter((s) => s.approved !== null).length,
    differing: sentences.filter((s) => s.differs).length,
    stale: rewriting.stale,
    perplexity: geometricMeans(sentences.flatMap((s) => (s.outcome ? [s.outcome.perplexity] : [])))
  }
}

/** All that can be compared, those that differ first, and in them the most differences first. */
export function compareAll(passages: readonly Passage[]): Compared[] {
  return passages
    .map(compare)
    .filter((c) => c !== null)
    .sort((a, b) => b.differing - a.differing)
}

function geometricMeans(
  values: readonly { before: number; after: number }[]
): { before: number; after: number } | null {
  if (values.length === 0) return null
  const mean = (of: (value: { before: number; after: number }) => number): number =>
    Math.exp(values.reduce((sum, value) => sum + Math.log(of(value)), 0) / values.length)
  return { before: mean((v) => v.before), after: mean((v) => v.after) }
}

/** Perplexity over the tokens of the sentences that are accurate as they stand: the passage's share of the ARR. */
export function accurateFigures(
  passage: Passage,
  figures: readonly (ComparedFigures | null)[]
): { sentences: number; before: number; after: number } | null {
  const accurate = figures.filter(
    (f, i) => f !== null && passage.sentences[i]?.mark === 'accurate'
  ) as ComparedFigures[]
  const tokens = accurate.reduce((sum, f) => sum + f.tokens, 0)
  if (tokens === 0) return null
  const pooled = (side: 'before' | 'after'): number =>
    Math.exp(accurate.reduce((sum, f) => sum + f.tokens * Math.log(f.perplexity[side]), 0) / tokens)
  return { sentences: accurate.length, before: pooled('before'), after: pooled('after') }
}
