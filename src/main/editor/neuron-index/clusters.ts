import { ErratumError } from '../../../contract/errors.ts'
import { ClusterInsertion, nearestCluster, nearestMember, NO_CLUSTERS, type ClusterState } from './cluster-rules.ts'
import { norm } from './distance.ts'
import { RecordTable, targetOf } from './record-table.ts'
import { NO_ROUTE } from './scope-router.ts'
import type { ClusterSettings, IndexedEdit, NeuronIndex, RecordRef, RecordState, Route } from './types.ts'

/** A cluster, for whoever draws, stores or exports it. */
export interface Cluster {
  /** grows with the order in which clusters are made; never given twice */
  readonly number: number
  /** mean of the keys of its members when the last of them came [d] */
  readonly centre: Float32Array
  readonly radius: number
  readonly members: readonly RecordRef[]
  /** the whole target that its members share, as ids */
  readonly label: readonly number[]
}

export interface ClustersIndex extends NeuronIndex {
  readonly mode: 'clusters'
  readonly settings: ClusterSettings
  readonly edits: readonly IndexedEdit[]
  /** in the order in which they were made */
  clusters(): readonly Cluster[]
}

/**
 * The `clusters` index: the paper's rules, one record inserted after the other by the order of their edits. In a route
 * `distance` is the one to the nearest centre and `reach` its cluster's radius; there is no rival and no margin.
 * @throws ErratumError BadInput for a radius, ids, orders or keys that make no sense.
 */
export function buildClusters(edits: readonly IndexedEdit[], settings: ClusterSettings): ClustersIndex {
  if (!(settings.radius >= 0 && settings.radius < Infinity))
    throw new ErratumError('BadInput', `The initial radius of a cluster is ${settings.radius}; it must be 0 or more.`, {
      field: 'radius'
    })
  return new Clusters({ ...settings }, new RecordTable(), NO_CLUSTERS).extendedBy(edits)
}

/** The index with more edits: equal to the one built from all of them, at the cost of the new ones. */
export function extendClusters(previous: ClustersIndex, edits: readonly IndexedEdit[]): ClustersIndex {
  if (previous instanceof Clusters) return previous.extendedBy(edits)
  return buildClusters([...previous.edits, ...edits], previous.settings)
}

class Clusters implements ClustersIndex {
  readonly mode = 'clusters'
  readonly settings: ClusterSettings
  readonly #table: RecordTable
  readonly #state: ClusterState
  readonly #count: number
  readonly #editCount: number

  constructor(settings: ClusterSettings, table: RecordTable, state: ClusterState) {
    this.settings = settings
    this.#table = table
    this.#state = state
    this.#count = table.count
    this.#editCount = table.spans.length
  }

  get edits(): readonly IndexedEdit[] {
    return this.#table.spans.slice(0, this.#editCount).map((span) => span.edit)
  }

  extendedBy(edits: readonly IndexedEdit[]): Clusters {
    const atTheEnd = edits.every((edit) => edit.order > this.#table.lastOrder)
    // The table has grown for another index since, or the new edits belong between the old ones: start anew.
    if (this.#count !== this.#table.count || !atTheEnd)
      return new Clusters(this.settings, new RecordTable(), NO_CLUSTERS).extendedBy([...this.edits, ...edits])
    this.#table.append(edits)
    const insertion = new ClusterInsertion(this.#table, this.settings.radius, this.#state)
    for (let entry = this.#count; entry < this.#table.count; entry++) insertion.insert(entry)
    return new Clusters(this.settings, this.#table, insertion.state)
  }

  clusters(): readonly Cluster[] {
    return [...this.#state.clusters].map(([number, { centre, radius, members }]) => ({
      number,
      centre,
      radius,
      members: members.map((entry) => this.#table.entries[entry].ref),
      label: targetOf(this.#table.spanOf(members[0]).edit)
    }))
  }

  /** @throws ErratumError BadInput where the query is not a finite key of the index's width. */
  route(query: Float32Array): Route {
    if (this.#count === 0) return NO_ROUTE
    const width = this.#table.width!
    if (query.length !== width || !Number.isFinite(norm(query)))
      throw new ErratumError('BadInput', `A query has the shape [${query.length}]; due are [${width}] finite numbers.`)
    const { cluster, distance } = nearestCluster(this.#state.clusters, query)!
    const entry = nearestMember(this.#table, cluster, query)
    const block = distance <= cluster.radius ? this.#table.spanOf(entry).edit.block : null
    return { ...NO_ROUTE, ...this.#table.entries[entry].ref, block, distance, reach: cluster.radius }
  }

  stateOf(ref: RecordRef): RecordState {
    const entry = this.#table.entryOf(ref)
    if (entry === undefined || entry >= this.#count)
      throw new ErratumError('NotFound', `Record ${ref.record} of the edit ${ref.editId} is not in the index.`)
    return this.#stateOf(entry)
  }

  states(): readonly { readonly ref: RecordRef; readonly state: RecordState }[] {
    return this.#table.entries.slice(0, this.#count).map(({ ref }, entry) => ({ ref, state: this.#stateOf(entry) }))
  }

  #stateOf(entry: number): RecordState {
    const forgottenBy = this.#state.forgottenBy[entry]
    const outBy = this.#state.outBy[entry]
    // A record can be out of reach from its own insertion on: then no other is the reason.
    const by = (other: number): RecordRef | null => (other === entry ? null : this.#table.entries[other].ref)
    if (forgottenBy !== -1) return { state: 'forgotten', by: by(forgottenBy) }
    if (outBy !== -1) return { state: 'out-of-reach', by: by(outBy) }
    return { state: 'live' }
  }
}
