import { expect, it } from 'vitest'
import { randomAt, randomFrom } from '../../../src/main/engine/generation/random.ts'

/** SplitMix32 in exact integers: an independent reading of its definition. */
function reference(seed: number, count: number): number[] {
  const mask = 0xffffffffn
  let state = BigInt.asUintN(32, BigInt(seed))
  return Array.from({ length: count }, () => {
    state = (state + 0x9e3779b9n) & mask
    let x = state
    x = ((x ^ (x >> 16n)) * 0x85ebca6bn) & mask
    x = ((x ^ (x >> 13n)) * 0xc2b2ae35n) & mask
    return Number(x ^ (x >> 16n)) / 2 ** 32
  })
}

it('gives the sequence of its definition', () => {
  for (const seed of [0, 1, -1, 12345, 0xffffffff]) {
    const random = randomFrom(seed)
    expect(Array.from({ length: 20 }, random)).toEqual(reference(seed, 20))
  }
})

it('is uniform over [0, 1), seeds and steps apart', () => {
  for (const sequence of [
    Array.from({ length: 20_000 }, randomFrom(3)),
    Array.from({ length: 20_000 }, (_, step) => randomAt(3, step)),
    Array.from({ length: 20_000 }, (_, seed) => randomAt(seed, 0))
  ]) {
    const counts = new Array<number>(16).fill(0)
    for (const value of sequence) counts[Math.floor(value * 16)]++
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1250) ** 2 / 1250, 0)
    expect(chiSquare).toBeLessThan(37.7) // 15 degrees of freedom, 0.1 %
    expect(Math.min(...sequence)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...sequence)).toBeLessThan(1)
  }
})
