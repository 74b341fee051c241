import { distance, distanceWithin } from './distance.ts'
import type { RecordTable } from './record-table.ts'

/** A cluster of the paper; entries are numbers in the table. */
export interface EntryCluster {
  /** mean of the keys of its members when the last of them came */
  readonly centre: Float32Array
  readonly radius: number
  /** stands for the target that all members share */
  readonly targetId: number
  /** ascending */
  readonly members: readonly number[]
}

/** Clusters by a number that grows with their creation, and what became of the entries. */
export interface ClusterState {
  readonly clusters: ReadonlyMap<number, EntryCluster>
  readonly created: number
  /** the entry for whose sake this one was dropped; -1: it was not */
  readonly forgottenBy: readonly number[]
  /** the entry whose insertion put this one out of reach; -1: it is in reach */
  readonly outBy: readonly number[]
  /** number of the cluster whose centre is nearest, and its distance; of a forgotten entry they mean nothing */
  readonly nearest: readonly number[]
  readonly nearestDistance: readonly number[]
}

export const NO_CLUSTERS: ClusterState = {
  clusters: new Map(),
  created: 0,
  forgottenBy: [],
  outBy: [],
  nearest: [],
  nearestDistance: []
}

/** A cluster by its number, with the distance from a point to its centre. */
export interface NearCluster {
  readonly number: number
  readonly cluster: EntryCluster
  readonly distance: number
}

/** The cluster whose centre is nearest, of equally near ones the one that was made later; null: there is none. */
export function nearestCluster(clusters: ReadonlyMap<number, EntryCluster>, query: Float32Array): NearCluster | null {
  let found: NearCluster | null = null
  for (const [number, cluster] of clusters) {
    const limit: number = found?.distance ?? Infinity
    const near = distanceWithin(query, cluster.centre, limit)
    if (near < limit || (near === limit && number > (found?.number ?? -1))) found = { number, cluster, distance: near }
  }
  return found
}

/** The member whose key is nearest, of equally near ones the later. */
export function nearestMember(table: RecordTable, cluster: EntryCluster, query: Float32Array): number {
  let nearest = cluster.members[0]
  let limit = Infinity
  for (const entry of cluster.members) {
    const near = distanceWithin(query, table.entries[entry].key, limit)
    if (near > limit) continue
    nearest = entry
    limit = near
  }
  return nearest
}

/**
 * The paper's rules for the insertion of one entry after the other (MELO, section "Neuron-indexed dynamic LoRA"), with
 * d the distance to the nearest centre, r its radius and e the initial radius:
 * - add, d > r + e: a new cluster of radius e;
 * - expand, the same target: the centre becomes the mean, and r grows where it must to take the key in;
 * - conflict, another target: r = min(r, d / 2), members outside are forgotten, the new cluster gets min(e, d / 2);
 * - the same prompt with another target: the earlier entry is forgotten, the latest prevails.
 *
 * An expansion moves the centre, so that a key can fall outside its own cluster or nearer to another centre. After each
 * insertion every entry is checked: it is in reach where its own key leads to a cluster of its target, or to its block.
 */
export class ClusterInsertion {
  readonly #table: RecordTable
  readonly #radius: number
  readonly #clusters: Map<number, EntryCluster>
  readonly #forgottenBy: number[]
  readonly #outBy: number[]
  readonly #nearest: number[]
  readonly #nearestDistance: number[]
  #created: number
  /** numbers of clusters whose centre is new, moved or gone since the last check */
  readonly #moved = new Set<number>()

  constructor(table: RecordTable, radius: number, start: ClusterState) {
    this.#table = table
    this.#radius = radius
    this.#clusters = new Map(start.clusters)
    this.#created = start.created
    this.#forgottenBy = [...start.forgottenBy]
    this.#outBy = [...start.outBy]
    this.#nearest = [...start.nearest]
    this.#nearestDistance = [...start.nearestDistance]
  }

  get state(): ClusterState {
    return {
      clusters: this.#clusters,
      created: this.#created,
      forgottenBy: this.#forgottenBy,
      outBy: this.#outBy,
      nearest: this.#nearest,
      nearestDistance: this.#nearestDistance
    }
  }

