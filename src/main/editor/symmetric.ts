/** What whitening needs of linear algebra: moments, a Cholesky factor, its solutions, leading eigenvectors. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'

/** A square matrix by rows. */
export type Square = readonly Float64Array[]

/** Mean of x x^T over rows [n]: [n, n]; zero where there are no rows. */
export function secondMoments(rows: readonly ArrayLike<number>[], width: number): Float64Array[] {
  const moments = Array.from({ length: width }, () => new Float64Array(width))
  for (const row of rows)
    for (let i = 0; i < width; i++) {
      const [value, sums] = [row[i] / rows.length, moments[i]]
      for (let j = i; j < width; j++) sums[j] += value * row[j]
    }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) moments[i][j] = moments[j][i]
  return moments
}

/** L with L L^T = matrix, which has to be positive definite; entries above the diagonal are 0. */
export function cholesky(matrix: Square): Float64Array[] {
  const factor = matrix.map((row) => new Float64Array(row.length))
  for (let i = 0; i < matrix.length; i++)
    for (let j = 0; j <= i; j++) {
      const [one, other] = [factor[i], factor[j]]
      let rest = matrix[i][j]
      for (let k = 0; k < j; k++) rest -= one[k] * other[k]
      one[j] = i === j ? Math.sqrt(rest) : rest / other[j]
    }
  return factor
}

/** y with L y = x. */
export function solveLower(factor: Square, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) {
    const row = factor[i]
    let rest = x[i]
    for (let k = 0; k < i; k++) rest -= row[k] * y[k]
    y[i] = rest / row[i]
  }
  return y
}

/** x with L^T x = y. */
export function solveUpper(factor: Square, y: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(y)
  for (let i = x.length - 1; i >= 0; i--) {
    const row = factor[i]
    x[i] /= row[i]
    for (let k = 0; k < i; k++) x[k] -= row[k] * x[i]
  }
  return x
}

/** Eigenvectors of a symmetric matrix with their values, largest first; the largest entry of each is positive. */
export function eigenvectors(matrix: Square): { value: number; vector: Float64Array }[] {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(matrix), {
    assumeSymmetric: true
  })
  return realEigenvalues
    .map((value, j) => ({ value, vector: withSign(Float64Array.from(eigenvectorMatrix.getColumn(j))) }))
    .sort((a, b) => b.value - a.value)
}

/** Eigenvectors have no sign of their own: the largest entry is made positive, so that the same data give the same bits. */
export function withSign(vector: Float64Array): Float64Array {
  const peak = vector.reduce((most, v) => (Math.abs(v) > Math.abs(most) ? v : most), 0)
  return peak < 0 ? vector.map((v) => -v) : vector
}
