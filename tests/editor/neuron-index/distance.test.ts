import { describe, expect, it } from 'vitest'
import { distance, distanceWithin, norm } from '../../../src/main/editor/neuron-index/distance.ts'
import { plainDistance } from './plain-scopes.ts'
import { displaced, gaussian, randomOf } from './sessions.ts'

const random = randomOf(5)
const widths = [1, 2, 3, 4, 5, 7, 31, 32, 33, 35, 36, 63, 64, 65, 513]

describe.each(widths)('keys %i wide', (width) => {
  const a = gaussian(random, width)
  const b = gaussian(random, width)

  it('have the Euclidean distance, the same both ways, and their distance from the origin as norm', () => {
    expect(distance(a, b)).toBeCloseTo(plainDistance(a, b), 12)
    expect(distance(b, a)).toBe(distance(a, b))
    expect(distance(a, a)).toBe(0)
    expect(norm(a)).toBe(distance(a, new Float32Array(width)))
  })

  it('are given up above a limit, never at it', () => {
    const exact = distance(a, b)
    expect(distanceWithin(a, b, exact)).toBe(exact)
    expect(distanceWithin(a, b, exact * 0.999)).toBeGreaterThan(exact * 0.999)
    expect(distanceWithin(a, a, 0)).toBe(0)
  })
})

it('sees the noise of a large key, which the form n² - 2kq + q² in float32 does not', () => {
  const key = gaussian(random, 1600).map((value) => value * 1000)
  const near = displaced(random, key, 0.5)
  expect(distance(key, near)).toBeGreaterThan(0.4)
  expect(distance(key, near)).toBeLessThan(0.6)
})
