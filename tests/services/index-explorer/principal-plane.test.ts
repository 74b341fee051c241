import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { onPlane, principalPlane } from '../../../src/main/services/index-explorer/principal-plane.ts'
import { gaussian, randomOf } from '../../editor/neuron-index/sessions.ts'

interface Case {
  name: string
  keys: number[][]
  points: [number, number][]
  shares: [number, number]
}

const cases = JSON.parse(readFileSync(new URL('golden/plane.json', import.meta.url), 'utf8')) as Case[]
const keysOf = ({ keys }: Case): Float32Array[] => keys.map((key) => Float32Array.from(key))

describe('the plane of principal components', () => {
  it.each(cases.map((one) => [one.name, one] as const))('is that of numpy, signs and all: %s', async (_, one) => {
    const plane = await principalPlane(keysOf(one))
    const size = Math.max(...one.points.flat().map(Math.abs))
    keysOf(one).forEach((key, i) => {
      const point = onPlane(plane, key)
      for (const axis of [0, 1]) expect(Math.abs(point[axis] - one.points[i][axis])).toBeLessThan(1e-5 * size)
    })
    for (const axis of [0, 1]) expect(plane.shares[axis]).toBeCloseTo(one.shares[axis], 8)
  })

  it('is the same however the keys are ordered, up to rounding, and orthonormal where they are wide', async () => {
    const random = randomOf(3)
    const keys = Array.from({ length: 500 }, () => gaussian(random, 300).map((v, i) => v * 0.99 ** i))
    const [plane, turned] = [await principalPlane(keys), await principalPlane(keys.toReversed())]
    const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i], 0)
    for (const axis of [0, 1] as const) {
      expect(dot(plane.axes[axis], plane.axes[axis])).toBeCloseTo(1, 10)
      expect(dot(plane.axes[axis], turned.axes[axis])).toBeCloseTo(1, 8)
      const peak = plane.axes[axis].reduce((most, v) => (Math.abs(v) > Math.abs(most) ? v : most), 0)
      expect(peak).toBeGreaterThan(0)
    }
    expect(dot(plane.axes[0], plane.axes[1])).toBeCloseTo(0, 10)
  })

  it('of no key, of one, and of equal ones is a point', async () => {
    expect((await principalPlane([])).shares).toEqual([0, 0])
    for (const keys of [[Float32Array.of(1, 2, 3)], Array.from({ length: 5 }, () => Float32Array.of(1, 2, 3))]) {
      const plane = await principalPlane(keys)
      expect(plane.shares).toEqual([0, 0])
      expect(onPlane(plane, keys[0])).toEqual([0, 0])
    }
  })
})
