/**
 * How queries meet stored keys, and the pair (reach, margin) that lets most rewordings fire their own block at a wanted
 * rate of false fire.
 *
 * Only two numbers of a query decide: its distance to the nearest key, and the ratio of that to the nearest key of
 * another block. A record fires only where its rivals are farther by the margin, so the one that fires is always the
 * nearest, and the search over pairs is exact.
 */
import { distance } from './neuron-index/distance.ts'

export interface StoredKey {
  readonly key: Float32Array
  readonly block: number
}

export interface Query {
  readonly key: Float32Array
  readonly kind: string
  /** the block that ought to fire; null: none ought to */
  readonly own: number | null
}

export interface Meeting {
  readonly kind: string
  /** distance to the nearest key */
  readonly nearest: number
  /** nearest / distance to the nearest key of another block; 0 where there is none */
  readonly ratio: number
  readonly own: boolean
}

export interface Meetings {
  /** edited prompts, read once more in another request shape; none where they were not */
  readonly repeated: readonly Meeting[]
  readonly rewordings: readonly Meeting[]
  readonly otherPeople: readonly Meeting[]
  readonly samePassages: readonly Meeting[]
}

export interface FireRates {
  /** reworded prompts that fire their own block, by kind of rewording */
  readonly own: Readonly<Record<string, { n: number; share: number }>>
  /** prompts about other people that fire any block */
  readonly otherPeople: { n: number; share: number }
  /** unedited places of the same passages that fire any block */
  readonly samePassages: { n: number; share: number }
}

export interface Pair {
  readonly reach: number
  readonly margin: number
}

export interface WantedRates {
  readonly otherPeople: number
  readonly samePassages: number
}

const MARGINS = Array.from({ length: 46 }, (_, i) => (50 + i) / 100)

/** @param stored at least one */
export function meet({ key, kind, own }: Query, stored: readonly StoredKey[]): Meeting {
  const distances = stored.map((s) => distance(key, s.key))
  const nearest = distances.reduce((best, d, i) => (d < distances[best] ? i : best), 0)
  const rival = distances.reduce(
    (least, d, i) => (stored[i].block !== stored[nearest].block && d < least ? d : least),
    Infinity
  )
  return {
    kind,
    nearest: distances[nearest],
    ratio: distances[nearest] === 0 ? 0 : distances[nearest] / rival,
    own: stored[nearest].block === own
  }
}

export const fires = (m: Meeting, { reach, margin }: Pair): boolean => m.nearest <= reach && m.ratio <= margin

export interface Chosen extends Pair {
  /** share of the rewordings that fire their own block */
  readonly own: number
}

/** null where no pair meets the wanted rates */
export function choosePair(met: Meetings, wanted: WantedRates): Chosen | null {
  let best: Chosen | null = null
  for (const margin of MARGINS) {
    const reach = Math.min(
      largestReach(met.otherPeople, margin, wanted.otherPeople),
      largestReach(met.samePassages, margin, wanted.samePassages),
      farthestOwn(met.rewordings, margin)
    )
    const own =
      met.rewordings.filter((m) => m.own && fires(m, { reach, margin })).length / Math.max(met.rewordings.length, 1)
    if (reach > 0 && (!best || own > best.own)) best = { reach, margin, own }
  }
  return best
}

export function ratesOf(met: Meetings, pair: Pair): FireRates {
  const kinds = [...new Set(met.rewordings.map((m) => m.kind))].sort()
  return {
    own: Object.fromEntries(
      kinds.map((kind) => [
        kind,
        share(
          met.rewordings.filter((m) => m.kind === kind),
          (m) => m.own && fires(m, pair)
        )
      ])
    ),
    otherPeople: share(met.otherPeople, (m) => fires(m, pair)),
    samePassages: share(met.samePassages, (m) => fires(m, pair))
  }
}

function share(list: readonly Meeting[], hit: (m: Meeting) => boolean): { n: number; share: number } {
  return { n: list.length, share: list.filter(hit).length / Math.max(list.length, 1) }
}

/** Distance of the farthest rewording that can fire its own block under this margin: more reach would win nothing. */
function farthestOwn(rewordings: readonly Meeting[], margin: number): number {
  return rewordings.reduce((most, m) => (m.own && m.ratio <= margin ? Math.max(most, m.nearest) : most), 0)
}

/** The largest reach at which at most `allowed` of the meetings fire under this margin; infinite if no reach is too far. */
export function largestReach(list: readonly Meeting[], margin: number, allowed: number): number {
  const close = list
    .filter((m) => m.ratio <= margin)
    .map((m) => m.nearest)
    .sort((a, b) => a - b)
  const most = Math.floor(allowed * list.length)
  // Just below the first one too many.
  return close.length > most ? close[most] * (1 - 1e-6) : Infinity
}
