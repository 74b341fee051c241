/** Whitening of key parts, fitted on background states. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import type { Whitening } from './key.ts'

/** Eigenvalues below this share of the largest are floored: directions of pure noise would be blown up else. */
const EIGENVALUE_FLOOR = 1e-2

/**
 * Whitens what rewording changes (within-class covariance normalisation; Hatch, Kajarekar and Stolcke, "Within-class
 * covariance normalization for SVM-based speaker recognition", Interspeech 2006): directions in which a prompt moves
 * when it is reworded are shrunk, so that what is left tells prompts apart by what they say.
 *
 * states: n rows [D], for the centre and the scale; rewordings: m differences [D], reworded minus original. The result
 * is scaled so that the mean square of a component over the states is 1. Signs are fixed (the largest entry of each
 * direction is positive), so the same background gives the same bits.
 */
export function fitWhitening(states: readonly Float32Array[], rewordings: readonly Float32Array[]): Whitening {
  const width = states[0].length
  const centre = new Float64Array(width)
  for (const s of states) for (let d = 0; d < width; d++) centre[d] += s[d] / states.length
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(secondMoments(rewordings, width), {
    assumeSymmetric: true
  })
  const floor = EIGENVALUE_FLOOR * Math.max(...realEigenvalues)
  const matrix = new Float64Array(width * width)
  for (let j = 0; j < width; j++) {
    const direction = eigenvectorMatrix.getColumn(j)
    const peak = direction.reduce((most, v) => (Math.abs(v) > Math.abs(most) ? v : most), 0)
    const scale = Math.sign(peak || 1) / Math.sqrt(Math.max(realEigenvalues[j], floor, Number.MIN_VALUE))
    for (let d = 0; d < width; d++) matrix[d * width + j] = direction[d] * scale
  }
  const unit = 1 / Math.sqrt(meanSquare(states, centre, matrix) || 1)
  return { centre: Float32Array.from(centre), matrix: Float32Array.from(matrix, (v) => v * unit) }
}

/** Mean of x x^T over the rows: [D, D]. */
function secondMoments(rows: readonly Float32Array[], width: number): Matrix {
  const sums = Array.from({ length: width }, () => new Float64Array(width))
  for (const row of rows)
    for (let i = 0; i < width; i++) {
      const [value, sum] = [row[i], sums[i]]
      for (let j = i; j < width; j++) sum[j] += value * row[j]
    }
  const moments = Matrix.zeros(width, width)
  for (let i = 0; i < width; i++)
    for (let j = i; j < width; j++) {
      moments.set(i, j, sums[i][j] / rows.length)
      moments.set(j, i, sums[i][j] / rows.length)
    }
  return moments
}

/** Mean square of the components of (x - centre) W over the states. */
function meanSquare(states: readonly Float32Array[], centre: Float64Array, matrix: Float64Array): number {
  const width = centre.length
  const component = new Float64Array(width)
  let total = 0
  for (const state of states) {
    component.fill(0)
    for (let d = 0; d < width; d++) {
      const centred = state[d] - centre[d]
      for (let j = 0; j < width; j++) component[j] += centred * matrix[d * width + j]
    }
    for (const c of component) total += (c * c) / (width * states.length)
  }
  return total
}
