/**
 * What the meetings of a calibration show: by kind of prompt the histograms of the distance to the nearest key and of
 * its ratio to the nearest rival, and own-block fire against false fire as the reach grows.
 */
import { fires } from './key-meetings.ts'
import type { Meeting, Meetings, Pair } from './key-meetings.ts'

/** Counts of bins: of prompts whose own block has the nearest key, and of those where another one has. */
export interface Bins {
  readonly own: readonly number[]
  readonly other: readonly number[]
}

/** By nearest rank. */
export interface Spread {
  readonly low: number
  readonly middle: number
  readonly high: number
}

/** Prompts of one kind. */
export interface KindEvidence {
  readonly kind: string
  readonly n: number
  /** by the pair: any block; the own one */
  readonly fired: number
  readonly firedOwn: number
  readonly withinReach: number
  readonly withinMargin: number
  readonly distance: Spread
  readonly ratio: Spread
  readonly distances: Bins
  readonly ratios: Bins
}

/** Shares that fire at a reach, under the margin of the pair; null where there is no such prompt. */
export interface FirePoint {
  readonly reach: number
  /** rewordings that fire their own block */
  readonly own: number | null
  readonly otherPeople: number | null
  readonly samePassages: number | null
}

export interface KeyEvidence {
  /** width of a bin; the first begins at 0, and the last holds its upper end too */
  readonly distanceStep: number
  readonly ratioStep: number
  /** repeated prompts, rewordings by kind, unedited places of the same passages, other people; those that there are */
  readonly kinds: readonly KindEvidence[]
  /** the reach of the pair among them, in ascending order */
  readonly curve: readonly FirePoint[]
}

const DISTANCE_BINS = 32
const RATIO_BINS = 25
const CURVE_POINTS = 60
const LOW = 0.05
const HIGH = 0.95

export function keyEvidence(met: Meetings, pair: Pair): KeyEvidence {
  const kinds = byKind(met)
  const farthest = kinds.flatMap(([, list]) => list).reduce((most, m) => Math.max(most, m.nearest), pair.reach)
  const distanceStep = farthest / DISTANCE_BINS || 1
  const ratioStep = 1 / RATIO_BINS
  return {
    distanceStep,
    ratioStep,
    kinds: kinds.map(([kind, list]) => ({
      kind,
      n: list.length,
      fired: list.filter((m) => fires(m, pair)).length,
      firedOwn: list.filter((m) => m.own && fires(m, pair)).length,
      withinReach: list.filter((m) => m.nearest <= pair.reach).length,
      withinMargin: list.filter((m) => m.ratio <= pair.margin).length,
      distance: spreadOf(list.map((m) => m.nearest)),
      ratio: spreadOf(list.map((m) => m.ratio)),
      distances: binsOf(list, (m) => m.nearest, distanceStep, DISTANCE_BINS),
      ratios: binsOf(list, (m) => m.ratio, ratioStep, RATIO_BINS)
    })),
    curve: fireCurve(met, pair)
  }
}

function byKind({ repeated, rewordings, samePassages, otherPeople }: Meetings): [string, readonly Meeting[]][] {
  const kinds = [...new Set(rewordings.map((m) => m.kind))].sort()
  const lists: [string, readonly Meeting[]][] = [
    ['repeated', repeated],
    ...kinds.map((kind): [string, readonly Meeting[]] => [kind, rewordings.filter((m) => m.kind === kind)]),
    ['same passage', samePassages],
    ['other people', otherPeople]
  ]
  return lists.filter(([, list]) => list.length > 0)
}

function binsOf(list: readonly Meeting[], of: (m: Meeting) => number, step: number, bins: number): Bins {
  const counts = { own: new Array<number>(bins).fill(0), other: new Array<number>(bins).fill(0) }
  for (const m of list) counts[m.own ? 'own' : 'other'][Math.min(bins - 1, Math.floor(of(m) / step))]++
  return counts
}

/** @param values at least one */
function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  return { low: at(LOW), middle: at(0.5), high: at(HIGH) }
}

/** Reach by reach at which something more can fire; of many, evenly chosen ones. */
function fireCurve({ rewordings, otherPeople, samePassages }: Meetings, { reach, margin }: Pair): FirePoint[] {
  const close = (list: readonly Meeting[]): number[] =>
    list.flatMap((m) => (m.ratio <= margin ? [m.nearest] : [])).sort((a, b) => a - b)
  const [own, others, same] = [close(rewordings.filter((m) => m.own)), close(otherPeople), close(samePassages)]
  const steps = [...new Set([...own, ...others, ...same])].sort((a, b) => a - b)
  const chosen = steps.filter((_, i) => i === steps.length - 1 || i % Math.ceil(steps.length / CURVE_POINTS) === 0)
  const share = (sorted: readonly number[], of: number, at: number): number | null =>
    of === 0 ? null : sorted.filter((d) => d <= at).length / of
  return [...new Set([0, ...chosen, reach])]
    .sort((a, b) => a - b)
    .map((at) => ({
      reach: at,
      own: share(own, rewordings.length, at),
      otherPeople: share(others, otherPeople.length, at),
      samePassages: share(same, samePassages.length, at)
    }))
}
