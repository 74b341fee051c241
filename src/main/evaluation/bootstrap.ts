/** 95 % bootstrap intervals by percentiles (Efron and Tibshirani, "An Introduction to the Bootstrap", chapter 13), seeded. */
import type { Interval } from '../../contract/evaluation.ts'
import { randomFrom } from '../engine/generation/random.ts'

export interface BootstrapSettings {
  readonly resamples: number
  readonly seed: number
}

export const BOOTSTRAP: BootstrapSettings = { resamples: 1000, seed: 0 }

/** A figure of the items with these numbers; null where they have none. */
export type Statistic = (items: Uint32Array) => number | null

const TAIL = 0.025

/**
 * Draws `count` of `count` items with replacement, again and again, and gives for each statistic the interval between
 * the 2.5th and the 97.5th percentile of its values; null where it has no value. All statistics see the same draws.
 */
export function bootstrapIntervals<K extends string>(
  count: number,
  statistics: Readonly<Record<K, Statistic>>,
  { resamples, seed }: BootstrapSettings = BOOTSTRAP
): Record<K, Interval | null> {
  const random = randomFrom(seed)
  const names = Object.keys(statistics) as K[]
  const values = names.map((): number[] => [])
  const items = new Uint32Array(count)
  for (let resample = 0; resample < resamples && count > 0; resample++) {
    for (let i = 0; i < count; i++) items[i] = Math.floor(random() * count)
    names.forEach((name, s) => {
      const value = statistics[name](items)
      if (value !== null) values[s].push(value)
    })
  }
  const interval = (list: number[]): Interval | null => {
    const sorted = Float64Array.from(list).sort()
    return list.length === 0 ? null : [quantile(sorted, TAIL), quantile(sorted, 1 - TAIL)]
  }
  return Object.fromEntries(names.map((name, s) => [name, interval(values[s])])) as Record<K, Interval | null>
}

/** Of ascending values, one at least; between two of them by linear interpolation (Hyndman and Fan's type 7). */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (place - below) * (sorted[above] - sorted[below])
}
