import { ErratumError } from '../../../contract/errors.ts'
import { distanceWithin } from './distance.ts'
import { continuesWith, startsWith } from './prompt-table.ts'
import { RecordTable, wholeText, type EditSpan, type Entry } from './record-table.ts'
import { inConflict, ScopeRouter } from './scope-router.ts'
import type { IndexedEdit, NeuronIndex, RecordRef, RecordState, Route, ScopeSettings } from './types.ts'

/** What is sure about one live record, for whoever draws or explains it. */
export interface Scope {
  /** farthest distance at which it fires */
  readonly reach: number
  /** the nearest live record in conflict with it, and how far its key is; null: it has none */
  readonly rival: { readonly ref: RecordRef; readonly distance: number } | null
  /** inside this distance its answer is certain; such balls of records in conflict never overlap */
  readonly sureRadius: number
}

export interface ScopesIndex extends NeuronIndex {
  readonly mode: 'scopes'
  readonly settings: ScopeSettings
  readonly edits: readonly IndexedEdit[]
  /** @throws ErratumError NotFound where the record is not live. */
  scopeOf(ref: RecordRef): Scope
  /** The live record whose prompt is exactly `ids`: there is at most one. */
  liveAt(ids: readonly number[]): RecordRef | null
}

/**
 * The `scopes` index: every key is the centre of its own scope, which ends at its reach or where a rival comes too near.
 * A pure function of the edits that are present and their permanent order.
 * @throws ErratumError BadInput for settings, ids, orders or keys that make no sense.
 */
export function buildScopes(edits: readonly IndexedEdit[], settings: ScopeSettings): ScopesIndex {
  checkSettings(settings)
  return Scopes.empty({ ...settings }).extendedBy(edits)
}

/** The index with more edits: equal to the one built from all of them, at the cost of the new ones. */
export function extendScopes(previous: ScopesIndex, edits: readonly IndexedEdit[]): ScopesIndex {
  if (previous instanceof Scopes) return previous.extendedBy(edits)
  return buildScopes([...previous.edits, ...edits], previous.settings)
}

/** Why a record is not live; -1: that reason does not hold. Entries are numbers in the table. */
interface Standing {
  /** first entry of the latest edit that supersedes it */
  readonly supersededBy: Int32Array
  /** 1 where that edit's text goes on as the record says */
  readonly restated: Uint8Array
  /** the latest entry that it cannot be told from */
  readonly indistinguishableFrom: Int32Array
}

class Scopes implements ScopesIndex {
  readonly mode = 'scopes'
  readonly settings: ScopeSettings
  readonly #table: RecordTable
  readonly #standing: Standing
  readonly #count: number
  readonly #editCount: number
  readonly #router: ScopeRouter

