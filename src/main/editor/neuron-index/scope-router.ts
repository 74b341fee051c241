import { ErratumError } from '../../../contract/errors.ts'
import { norm } from './distance.ts'
import { KeySearch, type Found } from './key-search.ts'
import type { Entry, RecordTable } from './record-table.ts'
import type { Route, ScopeSettings } from './types.ts'

/** Two records conflict when different blocks would write different things: only then does it matter which fires. */
export function inConflict(a: Entry, b: Entry): boolean {
  return a.block !== b.block && a.saysId !== b.saysId
}

/** Farthest distance at which a record with a key of this length fires: never less than twice the key's noise. */
export function reachOf(keyNorm: number, { reach, noise }: ScopeSettings): number {
  return Math.max(reach, 2 * noise * keyNorm)
}

/** Shorter pieces are words that any text may hold; from so many tokens on a piece is taken for a sentence. */
export const SHORTEST_SENTENCE = 4

/**
 * Whether a text states what a record says once more than the record's own prompt does. What has been said is not said
 * again: the places after an edited sentence are near it and often without a rival.
 */
function alreadySaid({ says, promptIds }: Entry, text: readonly number[]): boolean {
  if (says.length < SHORTEST_SENTENCE) return false
  const times = occurrences(text, says)
  return times > 0 && times > occurrences(promptIds, says)
}

function occurrences(text: readonly number[], piece: readonly number[]): number {
  let count = 0
  for (let at = 0; at + piece.length <= text.length; at++) if (piece.every((id, i) => text[at + i] === id)) count++
  return count
}

/** The answer of an index without a record. */
export const NO_ROUTE: Route = {
  block: null,
  editId: null,
  record: null,
  distance: null,
  reach: null,
  rival: null,
  margin: null
}

/**
 * Decides which record fires at a query: one within its reach and nearer by the margin than every rival of its own; of
 * several the nearest, of equally near ones the later.
 *
 * A record that conflicts with the nearest one never fires, since its rival is nearer than itself; so only the nearest
 * record and those that agree with it have to be looked at. What the text to the left says already does not fire.
 */
export class ScopeRouter {
  readonly #table: RecordTable
  readonly #live: Int32Array
  readonly #settings: ScopeSettings
  readonly #farthestReach: number

  constructor(table: RecordTable, live: Int32Array, settings: ScopeSettings) {
    this.#table = table
    this.#live = live
    this.#settings = settings
    this.#farthestReach = live.reduce((farthest, entry) => Math.max(farthest, this.reachOf(entry)), 0)
  }

  reachOf(entry: number): number {
    return reachOf(this.#table.entries[entry].norm, this.#settings)
  }

  /** The nearest live record in conflict with a live one, from key to key. */
  rivalOf(entry: number): Found | null {
    const one = this.#table.entries[entry]
    return new KeySearch(this.#table, this.#live, one.key).nearest((other) => inConflict(one, other))
  }

  /**
   * text: the ids to the left of the query; without them nothing counts as said.
   * @throws ErratumError BadInput where the query is not a finite key of the index's width.
   */
  route(query: Float32Array, text: readonly number[] = []): Route {
    if (this.#live.length === 0) return NO_ROUTE
    const width = this.#table.width!
    if (query.length !== width || !Number.isFinite(norm(query)))
      throw new ErratumError('BadInput', `A query has the shape [${query.length}]; due are [${width}] finite numbers.`)

    const near = new KeySearch(this.#table, this.#live, query)
    const rivalAt = (entry: number): number | null => {
      const one = this.#table.entries[entry]
      return near.nearest((other) => inConflict(one, other))?.distance ?? null
    }
    const nearest = near.nearest(() => true)!
    let silent: Route | null = null
    for (const found of this.#candidates(nearest, near)) {
      const rival = rivalAt(found.entry)
      if (!this.#fires(found, rival)) continue
      if (!alreadySaid(this.#table.entries[found.entry], text)) return this.#answer(found, rival, true)
      silent ??= { ...this.#answer(found, rival, false), alreadySaid: true }
    }
    return silent ?? this.#answer(nearest, rivalAt(nearest.entry), false)
  }

  /** The records that may fire, nearest first. */
  *#candidates(nearest: Found, near: KeySearch): Generator<Found> {
    yield nearest
    yield* this.#agreeingWith(nearest, near)
  }

  #fires({ entry, distance }: Found, rival: number | null): boolean {
    return distance <= this.reachOf(entry) && distance <= this.#settings.margin * (rival ?? Infinity)
  }

  /** Other records within their reach that do not conflict with the nearest one, nearest first, ties: the later. */
  #agreeingWith(nearest: Found, near: KeySearch): Found[] {
    if (nearest.distance > this.#farthestReach) return []
    const one = this.#table.entries[nearest.entry]
    const found: Found[] = []
    for (const entry of this.#live) {
      if (entry === nearest.entry || inConflict(one, this.#table.entries[entry])) continue
      const distance = near.distanceTo(entry, this.reachOf(entry))
      if (distance <= this.reachOf(entry)) found.push({ entry, distance })
    }
    return found.sort((a, b) => a.distance - b.distance || b.entry - a.entry)
  }

  #answer({ entry, distance }: Found, rival: number | null, fired: boolean): Route {
    const { editId, record } = this.#table.entries[entry].ref
    const { margin } = this.#settings
    const block = fired ? this.#table.spanOf(entry).edit.block : null
    return { block, editId, record, distance, reach: this.reachOf(entry), rival, margin }
  }
}
