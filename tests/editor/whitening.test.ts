import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { whiten } from '../../src/main/editor/key.ts'
import { distance } from '../../src/main/editor/neuron-index/distance.ts'
import { fitWhitening } from '../../src/main/editor/whitening.ts'
import { Stream } from '../parity/random-gpt2.ts'

interface Golden {
  width: number
  cases: { states: number[][]; rewordings: number[][]; length: number; distances: number[][] }[]
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden', 'whitening.json'), 'utf8')) as Golden
const vectors = (lists: number[][]): Float32Array[] => lists.map((list) => Float32Array.from(list))

describe('whitening', () => {
  it.each([['more states than components', golden.cases[0]], ['fewer', golden.cases[1]]])(
    'gives the distances that numpy finds, with %s',
    (_, { states, rewordings, length, distances }) => {
      const rows = vectors(states)
      const fitted = fitWhitening(rows, vectors(rewordings), golden.width)
      const keys = rows.map((x) => whiten(x, fitted))
      expect(keys[0]).toHaveLength(length)
      keys.forEach((a, i) => {
        keys.forEach((b, j) => {
          expect(distance(a, b)).toBeCloseTo(distances[i][j], 4)
        })
      })
    }
  ) // prettier-ignore

  it('makes the states have mean square 1, whatever their scale', () => {
    const stream = new Stream(13)
    const rows = (n: number, scale: number): Float32Array[] => Array.from({ length: n }, () => stream.floats(6, scale))
    const [states, moves] = [rows(60, 30), rows(90, 2)]
    const fitted = fitWhitening(states, moves, 3)
    const squares = states.flatMap((x) => [...whiten(x, fitted)].map((z) => z * z))
    expect(squares.reduce((sum, z) => sum + z, 0) / squares.length).toBeCloseTo(1, 4)
    expect(fitWhitening(states, moves, 3)).toEqual(fitted)
  })

  it('keeps components finite along which no rewording moves anything', () => {
    const states = Array.from({ length: 20 }, (_, i) => Float32Array.of(i % 3, i % 5, i % 7, i % 2))
    const moves = [Float32Array.of(1, 0, 0, 0), Float32Array.of(-1, 0, 0, 0)]
    const fitted = fitWhitening(states, moves, 2)
    expect(fitted.matrix.every(Number.isFinite)).toBe(true)
  })

  it('is not longer than 64 components', () => {
    const stream = new Stream(3)
    const rows = (n: number): Float32Array[] => Array.from({ length: n }, () => stream.floats(80, 1))
    expect(whiten(rows(1)[0], fitWhitening(rows(120), rows(200), 40))).toHaveLength(64)
  })
})
