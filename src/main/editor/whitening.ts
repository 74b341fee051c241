/** Whitening of key parts by principal components of background states. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import type { Whitening } from './key.ts'

/** Eigenvalues below this share of the largest are floored: directions of pure noise would be blown up else. */
const EIGENVALUE_FLOOR = 1e-4

/**
 * states: n rows [D] -> centre and matrix such that (x - centre) W has uncorrelated components of equal variance (less
 * where the floor holds), scaled so that their mean square over the background is 1. Signs are fixed (the largest
 * entry of each direction is positive), so the same background gives the same bits.
 */
export function fitWhitening(states: readonly Float32Array[]): Whitening {
  const width = states[0].length
  const centre = new Float64Array(width)
  for (const s of states) for (let d = 0; d < width; d++) centre[d] += s[d] / states.length
  const covariance = Matrix.zeros(width, width)
  const row = new Float64Array(width)
  const sums = Array.from({ length: width }, () => new Float64Array(width))
  for (const s of states) {
    for (let d = 0; d < width; d++) row[d] = s[d] - centre[d]
    for (let i = 0; i < width; i++) {
      const r = row[i]
      const out = sums[i]
      for (let j = i; j < width; j++) out[j] += r * row[j]
    }
  }
  for (let i = 0; i < width; i++)
    for (let j = i; j < width; j++) {
      covariance.set(i, j, sums[i][j] / states.length)
      covariance.set(j, i, sums[i][j] / states.length)
    }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true })
  const largest = Math.max(...realEigenvalues)
  const scales = realEigenvalues.map((v) => 1 / Math.sqrt(Math.max(v, EIGENVALUE_FLOOR * largest, Number.MIN_VALUE)))
  const meanSquare = realEigenvalues.reduce((sum, v, j) => sum + (Math.max(v, 0) * scales[j] ** 2) / width, 0)
  const unit = 1 / Math.sqrt(meanSquare || 1)
  const matrix = new Float32Array(width * width)
  for (let j = 0; j < width; j++) {
    let peak = 0
    for (let d = 0; d < width; d++)
      if (Math.abs(eigenvectorMatrix.get(d, j)) > Math.abs(peak)) peak = eigenvectorMatrix.get(d, j)
    const scale = Math.sign(peak || 1) * scales[j] * unit
    for (let d = 0; d < width; d++) matrix[d * width + j] = eigenvectorMatrix.get(d, j) * scale
  }
  return { centre: Float32Array.from(centre), matrix }
}