  private constructor(settings: ScopeSettings, table: RecordTable, standing: Standing) {
    this.settings = settings
    this.#table = table
    this.#standing = standing
    this.#count = table.count
    this.#editCount = table.spans.length
    const live: number[] = []
    for (let entry = 0; entry < this.#count; entry++) if (isLive(standing, entry)) live.push(entry)
    this.#router = new ScopeRouter(table, Int32Array.from(live), settings)
  }

  static empty(settings: ScopeSettings): Scopes {
    return new Scopes(settings, new RecordTable(), newStanding(0))
  }

  get edits(): readonly IndexedEdit[] {
    return this.#table.spans.slice(0, this.#editCount).map((span) => span.edit)
  }

  extendedBy(edits: readonly IndexedEdit[]): Scopes {
    const atTheEnd = edits.every((edit) => edit.order > this.#table.lastOrder)
    // The table has grown for another index since, or the new edits belong between the old ones: start anew.
    if (this.#count !== this.#table.count || !atTheEnd)
      return Scopes.empty(this.settings).extendedBy([...this.edits, ...edits])
    this.#table.append(edits)
    const standing = newStanding(this.#table.count, this.#standing)
    for (const span of this.#table.spans.slice(this.#editCount)) supersede(this.#table, span, standing)
    tellApart(this.#table, this.#count, this.settings, standing)
    return new Scopes(this.settings, this.#table, standing)
  }

  route(query: Float32Array, text?: readonly number[]): Route {
    return this.#router.route(query, text)
  }

  stateOf(ref: RecordRef): RecordState {
    return this.#state(this.#entryOf(ref))
  }

  states(): readonly { readonly ref: RecordRef; readonly state: RecordState }[] {
    return this.#table.entries.slice(0, this.#count).map(({ ref }, entry) => ({ ref, state: this.#state(entry) }))
  }

  scopeOf(ref: RecordRef): Scope {
    const entry = this.#entryOf(ref)
    if (!isLive(this.#standing, entry)) throw notFound(ref, 'is not live')
    const { reach, margin } = this.settings
    const rival = this.#router.rivalOf(entry)
    const sureRadius = rival ? Math.min(reach, (margin * rival.distance) / (1 + margin)) : reach
    return {
      reach: this.#router.reachOf(entry),
      rival: rival && { ref: this.#table.entries[rival.entry].ref, distance: rival.distance },
      sureRadius
    }
  }

  liveAt(ids: readonly number[]): RecordRef | null {
    const entry = this.#table.prompts.entriesAt(ids).find((at) => at < this.#count && isLive(this.#standing, at))
    return entry === undefined ? null : this.#table.entries[entry].ref
  }

  #entryOf(ref: RecordRef): number {
    const entry = this.#table.entryOf(ref)
    if (entry === undefined || entry >= this.#count) throw notFound(ref, 'is not in the index')
    return entry
  }

  #state(entry: number): RecordState {
    const { supersededBy, restated, indistinguishableFrom } = this.#standing
    const by = (other: number): RecordRef => this.#table.entries[other].ref
    if (supersededBy[entry] !== -1)
      return { state: restated[entry] ? 'retrained' : 'replaced', by: by(supersededBy[entry]) }
    if (indistinguishableFrom[entry] !== -1) return { state: 'indistinguishable', by: by(indistinguishableFrom[entry]) }
    return { state: 'live' }
  }
}

/**
 * Marks the records of earlier edits that the edit `later` supersedes: those whose prompt lies in its text, behind its
 * own prompt, and what comes after them in their edit, which nobody reaches any more; not what continues its text.
 */
function supersede(table: RecordTable, later: EditSpan, standing: Standing): void {
  const whole = wholeText(later.edit)
  const met = new Map<EditSpan, Set<number>>()
  for (const entry of table.prompts.prefixesOf(whole, later.edit.records[0].promptIds.length)) {
    if (entry >= later.first) continue
    const span = table.spanOf(entry)
    met.set(span, (met.get(span) ?? new Set()).add(entry))
  }
  for (const [span, restatedHere] of met) {
    let same = true
    for (let entry = Math.min(...restatedHere); entry < span.end; entry++) {
      const { promptIds, says } = table.entries[entry]
      if (restatedHere.has(entry)) same &&= continuesWith(whole, promptIds.length, says)
      if (startsWith(promptIds, whole)) continue
      standing.supersededBy[entry] = later.first
      standing.restated[entry] = same ? 1 : 0
    }
  }
}

/**
 * Finds for each record that is not superseded the latest such record that conflicts with it within the noise.
 * Entries before `known` were compared with each other already: among them only marks whose reason is gone are redone.
 */
function tellApart(table: RecordTable, known: number, settings: ScopeSettings, standing: Standing): void {
  const { supersededBy, indistinguishableFrom } = standing
  const count = table.count
  /** The latest entry from start to end that this one cannot be told from; -1: none. */
  const latest = (entry: number, start: number, end: number): number => {
    const one = table.entries[entry]
    for (let other = end - 1; other >= start; other--)
      if (supersededBy[other] === -1 && cannotBeTold(one, table.entries[other], settings)) return other
    return -1
  }
  for (let entry = 0; entry < count; entry++) {
    const before = indistinguishableFrom[entry]
    indistinguishableFrom[entry] = -1
    if (supersededBy[entry] !== -1) continue
    const firstNew = Math.max(known, entry + 1)
    const amongNew = latest(entry, firstNew, count)
    if (amongNew !== -1) indistinguishableFrom[entry] = amongNew
    else if (before !== -1)
      indistinguishableFrom[entry] = supersededBy[before] === -1 ? before : latest(entry, entry + 1, firstNew)
  }
}

/** Whether two keys lie so near, for their noise, that a query at one could be taken for the other, in conflict. */
function cannotBeTold(one: Entry, other: Entry, { margin, noise }: ScopeSettings): boolean {
  const limit = (1 + 1 / margin) * noise * Math.max(one.norm, other.norm)
  // Keys are at least as far apart as their lengths differ; the slack covers the rounding of the two lengths.
  if (Math.abs(one.norm - other.norm) > limit + 1e-9 * Math.max(one.norm, other.norm)) return false
  return inConflict(one, other) && distanceWithin(one.key, other.key, limit) <= limit
}

function isLive(standing: Standing, entry: number): boolean {
  return standing.supersededBy[entry] === -1 && standing.indistinguishableFrom[entry] === -1
}

function newStanding(count: number, previous?: Standing): Standing {
  const standing = {
    supersededBy: new Int32Array(count).fill(-1),
    restated: new Uint8Array(count),
    indistinguishableFrom: new Int32Array(count).fill(-1)
  }
  if (previous) {
    standing.supersededBy.set(previous.supersededBy)
    standing.restated.set(previous.restated)
    standing.indistinguishableFrom.set(previous.indistinguishableFrom)
  }
  return standing
}

function checkSettings({ reach, margin, noise }: ScopeSettings): void {
  const bad = (field: string, value: number, due: string) =>
    new ErratumError('BadInput', `The ${field} of a neuron index is ${value}; it must be ${due}.`, { field })
  if (!(reach >= 0 && reach < Infinity)) throw bad('reach', reach, 'a distance, 0 or more')
  if (!(margin > 0 && margin < 1)) throw bad('margin', margin, 'between 0 and 1, both excluded')
  if (!(noise >= 0 && noise < Infinity)) throw bad('noise', noise, '0 or more')
}

function notFound({ editId, record }: RecordRef, what: string): ErratumError {
  return new ErratumError('NotFound', `Record ${record} of the edit ${editId} ${what}.`)
}
