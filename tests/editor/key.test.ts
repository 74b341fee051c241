import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyReader, keysAt } from '../../src/main/editor/key.ts'
import type { KeySpec, KeyToken } from '../../src/main/editor/key.ts'
import { tokenWeights } from '../../src/main/editor/token-weights.ts'
import { Stream } from '../parity/random-gpt2.ts'

const D = 5
const WEIGHTS = Float32Array.of(1, 0.5, 0.125)
const raw: KeySpec = {
  layer: 1,
  parts: ['mean', 'weighted', 'last'],
  metric: 'euclidean',
  tokenWeights: WEIGHTS,
  whitening: null
}
const rows = (count: number, seed: number): Float32Array[] => {
  const stream = new Stream(seed)
  return Array.from({ length: count }, () => stream.floats(D, 1))
}
const tokens = (blank: readonly boolean[]): KeyToken[] =>
  blank.map((isWhiteSpace, i) => ({ id: i % WEIGHTS.length, isWhiteSpace }))

/** Straight from the definition: rows up to the last one that is not white space. */
function direct(all: readonly Float32Array[], text: readonly KeyToken[]): number[] {
  const found = text.findLastIndex((token) => !token.isWhiteSpace)
  const last = found === -1 ? all.length - 1 : found
  const mean = (weight: (row: number) => number): number[] => {
    const used = all.slice(0, last + 1)
    const whole = used.reduce((sum, _, i) => sum + weight(i), 0)
    return Array.from({ length: D }, (_, d) =>
      Math.fround(used.reduce((sum, row, i) => sum + weight(i) * row[d], 0) / whole)
    )
  }
  return [...mean(() => 1), ...mean((i) => WEIGHTS[text[i].id]), ...all[last]]
}

describe('the deployment key', () => {
  it('read on the way is the one of the definition at every place, white space or not', () => {
    const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(flags, fc.integer({ min: 1, max: 1e6 }), (blank, seed) => {
        const [all, text] = [rows(blank.length, seed), tokens(blank)]
        const lengths = blank.map((_, i) => i + 1)
        const keys = keysAt(raw, Float32Array.from(all.flatMap((r) => [...r])), D, lengths, text)
        for (const length of lengths)
          expect([...keys[length - 1]]).toEqual(direct(all.slice(0, length), text.slice(0, length)))
      })
    )
  })

  it('does not change with white space at the end, and does with anything else', () => {
    const [all, text] = [rows(4, 9), tokens([false, false, true, false])]
    const reader = new KeyReader(raw, D)
    all.slice(0, 2).forEach((row, i) => reader.push(row, text[i]))
    const before = reader.key()
    reader.push(all[2], text[2])
    expect(reader.key()).toEqual(before)
    reader.push(all[3], text[3])
    expect([...reader.key()]).toEqual(direct(all, text))
  })

  it('takes its parts in the order of the specification', () => {
    const all = rows(3, 4)
    const reader = new KeyReader({ ...raw, parts: ['last', 'mean'], tokenWeights: null }, D)
    all.forEach((row) => reader.push(row, { id: 0, isWhiteSpace: false }))
    expect(reader.key().subarray(0, D)).toEqual(all[2])
  })

  it('is whitened as one: parts joined, centred, times the matrix', () => {
    const whitening = { centre: Float32Array.of(1, 2, 3, 4), matrix: Float32Array.of(1, 0, 0, 1, 2, 3) }
    const reader = new KeyReader({ ...raw, parts: ['last'], whitening: { ...whitening, centre: Float32Array.of(1, 2, 3) } }, 3) // prettier-ignore
    reader.push(Float32Array.of(5, 4, 2), { id: 0, isWhiteSpace: false })
    // (4, 2, -1) · [[1, 0], [0, 1], [2, 3]]
    expect([...reader.key()]).toEqual([2, -1])
  })

  it('of nothing is an error', () => {
    expect(() => new KeyReader(raw, D).key()).toThrow('empty text')
  })
})

describe('weights of tokens', () => {
  it('fall with the share of a token in the texts, from 1 for what never occurs', () => {
    // Shares: 199 / 200, 1 / 200, 0.
    const texts = [Array.from({ length: 199 }, () => 0), [1]]
    expect([...tokenWeights(texts, 3)]).toEqual([expect.closeTo(0.005 / (0.005 + 0.995), 6), expect.closeTo(0.5, 6), 1])
  })
})
