/**
 * From scored and labelled sentences to how well each score finds the wrong ones: average precision beside chance, with
 * bootstrap intervals over passages.
 *
 * Minor and major errors are each looked for among accurate sentences, the other kind left out: a score that puts the
 * one kind first has not failed to find the other.
 */
import type { Interval } from '../../../contract/evaluation.ts'
import { averagePrecision, averagePrecisionOfChance, baseRate, rank } from '../../evaluation/average-precision.ts'
import type { Ranking } from '../../evaluation/average-precision.ts'
import { bootstrapIntervals } from '../../evaluation/bootstrap.ts'
import type { Statistic } from '../../evaluation/bootstrap.ts'
import type { Label } from '../../formats/passages.ts'
import type { Chart } from './line-chart.ts'
import type { Page } from './study-page.ts'
import type { Point } from './sweep.ts'

/** By the score's name, nats: higher = more suspicious; null where it has none. */
export type Scores = Record<string, number | null>

export interface ScoredPassage {
  readonly passage: string
  readonly sentences: readonly { readonly label: Label | null; readonly scores: Scores }[]
}

export const ERRORS = ['all', 'minor', 'major'] as const
export type Errors = (typeof ERRORS)[number]

export interface SuggestionFigure {
  score: string
  /** what is looked for, and where: in all passages at once, or in each by itself (mean over those that have both kinds) */
  errors: Errors
  where: 'all passages' | 'each passage'
  passages: number
  sentences: number
  wrong: number
  averagePrecision: number | null
  interval: Interval | null
  /** all passages: the base rate; each passage: the mean over all orders of its sentences */
  chance: number | null
  /** of average precision less chance, both of the same resample */
  gainInterval: Interval | null
}

const LOOKED_FOR: Record<Errors, readonly Label[]> = {
  all: ['minor_inaccurate', 'major_inaccurate'],
  minor: ['minor_inaccurate'],
  major: ['major_inaccurate']
}

/** A sentence that counts for one kind of errors and one score; `item` is its passage, which is what is resampled. */
interface Counted {
  item: number
  score: number
  wanted: boolean
}

export function suggestionFigures(points: readonly Point<readonly ScoredPassage[]>[]): SuggestionFigure[] {
  const passages = points.flatMap((p) => p.result)
  return scoreNames(passages).flatMap((score) => [
    ...ERRORS.map((errors) => overAll(passages, score, errors)),
    withinEach(passages, score)
  ])
}

function scoreNames(passages: readonly ScoredPassage[]): string[] {
  return [...new Set(passages.flatMap((p) => p.sentences.flatMap((s) => Object.keys(s.scores))))]
}

function counted({ sentences }: ScoredPassage, item: number, score: string, errors: Errors): Counted[] {
  return sentences.flatMap(({ label, scores }) => {
    const value = scores[score]
    if (value === null || value === undefined || label === null) return []
    const wanted = LOOKED_FOR[errors].includes(label)
    return wanted || label === 'accurate' ? [{ item, score: value, wanted }] : []
  })
}

function overAll(passages: readonly ScoredPassage[], score: string, errors: Errors): SuggestionFigure {
  const sentences = passages.flatMap((passage, item) => counted(passage, item, score, errors))
  const ranking = rank(sentences)
  const gain: Statistic = (items) => {
    const times = timesOf(items, passages.length)
    const [area, chance] = [averagePrecision(ranking, (i) => times[i]), baseRate(ranking, (i) => times[i])]
    return area === null || chance === null ? null : area - chance
  }
  const area: Statistic = (items) => {
    const times = timesOf(items, passages.length)
    return averagePrecision(ranking, (i) => times[i])
  }
  const intervals = bootstrapIntervals(passages.length, { area, gain })
  return {
    score,
    errors,
    where: 'all passages',
    passages: new Set(sentences.map((s) => s.item)).size,
    sentences: sentences.length,
    wrong: sentences.filter((s) => s.wanted).length,
    averagePrecision: averagePrecision(ranking, once),
    interval: intervals.area,
    chance: baseRate(ranking, once),
    gainInterval: intervals.gain
  }
}

