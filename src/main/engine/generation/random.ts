/** Seeded random numbers, the same on every machine. */

/**
 * A generator of uniform numbers in [0, 1): SplitMix32. Its state is a counter that steps by the golden ratio's
 * fraction of 2^32; each value is the counter, mixed by two multiplications (constants of Steele, Lea and Flood's
 * "Fast splittable pseudorandom number generators", OOPSLA 2014, in MurmurHash3's 32-bit form). Period 2^32.
 */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    return mix(state) / 2 ** 32
  }
}

/** The one uniform number in [0, 1) that belongs to a step: a text does not depend on how often it was asked for. */
export function randomAt(seed: number, step: number): number {
  return randomFrom(mix((mix(seed | 0) + step) | 0))()
}

/** A bijection of 32-bit words that scatters neighbours (MurmurHash3's finaliser): unsigned. */
function mix(word: number): number {
  let x = word
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
