import { describe, expect, it } from 'vitest'
import { layoutChart } from '../../src/renderer/state/chart-layout.ts'
import type { ChartSpec, Curve } from '../../src/renderer/state/chart-layout.ts'
import { chartsSvg } from '../../src/renderer/state/chart-export.ts'

const BOX = { width: 500, height: 200 }
const curve = (id: string, ys: readonly number[], interval: Curve['points'][number]['interval'] = null): Curve => ({
  id,
  name: id,
  colour: 0,
  style: 'solid',
  points: ys.map((y, i) => ({ x: i + 1, y, interval }))
})
const spec = (over: Partial<ChartSpec>): ChartSpec => ({ curves: [], range: [1, 5], unit: 'perplexity', ...over })

describe('a chart', () => {
  it('begins at zero, and says so where it does not', () => {
    const wide = layoutChart(spec({ curves: [curve('a', [1, 2, 3, 4, 9])] }), BOX)
    expect(wide.cut).toBe(false)
    expect(wide.yOf(0)).toBe(wide.bottom)
    const flat = layoutChart(spec({ curves: [curve('a', [1.33, 1.34, 1.35, 1.33, 1.34])] }), BOX)
    expect(flat.cut).toBe(true)
    expect(flat.yOf(1.33)).toBeLessThanOrEqual(flat.bottom)
    expect(flat.yOf(1.35)).toBeGreaterThanOrEqual(flat.top)
    const share = layoutChart(spec({ unit: 'share', curves: [curve('a', [0.9, 0.91])] }), BOX)
    expect([share.yOf(0), share.yOf(1)]).toEqual([share.bottom, share.top])
  })

  it('keeps intervals inside the plot, and leaves out what lies outside its range', () => {
    const layout = layoutChart(spec({ range: [2, 3], curves: [curve('a', [50, 2, 3, 60], [1, 4])] }), BOX)
    expect(layout.yOf(4)).toBeGreaterThanOrEqual(layout.top)
    expect(layout.curves[0].dots).toHaveLength(2)
    expect([layout.xOf(2), layout.xOf(3)]).toEqual([layout.left, layout.right])
    expect([layout.placeAt(layout.left), layout.placeAt(layout.right)]).toEqual([2, 3])
  })

  it('puts no label on another, nor below the plot', () => {
    const curves = ['a', 'b', 'c', 'd', 'e'].map((id) => curve(id, [0, 0, 0.001]))
    const layout = layoutChart(spec({ unit: 'nats', curves: [...curves, curve('f', [5, 5, 5])] }), BOX)
    const labels = layout.curves.map((c) => c.label!).sort((a, b) => a - b)
    for (const [i, label] of labels.entries()) if (i > 0) expect(label - labels[i - 1]).toBeGreaterThanOrEqual(13.9)
    expect(labels.at(-1)).toBeLessThanOrEqual(layout.bottom + 1)
  })

  it('of nothing, of one point and of equal values is drawn all the same', () => {
    for (const ys of [[], [3], [0, 0, 0]]) {
      const layout = layoutChart(spec({ range: [1, 1], curves: [curve('a', ys)] }), BOX)
      expect(JSON.stringify([layout.up, layout.across, layout.curves])).not.toContain('null,"words":"NaN"')
      for (const tick of [...layout.up, ...layout.across]) expect(Number.isFinite(tick.at)).toBe(true)
      expect(layout.curves[0].line).not.toContain('NaN')
    }
  })

  it('as a file is well-formed, with its notes', () => {
    const layout = layoutChart(spec({ curves: [curve('a<b', [1, 2])], marks: [{ x: 2, words: 'x' }] }), BOX)
    const colours = { paper: '#fff', ink: '#000', muted: '#555', line: '#999', alarm: '#a00', curves: ['#00f'] }
    const svg = chartsSvg([{ title: 'T & U', means: 'm', layout }], ['n = 10 "quoted"'], colours)
    expect(svg).toContain('T &amp; U')
    expect(svg).toContain('a&lt;b')
    expect(svg).toContain('n = 10 &quot;quoted&quot;')
    expect(svg.match(/<g /g)!.length).toBe(svg.match(/<\/g>/g)!.length)
  })
})
