import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { scrollToRow, visibleRows } from '../../src/renderer/state/visible-rows.ts'

it('every row that can be seen is in the page, and few others', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 20, max: 90 }),
      fc.integer({ min: 100, max: 2000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (count, rowHeight, height, share) => {
        const scrollTop = Math.max(0, count * rowHeight - height) * share
        const { first, end } = visibleRows(count, rowHeight, scrollTop, height)
        for (let row = 0; row < count; row++) {
          const isSeen = (row + 1) * rowHeight > scrollTop && row * rowHeight < scrollTop + height
          if (isSeen) expect(row >= first && row < end).toBe(true)
        }
        expect(end - first).toBeLessThanOrEqual(Math.ceil(height / rowHeight) + 14)
      }
    )
  )
})

it('an empty list has no rows', () => {
  expect(visibleRows(0, 50, 0, 600)).toEqual({ first: 0, end: 0 })
})

it('scrolling to a row moves no more than needed', () => {
  expect(scrollToRow(3, 50, 100, 200)).toBe(100)
  expect(scrollToRow(0, 50, 100, 200)).toBe(0)
  expect(scrollToRow(9, 50, 100, 200)).toBe(300)
})
