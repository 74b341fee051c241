import { describe, expect, it } from 'vitest'
import type { KindEvidence } from '../../src/contract/calibration.ts'
import {
  axisTicks,
  barsOf,
  firedRows,
  fireChart,
  fireRows,
  percent,
  small
} from '../../src/renderer/state/calibration-charts.ts'

const spread = { low: 0, middle: 1, high: 2 }
const kind = (name: string, own: number[], other: number[], more: Partial<KindEvidence> = {}): KindEvidence => ({
  kind: name,
  n: 10,
  fired: 0,
  firedOwn: 0,
  withinReach: 0,
  withinMargin: 0,
  distance: spread,
  ratio: spread,
  distances: { own, other },
  ratios: { own: [1], other: [0] },
  ...more
})

describe('bars', () => {
  it('stand on each other, the highest bin fills the height, and a bin without prompts has none', () => {
    const bars = barsOf(kind('all', [1, 0, 2], [3, 0, 0]), 'distance', 30, 40)
    expect(bars).toEqual([
      { x: 0.5, y: 30, width: 9, height: 10, isOwn: true },
      { x: 0.5, y: 0, width: 9, height: 30, isOwn: false },
      { x: 20.5, y: 20, width: 9, height: 20, isOwn: true }
    ])
  })

  it('have ticks at round numbers from zero on, none beyond the end', () => {
    expect(axisTicks(1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(axisTicks(13.9)).toEqual([0, 5, 10])
    expect(axisTicks(0.03)).toEqual([0, 0.01, 0.02, 0.03])
  })
})

describe('the curve', () => {
  const points = [
    { reach: 0, own: 0, otherPeople: 0, samePassages: null },
    { reach: 2, own: 0.5, otherPeople: 0, samePassages: null },
    { reach: 3, own: 1, otherPeople: 0.1, samePassages: null }
  ]

  it('has a line where there are prompts, and a dot at the reach', () => {
    const chart = fireChart(points, 2, { width: 520, height: 280 })
    expect(chart.curves.map((c) => c.against)).toEqual(['otherPeople'])
    const [{ chosen }] = chart.curves
    expect(chosen).toMatchObject({ x: chart.left, y: (chart.top + chart.bottom) / 2 })
    expect(fireChart(points, 2.5, { width: 520, height: 280 }).curves[0].chosen).toBeNull()
  })

  it('has a table with the chosen reach and both ends, however long it is', () => {
    const long = Array.from({ length: 64 }, (_, i) => ({ reach: i, own: 0, otherPeople: 0, samePassages: 0 }))
    const reaches = fireRows(long, 31).map((p) => p.reach)
    expect(reaches).toEqual([0, 7, 14, 21, 28, 31, 35, 42, 49, 56, 63])
  })
})

describe('what fires', () => {
  const key = { reach: 1, margin: 0.5, noise: 1e-6, radius: 1, rates: null, evidence: null }

  it('is told by the prompts that were kept, with no own block where none ought to fire', () => {
    const kinds = [kind('all', [], [], { fired: 7, firedOwn: 5 }), kind('other people', [], [], { fired: 1 })]
    expect(firedRows({ ...key, evidence: { distanceStep: 1, ratioStep: 1, kinds, curve: [] } })).toEqual([
      { kind: 'all', n: 10, own: 0.5, other: 0.2 },
      { kind: 'other people', n: 10, own: null, other: 0.1 }
    ])
  })

  it('is told by the rates of an older calibration, and not at all where there is neither', () => {
    const rates = {
      own: { all: { n: 4, share: 0.75 } },
      otherPeople: { n: 5, share: 0.2 },
      samePassages: { n: 0, share: 0 }
    }
    expect(firedRows({ ...key, rates })).toEqual([
      { kind: 'all', n: 4, own: 0.75, other: null },
      { kind: 'other people', n: 5, own: null, other: 0.2 }
    ])
    expect(firedRows(key)).toEqual([])
  })
})

it('figures have few digits, and what is within the noise is not told as nothing', () => {
  expect([percent(0.0076), percent(1), percent(0)]).toEqual(['0.8 %', '100 %', '0 %'])
  expect([small(2.9823), small(0), small(2e-6)]).toEqual(['2.98', '0', '2e-6'])
})