  /** Inserts the next entry of the table. */
  insert(entry: number): void {
    const { key, targetId } = this.#table.entries[entry]
    this.#forgetSamePrompt(entry)
    const near = nearestCluster(this.#clusters, key)
    if (near && near.distance <= near.cluster.radius + this.#radius) {
      if (near.cluster.targetId === targetId) this.#expand(near, entry)
      else {
        this.#shrink(near, entry)
        this.#create(entry, Math.min(this.#radius, near.distance / 2))
      }
    } else this.#create(entry, this.#radius)
    this.#forgottenBy.push(-1)
    this.#outBy.push(-1)
    this.#nearest.push(-1)
    this.#nearestDistance.push(Infinity)
    this.#checkReach(entry)
  }

  #forgetSamePrompt(entry: number): void {
    const { promptIds, targetId } = this.#table.entries[entry]
    for (const other of this.#table.prompts.entriesAt(promptIds)) {
      if (other >= entry || this.#forgottenBy[other] !== -1) continue
      if (this.#table.entries[other].targetId === targetId) continue
      for (const [number, cluster] of this.#clusters)
        if (cluster.members.includes(other)) this.#keep(number, cluster, (member) => member !== other, entry)
    }
  }

  #create(entry: number, radius: number): void {
    const { key, targetId } = this.#table.entries[entry]
    this.#moved.add(this.#created)
    this.#clusters.set(this.#created++, { centre: key, radius, targetId, members: [entry] })
  }

  #expand({ number, cluster }: NearCluster, entry: number): void {
    const members = [...cluster.members, entry]
    const centre = meanKey(members.map((member) => this.#table.entries[member].key))
    const radius = Math.max(cluster.radius, distance(centre, this.#table.entries[entry].key))
    this.#moved.add(number)
    this.#clusters.set(number, { ...cluster, centre, radius, members })
  }

  #shrink({ number, cluster, distance: toKey }: NearCluster, entry: number): void {
    const radius = Math.min(cluster.radius, toKey / 2)
    const isInside = (member: number): boolean => distance(cluster.centre, this.#table.entries[member].key) <= radius
    this.#keep(number, { ...cluster, radius }, isInside, entry)
  }

  /** Leaves a cluster with the members that `stays` names; the others are forgotten, and with all of them the cluster. */
  #keep(number: number, cluster: EntryCluster, stays: (member: number) => boolean, by: number): void {
    const members = cluster.members.filter(stays)
    for (const member of cluster.members) if (!members.includes(member)) this.#forgottenBy[member] = by
    if (members.length > 0) this.#clusters.set(number, { ...cluster, members })
    else {
      this.#clusters.delete(number)
      this.#moved.add(number)
    }
  }

  #checkReach(latest: number): void {
    for (let entry = 0; entry <= latest; entry++) {
      if (this.#forgottenBy[entry] !== -1) continue
      this.#updateNearest(entry)
      if (this.#isInReach(entry)) this.#outBy[entry] = -1
      else if (this.#outBy[entry] === -1) this.#outBy[entry] = latest
    }
    this.#moved.clear()
  }

  /** Only centres that moved can have come nearer or gone farther. */
  #updateNearest(entry: number): void {
    const { key } = this.#table.entries[entry]
    const before = this.#nearest[entry]
    const lost = before === -1 || (this.#moved.has(before) && !this.#staysNear(entry, this.#clusters.get(before)))
    if (lost) {
      const found = nearestCluster(this.#clusters, key)!
      this.#nearest[entry] = found.number
      this.#nearestDistance[entry] = found.distance
      return
    }
    for (const number of this.#moved) {
      const cluster = this.#clusters.get(number)
      if (!cluster) continue
      const limit = this.#nearestDistance[entry]
      const near = distanceWithin(key, cluster.centre, limit)
      if (near > limit || (near === limit && number < this.#nearest[entry])) continue
      this.#nearest[entry] = number
      this.#nearestDistance[entry] = near
    }
  }

  /** Whether the nearest centre is still there and no farther than it was, so that no other can have become nearest. */
  #staysNear(entry: number, cluster: EntryCluster | undefined): boolean {
    const limit = this.#nearestDistance[entry]
    return cluster !== undefined && distanceWithin(this.#table.entries[entry].key, cluster.centre, limit) <= limit
  }

  #isInReach(entry: number): boolean {
    const { key, targetId, block } = this.#table.entries[entry]
    const cluster = this.#clusters.get(this.#nearest[entry])!
    if (this.#nearestDistance[entry] > cluster.radius) return false
    return (
      cluster.targetId === targetId || this.#table.entries[nearestMember(this.#table, cluster, key)].block === block
    )
  }
}

/** Mean of keys [d], summed in float64 in their order. */
function meanKey(keys: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(keys[0].length)
  for (const key of keys) for (let i = 0; i < sum.length; i++) sum[i] += key[i]
  return Float32Array.from(sum, (value) => value / keys.length)
}
