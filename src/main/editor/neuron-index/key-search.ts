import { distanceWithin } from './distance.ts'
import type { RecordTable } from './record-table.ts'

/** An entry of the table and how far its key is from the query. */
export interface Found {
  readonly entry: number
  readonly distance: number
}

/** Questions about one query. */
export interface KeysNear {
  /** The nearest entry among those that `accepts` lets pass, ties: the later; null: none passes. */
  nearest(accepts: (entry: number) => boolean): Found | null
  /** The canonical distance to an entry where that is at most `limit`; otherwise it, or Infinity. */
  distanceTo(entry: number, limit: number): number
}

/** Exact search among the keys of some entries of a table. */
export class KeySearch {
  readonly #table: RecordTable
  readonly #entries: Int32Array

  /** @param entries numbers of entries, ascending */
  constructor(table: RecordTable, entries: Int32Array) {
    this.#table = table
    this.#entries = entries
  }

  at(query: Float32Array): KeysNear {
    const keyOf = (entry: number): Float32Array => this.#table.entries[entry].key
    return {
      nearest: (accepts) => {
        let found: Found | null = null
        for (const entry of this.#entries) {
          if (!accepts(entry)) continue
          const limit: number = found?.distance ?? Infinity
          const distance = distanceWithin(query, keyOf(entry), limit)
          if (distance <= limit) found = { entry, distance }
        }
        return found
      },
      distanceTo: (entry, limit) => distanceWithin(query, keyOf(entry), limit)
    }
  }
}
