/** The records nearest to a query, and what it takes each of them to fire there. */
import { distance, norm } from '../../editor/neuron-index/distance.ts'
import { reachOf } from '../../editor/neuron-index/scope-router.ts'
import type { ExploredIndex, ExploredRecord } from './explored-index.ts'

export interface Near {
  /** place of the record */
  readonly record: number
  readonly distance: number
  readonly reach: number | null
  readonly toCentre: number | null
  readonly rival: number | null
  readonly withinReach: boolean
  readonly withinMargin: boolean
}

/** Live or not; the nearest first, of equally near ones the later. */
export function nearRecords(explored: ExploredIndex, query: Float32Array, most: number): Near[] {
  const { records } = explored
  const distances = Float64Array.from(records, ({ key }) => distance(query, key))
  const order = [...records.keys()].sort((a, b) => distances[a] - distances[b] || b - a)
  const describe = explored.index.mode === 'clusters' ? inCluster : inScope
  return order.slice(0, most).map((record) => describe(explored, { record, query, distances, order }))
}

interface Asked {
  readonly record: number
  readonly query: Float32Array
  /** of all records from the query, and their places with the nearest first */
  readonly distances: Float64Array
  readonly order: readonly number[]
}

function inScope({ index, records }: ExploredIndex, { record, distances, order }: Asked): Near {
  const own = { record, distance: distances[record], toCentre: null }
  const one = records[record]
  if (index.mode !== 'scopes' || !isLive(one))
    return { ...own, reach: null, rival: null, withinReach: false, withinMargin: false }
  const nearest = order.find((other) => isLive(records[other]) && isRival(one, records[other]))
  const rival = nearest === undefined ? null : distances[nearest]
  const reach = reachOf(norm(one.key), index.settings)
  const withinMargin = own.distance <= index.settings.margin * (rival ?? Infinity)
  return { ...own, reach, rival, withinReach: own.distance <= reach, withinMargin }
}

function inCluster({ clusters, clusterOf }: ExploredIndex, { record, query, distances }: Asked): Near {
  const cluster = clusterOf[record] === -1 ? null : clusters[clusterOf[record]]
  const toCentre = cluster && distance(query, cluster.centre)
  const reach = cluster?.radius ?? null
  const withinReach = toCentre !== null && reach !== null && toCentre <= reach
  return { record, distance: distances[record], reach, toCentre, rival: null, withinReach, withinMargin: withinReach }
}

const isLive = ({ state }: ExploredRecord): boolean => state.state === 'live'

const isRival = (a: ExploredRecord, b: ExploredRecord): boolean => a.block !== b.block && a.says !== b.says
