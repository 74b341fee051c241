import { principalDirections, type PrincipalDirections } from './principal-directions.ts'

/** A key as the bounds see it. */
interface Keyed {
  readonly key: Float32Array
  readonly norm: number
}

/** Directions that keys are projected on. */
const DIRECTIONS = 32
/** Fewer keys than this are compared faster than they are projected. */
const WORTHWHILE = 256
/** The directions are fitted anew when the keys are this many times as many. */
const GROWTH = 4
/** Numbers of a projected key: its coordinates, the length of what the directions leave of it, and its own length. */
const STRIDE = DIRECTIONS + 2
/**
 * Share of the keys' lengths by which a bound is lowered. It covers the rounding of the coordinates to float32 (1e-7)
 * and of the remaining length, a root of a difference (1e-6 for the widest keys), with room.
 */
const SLACK = 1e-5

/**
 * Bounds from below for the distances from a query to many keys, by their coordinates along the principal directions of
 * the keys and the length of the rest: neither a projection nor a length can differ by more than the keys do.
 *
 * To project n keys costs as much as DIRECTIONS full scans of them, so it is put off until as many were asked for.
 */
export class ProjectedKeys {
  /** the keys; may grow at its end */
  readonly #keys: readonly Keyed[]
  #fit: PrincipalDirections | null = null
  #fittedOn = 0
  #queries = 0
  #coordinates = new Float32Array(0)
  #projected = 0
  #meanNorm = 0
  #centred = new Float64Array(0)

  constructor(keys: readonly Keyed[]) {
    this.#keys = keys
  }

  /** For each of `entries`, numbers of keys, a distance that its true one is not below; all 0 while nothing is known. */
  boundsFrom(query: Float32Array, queryNorm: number, entries: Int32Array): Float64Array {
    const bounds = new Float64Array(entries.length)
    this.#prepare()
    if (!this.#fit) return bounds
    const at = new Float32Array(STRIDE)
    this.#project(this.#fit, query, at, 0)
    const coordinates = this.#coordinates
    const slack = SLACK * (queryNorm + this.#meanNorm)
    for (let i = 0; i < entries.length; i++) {
      const start = entries[i] * STRIDE
      let s0 = 0
      let s1 = 0
      for (let j = 0; j < DIRECTIONS; j += 2) {
        const d0 = at[j] - coordinates[start + j]
        const d1 = at[j + 1] - coordinates[start + j + 1]
        s0 += d0 * d0
        s1 += d1 * d1
      }
      const rest = at[DIRECTIONS] - coordinates[start + DIRECTIONS]
      const keyNorm = coordinates[start + DIRECTIONS + 1]
      bounds[i] = Math.max(0, Math.sqrt(s0 + s1 + rest * rest) - SLACK * keyNorm - slack)
    }
    return bounds
  }

  /** Fits and projects what is due. */
  #prepare(): void {
    const count = this.#keys.length
    this.#queries++
    if (count >= Math.max(WORTHWHILE, GROWTH * this.#fittedOn) && this.#queries > DIRECTIONS) {
      this.#fit = principalDirections(
        this.#keys.map(({ key }) => key),
        DIRECTIONS
      )
      this.#meanNorm = Math.hypot(...this.#fit.mean)
      this.#fittedOn = count
      this.#queries = 0
      this.#projected = 0
    }
    if (!this.#fit) return
    if (this.#coordinates.length < count * STRIDE) {
      const larger = new Float32Array(2 * count * STRIDE)
      larger.set(this.#coordinates)
      this.#coordinates = larger
    }
    for (; this.#projected < count; this.#projected++) {
      const { key, norm } = this.#keys[this.#projected]
      const start = this.#projected * STRIDE
      this.#project(this.#fit, key, this.#coordinates, start)
      this.#coordinates[start + DIRECTIONS + 1] = norm
    }
  }

  /** Writes the coordinates of a key [width], and the length of the rest, to `out` from `start` on. */
  #project({ mean, directions }: PrincipalDirections, key: Float32Array, out: Float32Array, start: number): void {
    const width = key.length
    const centred = this.#centred.length === width ? this.#centred : (this.#centred = new Float64Array(width))
    let rest = 0
    for (let i = 0; i < width; i++) {
      centred[i] = key[i] - mean[i]
      rest += centred[i] * centred[i]
    }
    for (let j = 0; j < DIRECTIONS; j++) {
      const row = j * width
      let s0 = 0
      let s1 = 0
      let i = 0
      for (; i + 2 <= width; i += 2) {
        s0 += centred[i] * directions[row + i]
        s1 += centred[i + 1] * directions[row + i + 1]
      }
      if (i < width) s0 += centred[i] * directions[row + i]
      out[start + j] = s0 + s1
      rest -= (s0 + s1) ** 2
    }
    out[start + DIRECTIONS] = Math.sqrt(Math.max(0, rest))
  }
}