function withinEach(passages: readonly ScoredPassage[], score: string): SuggestionFigure {
  const each = passages
    .map((passage, item) => counted(passage, item, score, 'all'))
    .filter((list) => list.some((s) => s.wanted) && list.some((s) => !s.wanted))
  const wrong = (list: Counted[]): number => list.filter((s) => s.wanted).length
  const areas = each.map((list) => averagePrecision(rank(list), once)!)
  const chances = each.map((list) => averagePrecisionOfChance(list.length, wrong(list)))
  const meanOf =
    (valueOf: (passage: number) => number): Statistic =>
    (items) =>
      items.length === 0 ? null : items.reduce((sum, i) => sum + valueOf(i), 0) / items.length
  const every = Uint32Array.from(each.keys())
  const intervals = bootstrapIntervals(each.length, {
    area: meanOf((i) => areas[i]),
    gain: meanOf((i) => areas[i] - chances[i])
  })
  return {
    score,
    errors: 'all',
    where: 'each passage',
    passages: each.length,
    sentences: each.reduce((sum, list) => sum + list.length, 0),
    wrong: each.reduce((sum, list) => sum + wrong(list), 0),
    averagePrecision: meanOf((i) => areas[i])(every),
    interval: intervals.area,
    chance: meanOf((i) => chances[i])(every),
    gainInterval: intervals.gain
  }
}

const once = (): number => 1

/** How many times each of `count` passages was drawn. */
function timesOf(items: Uint32Array, count: number): Uint32Array {
  const times = new Uint32Array(count)
  for (const item of items) times[item]++
  return times
}

export function suggestionPage(
  points: readonly Point<readonly ScoredPassage[]>[],
  figures: readonly SuggestionFigure[]
): Page {
  const passages = points.flatMap((p) => p.result)
  return {
    title: 'Where to look first: how good the suggestions are',
    intro:
      'Sentences that a model wrote, ranked by each score; area under the curve of precision over recall (average precision) for what is wrong, beside chance, with 95 % bootstrap intervals over passages. Minor and major errors are each looked for among accurate sentences.',
    table: {
      columns: [
        'score',
        'looked for',
        'ranked over',
        'passages',
        'sentences',
        'wrong',
        'average precision',
        '95 %',
        'chance',
        'gain over chance, 95 %'
      ],
      rows: figures.map((f) => [
        f.score,
        f.errors === 'all' ? 'minor or major' : f.errors,
        f.where,
        f.passages,
        f.sentences,
        f.wrong,
        f.averagePrecision,
        between(f.interval),
        f.chance,
        between(f.gainInterval)
      ])
    },
    charts: ERRORS.map((errors) => curves(passages, errors))
  }
}

const between = (interval: Interval | null): string | null =>
  interval && interval.map((end) => end.toFixed(3)).join(' to ')

/** Shares of recall at which a curve is drawn. */
const RECALLS = Array.from({ length: 20 }, (_, i) => (i + 1) / 20)

function curves(passages: readonly ScoredPassage[], errors: Errors): Chart {
  return {
    title: errors === 'all' ? 'minor or major errors' : `${errors} errors`,
    x: { label: 'recall', from: 0, to: 1 },
    y: { label: 'precision', from: 0, to: 1 },
    series: scoreNames(passages).map((name) => {
      const ranking = rank(passages.flatMap((passage, item) => counted(passage, item, name, errors)))
      return { name, points: RECALLS.map((x) => ({ x, y: precisionAt(ranking, x) })) }
    })
  }
}

/** At the first threshold that reaches this recall. */
function precisionAt({ ends, wanted }: Ranking, recall: number): number | null {
  const all = wanted.reduce((a, b) => a + b, 0)
  let found = 0
  for (let place = 0; place < wanted.length; place++) {
    found += wanted[place]
    if (ends[place] === 1 && found > 0 && found >= recall * all) return found / (place + 1)
  }
  return null
}
