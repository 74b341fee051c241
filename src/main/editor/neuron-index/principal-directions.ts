/** Orthonormal directions [count, width] in row-major order, and the mean [width] of the keys that they were fitted on. */
export interface PrincipalDirections {
  readonly count: number
  readonly mean: Float64Array
  readonly directions: Float64Array
}

/** Keys that the directions are fitted on: more would not turn them much. */
const SAMPLE = 512
const ITERATIONS = 3

/**
 * Directions along which keys [width] differ most, by subspace iteration on an even sample of them. They are as
 * orthonormal as float64 allows; how well they are chosen only matters for speed.
 */
export function principalDirections(keys: readonly Float32Array[], count: number): PrincipalDirections {
  const width = keys[0].length
  const step = Math.max(1, Math.floor(keys.length / SAMPLE))
  const sample = keys.filter((_, i) => i % step === 0)
  const mean = new Float64Array(width)
  for (const key of sample) for (let i = 0; i < width; i++) mean[i] += key[i] / sample.length
  const centred = sample.map((key) => Float64Array.from(key, (value, i) => value - mean[i]))

  let rows = startingRows(count, width)
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    orthonormalise(rows)
    rows = rows.map((row) => {
      const next = new Float64Array(width)
      for (const key of centred) addScaled(next, key, dot(row, key))
      return next
    })
  }
  orthonormalise(rows)
  const directions = new Float64Array(count * width)
  rows.forEach((row, i) => directions.set(row, i * width))
  return { count, mean, directions }
}

/** Gram-Schmidt, twice over so that rounding does not add up; a row that depends on those before it becomes zero. */
function orthonormalise(rows: readonly Float64Array[]): void {
  rows.forEach((row, i) => {
    const before = Math.sqrt(dot(row, row))
    for (let pass = 0; pass < 2; pass++)
      for (const earlier of rows.slice(0, i)) addScaled(row, earlier, -dot(row, earlier))
    const length = Math.sqrt(dot(row, row))
    const scale = length > 1e-8 * before ? 1 / length : 0
    for (let j = 0; j < row.length; j++) row[j] *= scale
  })
}

/** Rows in no particular direction, the same every time. */
function startingRows(count: number, width: number): Float64Array[] {
  let state = 1
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  return Array.from({ length: count }, () => Float64Array.from({ length: width }, next))
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

export function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i] += source[i] * scale
}
