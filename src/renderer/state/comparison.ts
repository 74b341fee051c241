/** Before, approved, written now: what came of a passage, sentence by sentence. */
import type { ComparedFigures, Passage, SentenceOutcome, Standing } from '../../contract/types.ts'
import { approvedText } from './marks.ts'

export interface ComparedSentence {
  /** from 0 */
  index: number
  before: string
  /** null: nobody approved it */
  approved: string | null
  /** null: the model's text ends before it */
  written: string | null
  standing: Standing
  outcome: SentenceOutcome | null
}

/** How many sentences of a passage, or of several, stand how. */
export interface StandingCounts {
  promised: number
  held: number
  broken: number
  /** approved and not trained, and not written so */
  untrained: number
  /** not approved, and written otherwise than before */
  changed: number
  /** not approved, and never written by the model as they stand */
  other: number
}

export interface Compared extends StandingCounts {
  passage: Passage
  sentences: ComparedSentence[]
  /** the edits are those that it was written under: only then is it told what holds */
  checked: boolean
  /** geometric mean over the trained sentences that are in force; null where there are none */
  perplexity: { before: number; after: number } | null
}

/** Null for a passage that the model has not written since it was reviewed. */
export function compare(passage: Passage): Compared | null {
  const { rewriting, promise } = passage
  if (!rewriting) return null
  const sentences = passage.sentences.map((sentence, index): ComparedSentence => {
    return {
      index,
      before: sentence.text,
      approved: approvedText(sentence),
      written: rewriting.sentences[index] ?? null,
      standing: promise.standings[index] ?? 'other',
      outcome: sentence.outcome?.undone === false ? sentence.outcome : null
    }
  })
  const are = (standing: Standing): ComparedSentence[] => sentences.filter((s) => s.standing === standing)
  return {
    passage,
    sentences,
    promised: promise.promised,
    held: are('held').length,
    broken: are('broken').length,
    untrained: are('approved').filter((s) => s.approved !== s.written).length,
    changed: are('changed').length,
    other: are('other').length,
    checked: promise.checked,
    perplexity: geometricMeans(sentences.flatMap((s) => (s.outcome ? [s.outcome.perplexity] : [])))
  }
}

/** All that can be compared: what is broken first, then what nobody knows, then what is not trained or not asked for. */
export function compareAll(passages: readonly Passage[]): Compared[] {
  const weights = ({ broken, checked, untrained, changed }: Compared): number[] => [
    broken,
    checked ? 0 : 1,
    untrained,
    changed
  ]
  return passages
    .map(compare)
    .filter((c) => c !== null)
    .sort((a, b) => {
      const [one, other] = [weights(a), weights(b)]
      const first = one.findIndex((weight, i) => weight !== other[i])
      return first < 0 ? 0 : other[first] - one[first]
    })
}

/** Of those whose edits have not changed since they were looked at. */
export function countStandings(compared: readonly Compared[]): StandingCounts {
  const counts: StandingCounts = { promised: 0, held: 0, broken: 0, untrained: 0, changed: 0, other: 0 }
  const names = Object.keys(counts) as (keyof StandingCounts)[]
  for (const one of compared) if (one.checked) for (const name of names) counts[name] += one[name]
  return counts
}

/** Whether what the model writes in the place of a sentence (from 0) is something that nobody asked for. */
export function isUnasked({ promise }: Passage, sentence: number): boolean {
  return ['broken', 'changed', 'other'].includes(promise.standings[sentence] ?? '')
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
