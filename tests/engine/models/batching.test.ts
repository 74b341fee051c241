import { describe, expect, it } from 'vitest'
import { blocksOfSamples, planBatches, roundUp } from '../../../src/main/engine/models/batching.ts'

describe('planBatches', () => {
  const sized = (...lengths: number[]) => lengths.map((length) => ({ length, rows: 1 }))

  it('puts neighbours in length together, within the padded size', () => {
    expect(planBatches(sized(3, 10, 4, 9), { tokens: 20, rows: 9 })).toEqual([
      [1, 3],
      [2, 0]
    ])
  })

  it('bounds the rows of logits too', () => {
    const items = [4, 4, 4].map((length) => ({ length, rows: 3 }))
    expect(planBatches(items, { tokens: 99, rows: 6 })).toEqual([[0, 1], [2]])
  })

  it('gives what is too large a batch of its own', () => {
    expect(planBatches(sized(50, 2, 2), { tokens: 10, rows: 9 })).toEqual([[0], [1, 2]])
  })

  it('takes each item once', () => {
    const items = Array.from({ length: 40 }, (_, i) => ({ length: 1 + ((i * 7) % 13), rows: i % 3 }))
    const taken = planBatches(items, { tokens: 30, rows: 5 }).flat()
    expect(taken.sort((a, b) => a - b)).toEqual([...items.keys()])
  })
})

describe('blocksOfSamples', () => {
  it('fills smaller ranks and absent blocks up with zeros', () => {
    const config = {
      layers: 2,
      heads: 1,
      width: 2,
      positions: 1,
      vocabulary: 1,
      layerNormEpsilon: 1,
      eosIds: [],
      closingId: null
    }
    const ones = (rank: number) => ({
      rank,
      a: [new Float32Array(2 * rank).fill(1)],
      b: [new Float32Array(8 * rank).fill(1)]
    })
    const blocks = blocksOfSamples([ones(2), null, ones(1)], config, { keyLayer: 0, loraLayers: [1] })
    expect(blocks['a.0'].shape).toEqual([3, 2, 2])
    expect([...blocks['a.0'].data]).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0])
    expect(blocks['b.0'].shape).toEqual([3, 2, 8])
    const rows = Array.from({ length: 6 }, (_, i) => blocks['b.0'].data[8 * i])
    expect(rows).toEqual([1, 1, 0, 0, 1, 0])
  })
})

it('roundUp gives at least one multiple', () => {
  expect([0, 1, 2, 3].map((count) => roundUp(count, 2))).toEqual([2, 2, 2, 4])
})
