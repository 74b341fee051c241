/** The nearest rival of each of many records at once: exact, and much faster than one search after the other. */
import { distanceWithin } from '../../editor/neuron-index/distance.ts'
import { principalDirections } from '../../editor/neuron-index/principal-directions.ts'
import { Turns } from './turns.ts'

/** A live record, as far as rivalry goes; block and says are small numbers that stand for them. */
export interface Contender {
  readonly key: Float32Array
  readonly block: number
  readonly says: number
}

export interface Rivals {
  /** place of the nearest contender in conflict, of equally near ones the later; -1: there is none */
  readonly nearest: Int32Array
  /** how far its key is; Infinity where there is none */
  readonly distances: Float64Array
}

const DIRECTIONS = 16
/** Keys that the directions are fitted on, without a pause: how well they are chosen only matters for speed. */
const SAMPLE = 48
/** Share of a coordinate's size by which a bound is lowered: it covers the rounding of coordinates to float32. */
const SLACK = 1e-5

/**
 * Keys that are near lie near in every projection. So contenders are sorted along the first principal direction, each
 * looks to both sides no farther than its nearest rival so far, and whom the other directions show to be farther is
 * never compared in full. What decides is the canonical distance alone.
 */
export async function nearestRivals(contenders: readonly Contender[]): Promise<Rivals> {
  const count = contenders.length
  const nearest = new Int32Array(count).fill(-1)
  const distances = new Float64Array(count).fill(Infinity)
  if (count === 0) return { nearest, distances }
  const turns = new Turns()
  const { coordinates, slack } = await projected(contenders, turns)
  const order = Int32Array.from(contenders.keys()).sort(
    (a, b) => coordinates[a * DIRECTIONS] - coordinates[b * DIRECTIONS] || a - b
  )
  // In that order, so that neighbours lie beside each other in memory.
  const sorted = new Float32Array(coordinates.length)
  order.forEach((one, place) =>
    sorted.set(coordinates.subarray(one * DIRECTIONS, (one + 1) * DIRECTIONS), place * DIRECTIONS)
  )
  const blocks = Int32Array.from(order, (one) => contenders[one].block)
  const says = Int32Array.from(order, (one) => contenders[one].says)

  for (let place = 0; place < count; place++) {
    if (turns.isDue) await turns.next()
    const { key } = contenders[order[place]]
    const at = place * DIRECTIONS
    let limit = Infinity
    /** square of the limit, with the room that rounding needs */
    let beyond = Infinity
    let found = -1
    const look = (other: number): void => {
      if (blocks[other] === blocks[place] || says[other] === says[place]) return
      const start = other * DIRECTIONS
      let sum = 0
      for (let j = 0; j < DIRECTIONS; j += 4) {
        const d0 = sorted[at + j] - sorted[start + j]
        const d1 = sorted[at + j + 1] - sorted[start + j + 1]
        const d2 = sorted[at + j + 2] - sorted[start + j + 2]
        const d3 = sorted[at + j + 3] - sorted[start + j + 3]
        sum += d0 * d0 + d1 * d1 + (d2 * d2 + d3 * d3)
        if (sum > beyond) return
      }
      const entry = order[other]
      const distance = distanceWithin(key, contenders[entry].key, limit)
      if (distance > limit || (distance === limit && entry < found)) return
      limit = distance
      beyond = (limit + slack) ** 2
      found = entry
    }
    let [below, above] = [place - 1, place + 1]
    while (below >= 0 || above < count) {
      if (below >= 0) {
        const gap = sorted[at] - sorted[below * DIRECTIONS]
        if (gap * gap > beyond) below = -1
        else look(below--)
      }
      if (above < count) {
        const gap = sorted[above * DIRECTIONS] - sorted[at]
        if (gap * gap > beyond) above = count
        else look(above++)
      }
    }
    nearest[order[place]] = found
    distances[order[place]] = limit
  }
  return { nearest, distances }
}

/** Coordinates [count, DIRECTIONS] of keys along principal directions, and by how much distances of them can be off. */
async function projected(
  contenders: readonly Contender[],
  turns: Turns
): Promise<{ coordinates: Float32Array; slack: number }> {
  const width = contenders[0].key.length
  const step = Math.ceil(contenders.length / SAMPLE)
  const sample = contenders.flatMap(({ key }, place) => (place % step === 0 ? [key] : []))
  const { mean, directions } = principalDirections(sample, DIRECTIONS)
  const coordinates = new Float32Array(contenders.length * DIRECTIONS)
  let largest = 0
  for (const [place, { key }] of contenders.entries()) {
    if (turns.isDue) await turns.next()
    for (let j = 0; j < DIRECTIONS; j++) {
      let sum = 0
      for (let i = 0; i < width; i++) sum += (key[i] - mean[i]) * directions[j * width + i]
      coordinates[place * DIRECTIONS + j] = sum
      largest = Math.max(largest, Math.abs(sum))
    }
  }
  return { coordinates, slack: SLACK * largest }
}
