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
  const axis = (d: number, length: number): Float32Array =>
    Float32Array.from({ length: D }, (_, i) => (i === d ? length : 0))

  it('in closed form: axes are divided by how far rewording moves a text along them', () => {
    // Rewording moves along the first axis twice as far as along the second; both spread alike over the texts.
    const states = [[1, 1], [1, -1], [-1, 1], [-1, -1]].map(([x, y]) => Float32Array.of(x + 10, y - 3)) // prettier-ignore
    const moves = [[2, 0], [-2, 0], [0, 1], [0, -1]].map(([x, y]) => Float32Array.of(x, y)) // prettier-ignore
    const fitted = fitWhitening(states, moves)
    expect([...fitted.centre]).toEqual([10, -3])
    // Components ±s/2 and ±s along the axes; mean square 1 gives s² (1/4 + 1) / 2 = 1.
    const s = Math.sqrt(8 / 5)
    for (const state of states) {
      const squares = [...whiten(state, fitted)].map((z) => z * z).sort((x, y) => x - y)
      expect(squares).toEqual([expect.closeTo((s * s) / 4, 5), expect.closeTo(s * s, 5)])
    }
  })

  it('makes rewordings move a text equally far in every direction, and the states have mean square 1', () => {
    const mixing = rows(D, 77)
    const mixed = (z: Float32Array): Float32Array =>
      Float32Array.from({ length: D }, (_, d) =>
        z.reduce((sum, v, j) => sum + v * (mixing[j][d] + (j === d ? 4 : 0)), 0)
      )
    const moves = rows(300, 12).map(mixed)
    const states = rows(200, 13)
    const fitted = fitWhitening(states, moves)
    const zero = { ...fitted, centre: new Float32Array(D) }
    const moved = moves.map((m) => whiten(m, zero))
    const moment = (i: number, j: number): number => moved.reduce((sum, w) => sum + w[i] * w[j], 0) / moved.length
    for (let i = 0; i < D; i++)
      for (let j = 0; j < D; j++) expect(moment(i, j) / moment(0, 0)).toBeCloseTo(i === j ? 1 : 0, 2)
    const squares = states.flatMap((x) => [...whiten(x, fitted)].map((z) => z * z))
    expect(squares.reduce((sum, z) => sum + z, 0) / squares.length).toBeCloseTo(1, 4)
  })

  it('does not blow up a direction along which no rewording moves', () => {
    const moves = [axis(0, 1), axis(1, 1)]
    const fitted = fitWhitening(rows(50, 5), moves)
    expect(fitted.matrix.every(Number.isFinite)).toBe(true)
    const zero = { ...fitted, centre: new Float32Array(D) }
    const length = (x: Float32Array): number => Math.hypot(...whiten(x, zero))
    // The floor: at most 10 times as much as the direction that moves most.
    expect(length(axis(2, 1)) / length(axis(0, 1))).toBeLessThan(10.01)
  })

  it('gives the same bits for the same background', () => {
    expect(fitWhitening(rows(40, 3), rows(20, 4))).toEqual(fitWhitening(rows(40, 3), rows(20, 4)))
  })
})
