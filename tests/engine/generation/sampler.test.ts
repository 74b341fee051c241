// The golden figures are PyTorch's and transformers' own (make_golden.py).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe as group, expect, it } from 'vitest'
import {
  candidates,
  checkSampling,
  describe,
  draw,
  greedy,
  GREEDY,
  logSoftmax
} from '../../../src/main/engine/generation/sampler.ts'

interface Case {
  logits: number[]
  temperature: number
  topK: number | null
  topP: number | null
  ids: number[]
  probabilities: number[]
  greedy: number
  token: number
  rank: number
  logprob: number
}
const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/filters.json'), 'utf8')) as Case[]
const settings = ({ temperature, topK, topP }: Case) => ({
  temperature,
  topK: topK ?? undefined,
  topP: topP ?? undefined
})

group('against PyTorch and transformers', () => {
  it('top-k and top-p leave the same tokens with the same probabilities', () => {
    expect(new Set(cases.map(({ ids }) => ids.length)).size).toBeGreaterThan(10)
    for (const golden of cases) {
      const { ids, probabilities } = candidates(Float32Array.from(golden.logits), settings(golden))
      expect([...ids]).toEqual(golden.ids)
      golden.probabilities.forEach((due, i) => expect(probabilities[i]).toBeCloseTo(due, 10))
    }
  })

  it('log-probability, rank and the greedy token are the same', () => {
    for (const { logits, token, logprob, rank, greedy: best } of cases) {
      const row = Float32Array.from(logits)
      const figures = describe(row, token)
      expect(figures.rank).toBe(rank)
      expect(figures.logprob).toBeCloseTo(logprob, 10)
      expect(logSoftmax(row)[token]).toBeCloseTo(logprob, 10)
      expect(draw(row, GREEDY, 3)).toBe(best)
    }
  })
})

group('ties', () => {
  const tied = Float32Array.of(1, 3, 3, 0, 3, 1)
  it('are broken by the lowest id: greedily, in ranks, at the edge of top-p', () => {
    expect(greedy(tied)).toBe(1)
    expect([0, 1, 2, 3, 4, 5].map((id) => describe(tied, id).rank)).toEqual([4, 1, 2, 6, 3, 5])
    expect([...candidates(tied, { topP: 0.5 }).ids]).toEqual([1, 2])
  })
  it('stay in at the edge of top-k, as in transformers', () => {
    expect([...candidates(tied, { topK: 2 }).ids]).toEqual([1, 2, 4])
    expect([...candidates(tied, { topK: 4 }).ids]).toEqual([0, 1, 2, 4, 5])
  })
})

group('drawing', () => {
  const logits = Float32Array.of(0, 1, 2, -1, 0.5)

  it('gives each token as often as its probability says', () => {
    const sampling = { temperature: 0.8, topK: 4, topP: 0.95, seed: 11 }
    const { ids, probabilities } = candidates(logits, sampling)
    const draws = 40_000
    const counts = new Map<number, number>()
    for (let step = 0; step < draws; step++) {
      const id = draw(logits, sampling, step)
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual([...ids])
    ids.forEach((id, i) => {
      const p = probabilities[i]
      const deviation = Math.sqrt((p * (1 - p)) / draws)
      expect(Math.abs(counts.get(id)! / draws - p)).toBeLessThan(4 * deviation)
    })
  })

  it('depends on seed and step alone', () => {
    const text = (seed: number): number[] =>
      Array.from({ length: 50 }, (_, step) => draw(logits, { temperature: 1, seed }, step))
    expect(text(5)).toEqual(text(5))
    expect(text(5)).not.toEqual(text(6))
    expect(draw(logits, { temperature: 1, seed: 5 }, 49)).toBe(text(5)[49])
  })

  it('is greedy at temperature 0 and nearly so just above', () => {
    expect(draw(logits, { temperature: 0, seed: 3 }, 0)).toBe(2)
    expect(draw(Float32Array.of(100, -1e30, 99.99), { temperature: 1e-4 }, 0)).toBe(0)
  })

  it('survives logits that would overflow', () => {
    const huge = Float32Array.of(3e38, -3e38, 2.9e38)
    expect(describe(huge, 0)).toEqual({ logprob: 0, rank: 1 })
    expect(draw(huge, { temperature: 1, topP: 0.9 }, 1)).toBe(0)
  })
})

it('settings out of range are refused with the name of the field', () => {
  for (const [field, value] of [
    ['temperature', -1],
    ['temperature', NaN],
    ['topK', 0],
    ['topK', 1.5],
    ['topP', 0],
    ['topP', 1.1],
    ['seed', 0.5]
  ] as const)
    expect(() => checkSampling({ [field]: value })).toThrow(
      expect.objectContaining({ code: 'BadInput', details: expect.objectContaining({ field }) as object })
    )
  checkSampling({ temperature: 0.9, topK: 40, topP: 1, seed: 7 })
})
