import { distanceWithin, norm } from './distance.ts'
import type { Entry, RecordTable } from './record-table.ts'

/** An entry of the table and how far its key is from the query. */
export interface Found {
  readonly entry: number
  readonly distance: number
}

/**
 * Exact search for the keys of some entries that are near one query. Bounds from below say which keys can be left out;
 * what remains is compared by the canonical distance, which is given up as soon as it is above the best one so far.
 */
export class KeySearch {
  readonly #entries: readonly Entry[]
  readonly #among: Int32Array
  readonly #query: Float32Array
  /** never above the distance to each of `among`; 0 where nothing is known */
  readonly #bounds: Float64Array

  /** @param among numbers of entries, ascending */
  constructor(table: RecordTable, among: Int32Array, query: Float32Array) {
    this.#entries = table.entries
    this.#among = among
    this.#query = query
    this.#bounds = table.projected.boundsFrom(query, norm(query), among)
  }

  /** The canonical distance to an entry where that is at most `limit`; otherwise it, or Infinity. */
  distanceTo(entry: number, limit: number): number {
    return distanceWithin(this.#query, this.#entries[entry].key, limit)
  }

  /** The nearest entry among those that `accepts` lets pass, ties: the later; null: none passes. */
  nearest(accepts: (entry: Entry) => boolean): Found | null {
    const likely = this.#leastBound(accepts)
    if (likely === -1) return null
    let entry = this.#among[likely]
    let limit = this.distanceTo(entry, Infinity)
    this.#bounds[likely] = limit
    for (let i = 0; i < this.#among.length; i++) {
      if (this.#bounds[i] > limit) continue
      const other = this.#among[i]
      if (other === entry || !accepts(this.#entries[other])) continue
      const distance = this.distanceTo(other, limit)
      if (distance > limit) {
        this.#bounds[i] = limit
        continue
      }
      this.#bounds[i] = distance
      if (distance === limit && other < entry) continue
      entry = other
      limit = distance
    }
    return { entry, distance: limit }
  }

  /** Where the bound is least, among the entries that pass: likely the nearest, so that most others are left out. */
  #leastBound(accepts: (entry: Entry) => boolean): number {
    let least = -1
    for (let i = 0; i < this.#among.length; i++) {
      if (least !== -1 && this.#bounds[i] >= this.#bounds[least]) continue
      if (accepts(this.#entries[this.#among[i]])) least = i
    }
    return least
  }
}
