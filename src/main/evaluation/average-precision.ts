/**
 * How well a score finds what is looked for: the area under the curve of precision over recall, as average precision
 * (the sum over all thresholds of precision times the recall gained there; nothing is interpolated). Items of equal
 * score come in together. Without any skill it is, on average, the share of what is looked for: the base rate.
 */

/** Items of one kind, the highest score first. */
export interface Ranking {
  /** numbers of the items */
  readonly items: Uint32Array
  /** by place in `items`: 1 where the next item has another score, so that a threshold lies between them */
  readonly ends: Uint8Array
  /** by place in `items`: 1 for what is looked for */
  readonly wanted: Uint8Array
}

/** @param items numbers of the items that count, with their scores and whether each is looked for */
export function rank(items: readonly { item: number; score: number; wanted: boolean }[]): Ranking {
  const sorted = [...items].sort((a, b) => b.score - a.score)
  return {
    items: Uint32Array.from(sorted, (i) => i.item),
    ends: Uint8Array.from(sorted, ({ score }, place) => (sorted[place + 1]?.score === score ? 0 : 1)),
    wanted: Uint8Array.from(sorted, (i) => (i.wanted ? 1 : 0))
  }
}

/**
 * @param weightOf how many times an item counts (whole numbers from 0 on): a resample of the items is told by it
 * @returns null where nothing that is looked for is there
 */
export function averagePrecision({ items, ends, wanted }: Ranking, weightOf: (item: number) => number): number | null {
  let seen = 0
  let found = 0
  let foundBefore = 0
  let area = 0
  for (let place = 0; place < items.length; place++) {
    const weight = weightOf(items[place])
    seen += weight
    found += weight * wanted[place]
    if (ends[place] === 0 || found === foundBefore) continue
    area += (found - foundBefore) * (found / seen)
    foundBefore = found
  }
  return found === 0 ? null : area / found
}

/** Share of what is looked for; null of nothing. */
export function baseRate({ items, wanted }: Ranking, weightOf: (item: number) => number): number | null {
  let seen = 0
  let found = 0
  items.forEach((item, place) => {
    seen += weightOf(item)
    found += weightOf(item) * wanted[place]
  })
  return seen === 0 ? null : found / seen
}

/**
 * What average precision comes to, on average, over all orders of `count` items of which `wanted` (one at least) are
 * looked for. It nears the base rate as the items grow many; of the few sentences of a passage it lies well above.
 */
export function averagePrecisionOfChance(count: number, wanted: number): number {
  // Given that the item at rank k is looked for, so is each of the k - 1 before it with this probability.
  const other = count > 1 ? (wanted - 1) / (count - 1) : 0
  let sum = 0
  for (let k = 1; k <= count; k++) sum += (1 + (k - 1) * other) / k
  return sum / count
}
