/** The figures that the board follows over the edits, and where each stands in an evaluation. */
import type { Evaluation, EvaluationAbout, Interval } from '../../contract/evaluation.ts'

export type FigureId =
  'ES' | 'exact' | 'ARR' | 'locality' | 'generality' | 'divergence' | 'written' | 'otherHeaders' | 'othersIdentical'
export type Unit = 'perplexity' | 'share' | 'nats'

/** A figure as it was measured once. */
export interface Reading {
  value: number
  /** of the untouched model; null where there is no such thing */
  before: number | null
  interval: Interval | null
  /** texts that it is about */
  n: number
}

export interface Figure {
  id: FigureId
  /** as a heading */
  name: string
  means: string
  unit: Unit
  better: 'lower' | 'higher'
  set: keyof EvaluationAbout['data']
  /** measured only at the person's wish: where it was not, nothing speaks of it */
  atWish?: true
  read: (evaluation: Evaluation) => Reading | null
}

type Texts = { before: number | null; after: number | null; n: number; intervals: Record<string, Interval | null> }

export const FIGURES: readonly Figure[] = [
  {
    id: 'ES',
    name: 'Edit success (ES)',
    means: 'perplexity of all edits so far that are live',
    unit: 'perplexity',
    better: 'lower',
    set: 'edits',
    read: ({ edits }) => perplexity(edits)
  },
  {
    id: 'exact',
    name: 'Written exactly',
    means: 'share of the edits that greedy writing gives, token for token',
    unit: 'share',
    better: 'higher',
    set: 'edits',
    read: ({ edits }) =>
      edits?.exact ? reading(edits.exact.after, edits.exact.before, edits.n, edits.intervals['exact.after']) : null
  },
  {
    id: 'generality',
    name: 'Generality',
    means: 'share of reworded prompts whose own block fires at every decision',
    unit: 'share',
    better: 'higher',
    set: 'edits',
    read: ({ rephrase }) =>
      rephrase && rephrase.ownBlock !== null
        ? reading(rephrase.ownBlock, null, rephrase.n, rephrase.intervals['ownBlock'])
        : null
  },
  {
    id: 'ARR',
    name: 'Accurate sentences (ARR)',
    means: 'perplexity of sentences that were right all along',
    unit: 'perplexity',
    better: 'lower',
    set: 'accurate',
    read: ({ accurate }) => perplexity(accurate)
  },
  {
    id: 'locality',
    name: 'Locality',
    means: 'perplexity of unrelated texts',
    unit: 'perplexity',
    better: 'lower',
    set: 'locality',
    read: ({ locality }) => perplexity(locality)
  },
  {
    id: 'divergence',
    name: 'Divergence on unrelated texts',
    means: 'Kullback-Leibler divergence from the untouched model, a token',
    unit: 'nats',
    better: 'lower',
    set: 'locality',
    read: ({ locality }) =>
      locality && locality.klPerToken !== null
        ? reading(locality.klPerToken, 0, locality.n, locality.intervals['klPerToken'])
        : null
  },
  {
    id: 'written',
    name: 'Approved is written',
    means: 'share of the approved passages that the model writes from the header alone, to the letter',
    unit: 'share',
    better: 'higher',
    set: 'approved',
    atWish: true,
    read: ({ approved }) => writing(approved, 'passages', 'written')
  },
  {
    id: 'otherHeaders',
    name: 'Under other headers',
    means: 'share of the approved sentences that stand in what is written under another header',
    unit: 'share',
    better: 'higher',
    set: 'approved',
    atWish: true,
    read: ({ approved }) => writing(approved, 'otherHeaders', 'written')
  },
  {
    id: 'othersIdentical',
    name: 'Other people, identical',
    means: 'share of other people’s passages that are written as the untouched model writes them',
    unit: 'share',
    better: 'higher',
    set: 'others',
    atWish: true,
    read: ({ approved }) => writing(approved, 'others', 'identical')
  }
]

/** Figures that have a place beside these evaluations. */
export function figuresOf(evaluations: readonly (Evaluation | undefined)[]): Figure[] {
  return FIGURES.filter(({ atWish, read }) => !atWish || evaluations.some((e) => e && read(e) !== null))
}

export const figureOf = (id: FigureId): Figure => FIGURES.find((f) => f.id === id)!

function perplexity(set: Texts | undefined): Reading | null {
  return set && set.after !== null ? reading(set.after, set.before, set.n, set.intervals['after']) : null
}

type Written = NonNullable<Evaluation['approved']>

function writing(
  approved: Written | undefined,
  what: 'passages' | 'otherHeaders' | 'others',
  share: 'written' | 'identical'
): Reading | null {
  const measured: { n: number; written?: number | null; identical?: number | null } | undefined = approved?.[what]
  const value = measured?.[share]
  return typeof value === 'number' ? reading(value, null, measured!.n, approved!.intervals[`${what}.${share}`]) : null
}

function reading(value: number, before: number | null, n: number, interval: Interval | null | undefined): Reading {
  return { value, before, n, interval: interval ?? null }
}

/** With as many digits as tell something. */
export function shown(value: number, unit: Unit): string {
  if (unit === 'share') return `${(100 * value).toFixed(1)} %`
  if (unit === 'nats') return value === 0 ? '0' : value < 1e-3 ? value.toExponential(1) : value.toFixed(4)
  if (value >= 1000) return value.toLocaleString('en', { maximumFractionDigits: 0 })
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3)
}
