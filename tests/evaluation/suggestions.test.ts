// Scores that say where to look first, against exact fractions counted in Python (make_golden_suggestions.py).
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  averagePrecision,
  averagePrecisionOfChance,
  baseRate,
  rank
} from '../../src/main/evaluation/average-precision.ts'
import { ngramScores, wordsOf } from '../../src/main/evaluation/ngram-support.ts'

type Scores = Record<string, [average: number, max: number][]>
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden', 'suggestions.json'), 'utf8')) as {
  others: number
  invented: { sentences: string[]; sampled: string[]; scores: Scores }
  real: { passage: number; scores: Scores }[]
  averagePrecision: { items: [score: number, wanted: boolean, times: number][]; area: number }[]
}

function expectScores(sentences: readonly string[], sampled: readonly string[], due: Scores): void {
  for (const [n, scores] of Object.entries(due)) {
    const computed = ngramScores(Number(n), sentences, sampled)
    expect(computed).toHaveLength(scores.length)
    computed.forEach((score, i) => {
      expect(score?.average).toBeCloseTo(scores[i][0], 10)
      expect(score?.max).toBeCloseTo(scores[i][1], 10)
    })
  }
}

describe('the n-gram score', () => {
  it('is the golden one for invented passages', () => {
    const { sentences, sampled, scores } = golden.invented
    expect(Object.keys(scores)).toEqual(['1', '2', '3'])
    expectScores(sentences, sampled, scores)
  })

  const file = join(process.env.ERRATUM_DATA ?? '', 'wiki_bio_gpt3_hallucination', 'dataset.json')
  it.skipIf(!process.env.ERRATUM_DATA || !existsSync(file))(
    'is the golden one for real passages (needs ERRATUM_DATA/wiki_bio_gpt3_hallucination)',
    () => {
      const passages = JSON.parse(readFileSync(file, 'utf8')) as { gpt3_sentences: string[]; wiki_bio_text: string }[]
      expect(golden.real.length).toBeGreaterThan(10)
      for (const { passage, scores } of golden.real) {
        const { gpt3_sentences: sentences, wiki_bio_text: article } = passages[passage]
        const others = passages.slice(passage + 1, passage + 1 + golden.others).flatMap((p) => p.gpt3_sentences)
        expectScores(sentences, [article, ...others], scores)
      }
    }
  )

  it('falls where a sample says the same, and rises where samples say something else', () => {
    const said = 'She was born in Orrin.'
    const of = (...sampled: string[]): number => ngramScores(1, [said], sampled)[0]!.average
    expect(of(said, said)).toBeLessThan(of(said, 'He sailed twice.'))
    expect(of(said, 'He sailed twice.')).toBeLessThan(of('He sailed twice.', 'They left early.'))
  })

  it('is null for a sentence without a word, and never below zero', () => {
    expect(ngramScores(2, [' ', 'One.'], [])[0]).toBeNull()
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(fc.string({ unit: 'grapheme' })), (n, sentences) => {
        for (const [i, score] of ngramScores(n, sentences, []).entries()) {
          expect(score === null).toBe(wordsOf(sentences[i]).length === 0)
          if (score) expect(score.max).toBeGreaterThanOrEqual(score.average - 1e-12)
          if (score) expect(score.average).toBeGreaterThan(0)
        }
      })
    )
  })

  it('takes words as runs of letters and digits, and marks by themselves', () => {
    expect(wordsOf(' O’Dell’s é\u0301tude, 2nd_class (1851)!')).toEqual(
      ['o', '’', 'dell', '’', 's', 'é\u0301tude', ',', '2nd_class', '(', '1851', ')', '!'] // prettier-ignore
    )
  })
})

describe('average precision', () => {
  it('is the golden one, ties and repeated items included', () => {
    for (const { items, area } of golden.averagePrecision) {
      const ranking = rank(items.map(([score, wanted], item) => ({ item, score, wanted })))
      expect(averagePrecision(ranking, (item) => items[item][2])).toBeCloseTo(area, 12)
    }
  })

  it('is 1 for a perfect order, the base rate where all scores are equal, and null where nothing is looked for', () => {
    const of = (scores: number[], wanted: boolean[]) => {
      const ranking = rank(scores.map((score, item) => ({ item, score, wanted: wanted[item] })))
      return [averagePrecision(ranking, () => 1), baseRate(ranking, () => 1)]
    }
    expect(of([3, 2, 1, 0], [true, true, false, false])).toEqual([1, 0.5])
    expect(of([1, 1, 1, 1], [true, false, false, false])).toEqual([0.25, 0.25])
    expect(of([2, 1], [false, false])).toEqual([null, 0])
    expect(of([], [])).toEqual([null, null])
  })

  it('on average comes to the base rate for a score without skill', () => {
    let seed = 7
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647
    const areas = Array.from({ length: 200 }, () => {
      const items = Array.from({ length: 400 }, (_, item) => ({ item, score: random(), wanted: item % 4 === 0 }))
      return averagePrecision(rank(items), () => 1)!
    })
    expect(Math.abs(areas.reduce((a, b) => a + b) / areas.length - 0.25)).toBeLessThan(0.02)
  })

  it('of chance is the mean over all orders', () => {
    const ordersOf = (wanted: boolean[]): boolean[][] =>
      wanted.length < 2
        ? [wanted]
        : wanted.flatMap((first, i) =>
            ordersOf([...wanted.slice(0, i), ...wanted.slice(i + 1)]).map((rest) => [first, ...rest])
          )
    for (const [count, wanted] of [
      [1, 1],
      [4, 1],
      [5, 2],
      [6, 5],
      [6, 6]
    ]) {
      const orders = ordersOf(Array.from({ length: count }, (_, i) => i < wanted))
      const areas = orders.map((order) =>
        averagePrecision(rank(order.map((w, i) => ({ item: i, score: -i, wanted: w }))), () => 1)!
      )
      expect(averagePrecisionOfChance(count, wanted)).toBeCloseTo(areas.reduce((a, b) => a + b) / areas.length, 12)
    }
  })
})
