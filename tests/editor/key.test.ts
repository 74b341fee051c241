import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyReader, keysAt, whiten } from '../../src/main/editor/key.ts'
import type { KeySpec } from '../../src/main/editor/key.ts'
import { fitWhitening } from '../../src/main/editor/whitening.ts'
import { Stream } from '../parity/random-gpt2.ts'

const D = 5
const raw: KeySpec = { layer: 1, parts: ['mean', 'last'], metric: 'euclidean', whitening: [] }
const rows = (count: number, seed: number, scale = 1): Float32Array[] => {
  const stream = new Stream(seed)
  return Array.from({ length: count }, () => stream.floats(D, scale))
}

/** Straight from the definition: rows up to the last one that is not white space. */
function direct(all: readonly Float32Array[], blank: readonly boolean[]): number[] {
  const found = blank.lastIndexOf(false)
  const last = found === -1 ? all.length - 1 : found
  const mean = Array.from({ length: D }, (_, d) => {
    const used = all.slice(0, last + 1)
    return Math.fround(used.reduce((sum, row) => sum + row[d], 0) / used.length)
  })
  return [...mean, ...all[last]]
}

describe('the deployment key', () => {
  it('read on the way is the one of the definition at every place, white space or not', () => {
    const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(flags, fc.integer({ min: 1, max: 1e6 }), (blank, seed) => {
        const all = rows(blank.length, seed)
        const lengths = blank.map((_, i) => i + 1)
        const keys = keysAt(raw, Float32Array.from(all.flatMap((r) => [...r])), D, lengths, blank)
        for (const length of lengths)
          expect([...keys[length - 1]]).toEqual(direct(all.slice(0, length), blank.slice(0, length)))
      })
    )
  })

  it('does not change with white space at the end, and does with anything else', () => {
    const all = rows(4, 9)
    const reader = new KeyReader(raw, D)
    all.slice(0, 2).forEach((row) => reader.push(row, false))
    const before = reader.key()
    reader.push(all[2], true)
    expect(reader.key()).toEqual(before)
    reader.push(all[3], false)
    expect([...reader.key()]).toEqual(direct(all, [false, false, true, false]))
  })

  it('takes its parts in the order of the specification', () => {
    const all = rows(3, 4)
    const reader = new KeyReader({ ...raw, parts: ['last'] }, D)
    all.forEach((row) => reader.push(row, false))
    expect(reader.key()).toEqual(all[2])
  })

  it('of nothing is an error', () => {
    expect(() => new KeyReader(raw, D).key()).toThrow('empty text')
  })
})

describe('whitening', () => {
  it('in closed form: independent axes are divided by their deviations', () => {
    // Variances 4 and 1, no correlation: both axes come out with mean square 1.
    const states = [[2, 1], [2, -1], [-2, 1], [-2, -1]].map(([x, y]) => Float32Array.of(x + 10, y - 3)) // prettier-ignore
    const fitted = fitWhitening(states)
    expect([...fitted.centre]).toEqual([10, -3])
    const squares = states.map((s) => [...whiten(s, fitted)].map((z) => z * z))
    for (const [a, b] of squares) expect([a, b]).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)])
  })

  it('leaves no correlation, equal variances and mean square 1, whatever the background', () => {
    const mixing = rows(D, 77)
    const states = rows(300, 12).map((z) =>
      Float32Array.from({ length: D }, (_, d) => 3 + z.reduce((sum, v, j) => sum + v * mixing[j][d], 0))
    )
    const fitted = fitWhitening(states)
    const white = states.map((s) => whiten(s, fitted))
    for (let i = 0; i < D; i++)
      for (let j = 0; j < D; j++) {
        const moment = white.reduce((sum, w) => sum + w[i] * w[j], 0) / white.length
        expect(moment).toBeCloseTo(i === j ? 1 : 0, 3)
      }
  })

  it('does not blow up a direction without variance', () => {
    const states = rows(50, 5).map((row) => Float32Array.from(row, (v, d) => (d === 2 ? 1 : v)))
    const fitted = fitWhitening(states)
    expect(fitted.matrix.every(Number.isFinite)).toBe(true)
    const nudged = Float32Array.from(states[0])
    nudged[2] += 1e-3
    const moved = whiten(nudged, fitted).map((v, j) => v - whiten(states[0], fitted)[j])
    expect(Math.hypot(...moved)).toBeLessThan(1) // the floor: at most 100 times as much as the widest direction
  })

  it('gives the same bits for the same background', () => {
    expect(fitWhitening(rows(40, 3))).toEqual(fitWhitening(rows(40, 3)))
  })
})
