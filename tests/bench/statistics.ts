/** Medians, and the ratio of two series that were measured in turn. */

export interface Ratio {
  /** of the medians */
  readonly median: number
  /** of the rounds: both were measured one right after the other in each */
  readonly min: number
  readonly max: number
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** How many times `base` takes what `ours` takes, over rounds of milliseconds: above 1, ours is faster. */
export function speedup(ours: readonly number[], base: readonly number[]): Ratio {
  const rounds = ours.map((milliseconds, round) => base[round] / milliseconds)
  return { median: median(base) / median(ours), min: Math.min(...rounds), max: Math.max(...rounds) }
}
