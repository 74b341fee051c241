/** Which rows of a long list have to be in the page: those in sight and a few beyond, all of one height. */
export interface VisibleRows {
  first: number
  /** after the last */
  end: number
}

const BEYOND = 6

/** @param scrollTop and height in px, of the scrolling box; rowHeight in px */
export function visibleRows(count: number, rowHeight: number, scrollTop: number, height: number): VisibleRows {
  const last = Math.max(0, count - 1)
  const first = Math.min(last, Math.max(0, Math.floor(scrollTop / rowHeight) - BEYOND))
  const end = Math.min(count, Math.max(first, Math.ceil((scrollTop + height) / rowHeight) + BEYOND))
  return { first, end }
}

/** Where to scroll so that a row is wholly in sight, moving no more than needed. */
export function scrollToRow(row: number, rowHeight: number, scrollTop: number, height: number): number {
  const top = row * rowHeight
  if (top < scrollTop) return top
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height
  return scrollTop
}
