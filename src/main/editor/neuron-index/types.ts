/** The records of a neuron index, whatever its mode. */

/** One stored key: at an edit's prompt's end, or at a decision point inside its target. */
export interface KeyRecord {
  /** ids of the text up to this place */
  readonly promptIds: readonly number[]
  /** what the block writes from here to the edit's next record or the target's end */
  readonly says: readonly number[]
  readonly key: Float32Array
}

/** An edit that is present in the session (committed and not undone). */
export interface IndexedEdit {
  readonly editId: string
  /** id of the block that was trained for it */
  readonly block: string
  /** permanent place in the order of edits; unique; later edits have larger ones */
  readonly order: number
  /** by position: the first at the prompt's end */
  readonly records: readonly KeyRecord[]
}

export interface RecordRef {
  readonly editId: string
  /** number of the record in its edit */
  readonly record: number
}

export type RecordState =
  | { readonly state: 'live' }
  | { readonly state: 'retrained' | 'replaced' | 'indistinguishable'; readonly by: RecordRef }
  | { readonly state: 'forgotten' | 'out-of-reach'; readonly by: RecordRef | null } // clusters mode only

/** The answer of a router at one decision point, with what it takes to explain it. */
export interface Route {
  /** null: no block fires; the other fields then tell of the nearest key that missed (null where the index is empty) */
  readonly block: string | null
  readonly editId: string | null
  readonly record: number | null
  readonly distance: number | null
  readonly reach: number | null
  /** distance to the nearest live record in conflict with the one above; null: it has no rival */
  readonly rival: number | null
  readonly margin: number | null
  /** given where a record would have fired and the text to the left says already what it says */
  readonly alreadySaid?: true
}

export interface ScopeSettings {
  /** e: absolute distance */
  reach: number
  /** t, 0 < t < 1 */
  margin: number
  /** f: relative noise of a key between request shapes */
  noise: number
}

export interface ClusterSettings {
  /** initial radius of a new cluster */
  radius: number
}

export interface NeuronIndex {
  readonly mode: 'scopes' | 'clusters'
  /** text: the ids to the left of the query; `scopes` does not say again what they say already */
  route(query: Float32Array, text?: readonly number[]): Route
  stateOf(ref: RecordRef): RecordState
  /** all records with their states, by edit order and record number */
  states(): readonly { readonly ref: RecordRef; readonly state: RecordState }[]
}

/** What changed for a record between two indices of a session; nothing is lost without one. */
export interface IndexEvent {
  readonly ref: RecordRef
  readonly before: RecordState['state'] | 'absent'
  readonly after: RecordState['state'] | 'absent'
  readonly by: RecordRef | null
}
