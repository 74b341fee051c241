import { describe, expect, it } from 'vitest'
import { moved, toMap, toPicture, wholeMap, zoomed } from '../../src/renderer/state/map-camera.ts'
import { MapGrid } from '../../src/renderer/state/map-grid.ts'
import { randomOf } from '../editor/neuron-index/sessions.ts'

const SIZE = { width: 800, height: 500 }
const POINTS = { x: [-3, 9, 2], y: [1, -4, 6] }

describe('what is in sight of a map', () => {
  it('is all of it at first, with y upwards', () => {
    const whole = wholeMap(POINTS, SIZE)
    const placed = POINTS.x.map((x, i) => toPicture(whole, SIZE, x, POINTS.y[i]))
    for (const [px, py] of placed) {
      expect(px).toBeGreaterThan(0)
      expect(px).toBeLessThan(SIZE.width)
      expect(py).toBeGreaterThan(0)
      expect(py).toBeLessThan(SIZE.height)
    }
    expect(placed[2][1]).toBeLessThan(placed[1][1])
    expect(Math.max(...placed.map(([, py]) => py)) - Math.min(...placed.map(([, py]) => py))).toBeCloseTo(428, 9)
  })

  it('zooms around the pointer and moves with the hand', () => {
    const whole = wholeMap(POINTS, SIZE)
    const under = toMap(whole, SIZE, 130, 410)
    const near = zoomed(whole, SIZE, 3, whole, 130, 410)
    expect(near.scale).toBeCloseTo(3 * whole.scale, 9)
    const [px, py] = toPicture(near, SIZE, ...under)
    expect([px, py].map((p) => Math.round(p * 1e6) / 1e6)).toEqual([130, 410])
    const [mx, my] = toPicture(moved(near, 25, -40), SIZE, ...under)
    expect([mx, my].map((p) => Math.round(p * 1e6) / 1e6)).toEqual([155, 370])
    expect(zoomed(whole, SIZE, 1e9, whole, 0, 0).scale).toBeCloseTo(400 * whole.scale, 6)
    expect(zoomed(whole, SIZE, 1e-9, whole, 0, 0).scale).toBeCloseTo(whole.scale / 2, 9)
  })

  it('can be looked at where all points are in one place, or none is there', () => {
    expect(wholeMap({ x: [2, 2], y: [5, 5] }, SIZE)).toMatchObject({ x: 2, y: 5, scale: 40 })
    expect(wholeMap({ x: [], y: [] }, SIZE).scale).toBe(1)
  })
})

describe('the nearest point', () => {
  it('is the one that comparing with each finds, near and far', () => {
    const random = randomOf(8)
    const draw = (): number => (random() < 0.5 ? Math.round(random() * 8) : random() * 30 - 10)
    const x = Array.from({ length: 400 }, draw)
    const y = Array.from({ length: 400 }, draw)
    const grid = new MapGrid(x, y)
    for (let question = 0; question < 300; question++) {
      const [at, up, within] = [draw(), draw(), [0.1, 1, 8, Infinity][question % 4]]
      let due = -1
      x.forEach((_, i) => {
        const far = (i: number): number => (x[i] - at) ** 2 + (y[i] - up) ** 2
        if (far(i) <= within ** 2 && (due === -1 || far(i) <= far(due))) due = i
      })
      expect(grid.nearest(at, up, within)).toBe(due)
    }
  })

  it('of none, or of points in one place', () => {
    expect(new MapGrid([], []).nearest(0, 0, Infinity)).toBe(-1)
    expect(new MapGrid([1, 1], [2, 2]).nearest(1, 2, 0.5)).toBe(1)
    expect(new MapGrid([1, 1], [2, 2]).nearest(9, 2, 0.5)).toBe(-1)
  })
})
