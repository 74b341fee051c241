/**
 * The one distance of the neuron index: Euclidean, by direct differences, summed in float64 in a fixed order.
 * Whatever decides (routing, superseding, clusters, what the explorer shows) uses these functions, so that two places
 * can never disagree about which key is nearer. The form n² - 2kq + q² loses the small distances that matter here.
 */

/** Elements that are summed between two looks at the limit. */
const STRIDE = 32

/** A partial sum above limit² by more than rounding proves that the distance is above the limit. */
const ROUNDING = 1 + 1e-12

/** Euclidean distance of two keys [d]; both must have the same length. */
export function distance(a: Float32Array, b: Float32Array): number {
  return distanceWithin(a, b, Infinity)
}

/**
 * `distance(a, b)` where that is at most `limit`; otherwise either the distance or Infinity.
 * Sums only grow while they are added up, so that giving up early never changes an answer.
 */
export function distanceWithin(a: Float32Array, b: Float32Array, limit: number): number {
  const width = a.length
  const limitSquared = limit * limit * ROUNDING
  // Four sums hide the latency of an addition; their order is part of the definition.
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let i = 0
  while (i + 4 <= width) {
    const end = Math.min(i + STRIDE, width - 3)
    for (; i < end; i += 4) {
      const d0 = a[i] - b[i]
      const d1 = a[i + 1] - b[i + 1]
      const d2 = a[i + 2] - b[i + 2]
      const d3 = a[i + 3] - b[i + 3]
      s0 += d0 * d0
      s1 += d1 * d1
      s2 += d2 * d2
      s3 += d3 * d3
    }
    if (s0 + s1 + (s2 + s3) > limitSquared) return Infinity
  }
  for (; i < width; i++) {
    const d0 = a[i] - b[i]
    s0 += d0 * d0
  }
  return Math.sqrt(s0 + s1 + (s2 + s3))
}

/** Euclidean length of a key [d]: its distance from the origin. NaN or Infinity where the key is not finite. */
export function norm(key: Float32Array): number {
  const width = key.length
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let i = 0
  for (; i + 4 <= width; i += 4) {
    const d0 = key[i]
    const d1 = key[i + 1]
    const d2 = key[i + 2]
    const d3 = key[i + 3]
    s0 += d0 * d0
    s1 += d1 * d1
    s2 += d2 * d2
    s3 += d3 * d3
  }
  for (; i < width; i++) {
    const d0 = key[i]
    s0 += d0 * d0
  }
  return Math.sqrt(s0 + s1 + (s2 + s3))
}
