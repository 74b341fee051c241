import { describe, expect, it } from 'vitest'
import type { Suggestion } from '../../src/contract/types.ts'
import { heatName, heatLegend } from '../../src/renderer/state/heat.ts'
import { scoreOf, SCORES, toLookAt } from '../../src/renderer/state/scores.ts'
import { passage, sentence } from './review-records.ts'

const suggestion = (...averages: number[]): Suggestion => ({
  passageId: 'p',
  samples: 10,
  sentences: averages.map((average) => ({
    surprise: { mean: 9, worst: 9.5 },
    unsupported: { average, max: average + 1 }
  }))
})

describe('a score', () => {
  it('of surprise is that of the writing, else that of the reading', () => {
    const [told] = suggestion(4).sentences
    expect(scoreOf('surprise', sentence('One.', { surprise: 1, worst: 3 }), told)).toBe(1)
    expect(scoreOf('worst', sentence('One.', { surprise: 1, worst: 3 }), told)).toBe(3)
    expect(scoreOf('surprise', sentence('One.'), told)).toBe(9)
    expect(scoreOf('worst', sentence('One.'), told)).toBe(9.5)
    expect(scoreOf('surprise', sentence('One.'), null)).toBeNull()
  })

  it('of samples is not known without samples', () => {
    expect(scoreOf('unsupported', sentence('One.'), null)).toBeNull()
    const [told] = suggestion(4).sentences
    expect([scoreOf('unsupported', sentence('One.'), told), scoreOf('unsupported-worst', sentence('One.'), told)]).toEqual([4, 5]) // prettier-ignore
  })

  it('has five steps of colour of its own', () => {
    for (const { from } of Object.values(SCORES)) expect(from).toHaveLength(5)
    expect([3.9, 4, 5].map((nats) => heatName(nats, SCORES.unsupported.from))).toEqual(['heat-0', 'heat-1', 'heat-4'])
    expect(heatLegend([0, 3, 4])).toMatchObject([{ words: '0–3' }, { words: '3–4' }, { words: '≥ 4' }])
  })
})

describe('the order to look in', () => {
  it('is by the score, the highest first, equal ones as they stand', () => {
    const four = passage(
      'p',
      ['A.', 'B.', 'C.', 'D.'].map((text) => sentence(text))
    )
    expect(toLookAt('unsupported', four, suggestion(4, 6, 4, 5))).toEqual([1, 3, 0, 2])
  })

  it('leaves out what is judged already, and what has no score', () => {
    const four = passage('p', [
      sentence('A.', { surprise: 1, mark: 'accurate' }),
      sentence('B.', { surprise: 2 }),
      sentence('C.', { surprise: 3, correction: 'Q.', accepted: true }),
      sentence('D.')
    ])
    expect(toLookAt('surprise', four, null)).toEqual([1])
  })
})
