/** Whitening of joined key parts, fitted on background states. */
import type { Whitening } from './key.ts'
import { cholesky, eigenvectors, secondMoments, solveLower, solveUpper, withSign } from './symmetric.ts'

/** Share of a part's mean within-text variance that is added to each of its components: no direction is blown up. */
const RIDGE = 0.1
/** Longest key; the directions that are left out tell prompts apart less than rewording moves them. */
const LARGEST_KEY = 64

/**
 * Linear discriminant analysis (Fisher; for many classes Rao): of all directions those along which different prompts
 * differ most, compared with how far rewording moves a prompt along them. Parts are taken together, since a change of
 * one that comes with a change of another is recognised only then.
 *
 * states: a row [P D] for each prompt; rewordings: differences [P D], reworded minus original; width: D. The length of
 * a direction makes rewordings move equally far along each; the scale of all makes the mean square of a component 1.
 * The same background gives the same bits.
 */
export function fitWhitening(
  states: readonly Float32Array[],
  rewordings: readonly Float32Array[],
  width: number
): Whitening {
  const length = states[0].length
  const centre = new Float64Array(length)
  for (const state of states) for (let d = 0; d < length; d++) centre[d] += state[d] / states.length
  const factor = cholesky(withRidge(secondMoments(rewordings, length), width))
  const centred = states.map((state) => Float64Array.from(state, (v, d) => v - centre[d]))
  const spread = centred.map((state) => solveLower(factor, state))
  const directions = leadingDirections(spread)
    .slice(0, LARGEST_KEY)
    .map((direction) => withSign(solveUpper(factor, direction)))
  return scaled(directions, centre, centred)
}

function withRidge(within: Float64Array[], width: number): Float64Array[] {
  for (let part = 0; part < within.length; part += width) {
    let trace = 0
    for (let d = part; d < part + width; d++) trace += within[d][d]
    // Without any variance a part is left as it is.
    const ridge = trace > 0 ? (RIDGE * trace) / width : 1
    for (let d = part; d < part + width; d++) within[d][d] += ridge
  }
  return within
}

/** Unit eigenvectors [n] of the rows' second moments, largest first, by the smaller of the two ways. */
function leadingDirections(rows: readonly Float64Array[]): Float64Array[] {
  const length = rows[0].length
  if (length <= rows.length) return eigenvectors(secondMoments(rows, length)).map(({ vector }) => vector)
  const products = rows.map((a) => Float64Array.from(rows, (b) => dot(a, b)))
  const found = eigenvectors(products)
  return found
    .filter(({ value }) => value > 1e-9 * found[0].value)
    .map(({ value, vector }) => {
      const direction = new Float64Array(length)
      rows.forEach((row, i) => {
        for (let d = 0; d < length; d++) direction[d] += (vector[i] / Math.sqrt(value)) * row[d]
      })
      return direction
    })
}

/** Directions as the columns of a matrix, at a scale at which the states have mean square 1. */
function scaled(
  directions: readonly Float64Array[],
  centre: Float64Array,
  centred: readonly Float64Array[]
): Whitening {
  let squares = 0
  for (const state of centred) for (const direction of directions) squares += dot(state, direction) ** 2
  const unit = 1 / Math.sqrt(squares / (centred.length * directions.length) || 1)
  const matrix = new Float32Array(centre.length * directions.length)
  directions.forEach((direction, j) => {
    for (let d = 0; d < centre.length; d++) matrix[d * directions.length + j] = direction[d] * unit
  })
  return { centre: Float32Array.from(centre), matrix }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
