import { describe, expect, it } from 'vitest'
import { drawChart } from '../../../src/main/services/studies/line-chart.ts'
import type { Axis, Series } from '../../../src/main/services/studies/line-chart.ts'

const x: Axis = { label: 'x' }
const line = (name: string, ...ys: (number | null)[]): Series => ({ name, points: ys.map((y, i) => ({ x: i, y })) })
const chart = (series: Series[], y: Axis = { label: 'y' }): string => drawChart({ title: 't', x, y, series })
/** [x, y] of the dots */
const dots = (svg: string): number[][] =>
  [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map((m) => [Number(m[1]), Number(m[2])])

describe('a line chart', () => {
  it('begins at zero, and a value halfway up its axis is drawn halfway up', () => {
    const [[, zero], [, half], [, top]] = dots(chart([line('a', 0, 10, 20)]))
    expect(zero - half).toBeCloseTo(half - top, 1)
    const [[, high], [, higher]] = dots(chart([line('a', 100, 110)]))
    // From zero, a tenth more is little.
    expect(high - higher).toBeLessThan((zero - top) / 5)
    expect(chart([line('a', 100, 110)])).not.toContain('axis is cut')
  })

  it('says so where its axis is cut', () => {
    expect(chart([line('a', 100, 110)], { label: 'y', from: 90 })).toContain('y (axis is cut)')
  })

  it('has equal steps for equal ratios on a logarithmic axis, which is named', () => {
    const svg = chart([line('a', 1, 10, 100)], { label: 'y', scale: 'log' })
    const [[, one], [, ten], [, hundred]] = dots(svg)
    expect(one - ten).toBeCloseTo(ten - hundred, 1)
    expect(svg).toContain('y (logarithmic)')
  })

  it('leaves out what was not measured, and says where there is nothing', () => {
    expect(dots(chart([line('a', 1, null, 3)]))).toHaveLength(2)
    expect(chart([line('a', null)])).toContain('Nothing was measured')
  })

  it('draws intervals, and keeps labels apart', () => {
    const interval = [1, 3] as const
    const svg = chart([{ name: 'a <b>', points: [{ x: 0, y: 2, interval }, { x: 1, y: 2 }] }, line('c', 2, 2)]) // prettier-ignore
    expect(svg.match(/M[\d.]+ [\d.]+V[\d.]+/g)!.length).toBe(2)
    const labels = [...svg.matchAll(/<text x="410" y="([\d.]+)"[^>]*>([^<]*)/g)]
    expect(labels.map((m) => m[2])).toEqual(['a &lt;b&gt;', 'c'])
    expect(Math.abs(Number(labels[0][1]) - Number(labels[1][1]))).toBeGreaterThanOrEqual(15)
  })
})
