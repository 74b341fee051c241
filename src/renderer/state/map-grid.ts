/** Finds the point of a map that is nearest to a place, by cells: a pointer that moves asks many times a second. */
export class MapGrid {
  readonly #x: readonly number[]
  readonly #y: readonly number[]
  readonly #cells = new Map<number, number[]>()
  readonly #cell: number

  constructor(x: readonly number[], y: readonly number[]) {
    this.#x = x
    this.#y = y
    const extent = Math.max(extentOf(x), extentOf(y))
    // About a point a cell, were they spread evenly.
    this.#cell = extent > 0 ? extent / Math.sqrt(x.length) : 1
    for (let i = 0; i < x.length; i++) {
      const number = numberOf(this.#column(x[i]), this.#column(y[i]))
      const cell = this.#cells.get(number)
      if (cell) cell.push(i)
      else this.#cells.set(number, [i])
    }
  }

  /** The nearest point no farther than `within`; of equally near ones the later, which is drawn on top; -1: none. */
  nearest(x: number, y: number, within: number): number {
    let found = -1
    let limit = within * within
    const look = (i: number): void => {
      const square = (this.#x[i] - x) ** 2 + (this.#y[i] - y) ** 2
      if (square > limit || (square === limit && i < found)) return
      limit = square
      found = i
    }
    const span = (at: number): [number, number] => [this.#column(at - within), this.#column(at + within)]
    const [left, right] = span(x)
    const [low, high] = span(y)
    // Seen from afar all cells are near: then the points themselves are fewer.
    if ((right - left + 1) * (high - low + 1) > this.#x.length) for (let i = 0; i < this.#x.length; i++) look(i)
    else
      for (let column = left; column <= right; column++)
        for (let row = low; row <= high; row++) this.#cells.get(numberOf(column, row))?.forEach(look)
    return found
  }

  #column(at: number): number {
    return Math.floor(at / this.#cell)
  }
}

/** Two cells may share one where they are very far apart: then a point more is looked at. */
const numberOf = (column: number, row: number): number => column * 2 ** 21 + row

function extentOf(values: readonly number[]): number {
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return most - least
}
