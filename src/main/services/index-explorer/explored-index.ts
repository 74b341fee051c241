/** An index as the explorer looks at it: its records in one list, their places on the plane, and what is sure of each. */
import { createHash } from 'node:crypto'
import { RECORD_STATES } from '../../../contract/index-map.ts'
import type { IndexMap, IndexScopes } from '../../../contract/index-map.ts'
import type { Cluster } from '../../editor/neuron-index/clusters.ts'
import type { StoredIndex } from '../../editor/neuron-index/store-schema.ts'
import type { IndexedEdit, RecordRef, RecordState } from '../../editor/neuron-index/types.ts'
import type { Protocol } from '../../editor/read-text.ts'
import { nearestRivals } from './nearest-rivals.ts'
import type { Contender } from './nearest-rivals.ts'
import { onPlane, principalPlane } from './principal-plane.ts'
import type { PrincipalPlane } from './principal-plane.ts'

/** Small numbers stand for block and says, as in `Contender`. */
export interface ExploredRecord extends Contender {
  readonly ref: RecordRef
  readonly state: RecordState
  /** place of its edit in the index */
  readonly edit: number
}

export interface EditText {
  readonly editId: string
  readonly block: string
  readonly prompt: string
  readonly target: string
}

export class ExploredIndex {
  readonly index: StoredIndex
  /** names the edits that are present */
  readonly state: string
  readonly edits: readonly IndexedEdit[]
  readonly records: readonly ExploredRecord[]
  /** none in `scopes` */
  readonly clusters: readonly Cluster[]
  /** place of the cluster of each record; -1: none */
  readonly clusterOf: Int32Array
  readonly #places: ReadonlyMap<string, number>
  readonly #texts: ReadonlyMap<string, EditText>
  readonly #planes: Promise<PrincipalPlane>
  #map: Promise<IndexMap> | null = null
  #scopes: Promise<IndexScopes> | null = null

  /** @param texts of all edits that are in the index, and of others */
  constructor(index: StoredIndex, texts: readonly EditText[]) {
    this.index = index
    this.state = stateOf(index)
    // An edit that was taken out can have left its id to another one, but not its block.
    this.#texts = new Map(texts.map((text) => [textName(text), text]))
    this.edits = index.edits
    this.records = recordsOf(index)
    this.#places = new Map(this.records.map(({ ref }, place) => [nameOf(ref), place]))
    this.clusters = index.mode === 'clusters' ? index.clusters() : []
    this.clusterOf = new Int32Array(this.records.length).fill(-1)
    this.clusters.forEach(({ members }, cluster) => {
      for (const ref of members) this.clusterOf[this.placeOf(ref)] = cluster
    })
    this.#planes = principalPlane(this.records.map(({ key }) => key))
  }

  /** Place of a record in the list; it has to be there. */
  placeOf(ref: RecordRef): number {
    return this.#places.get(nameOf(ref))!
  }

  /** The text of a record's edit. */
  textOf(place: number): EditText {
    return this.#texts.get(textName(this.edits[this.records[place].edit]))!
  }

  /** Where a key would be drawn. */
  async locate(key: Float32Array): Promise<{ x: number; y: number }> {
    const [x, y] = onPlane(await this.#planes, key)
    return { x: short(x), y: short(y) }
  }

  map(protocol: Protocol): Promise<IndexMap> {
    return (this.#map ??= this.#draw(protocol))
  }

  scopes(): Promise<IndexScopes> {
    return (this.#scopes ??= this.#measure())
  }

  async #draw(protocol: Protocol): Promise<IndexMap> {
    const { index, records } = this
    const plane = await this.#planes
    const points = records.map(({ key }) => onPlane(plane, key).map(short))
    return {
      protocol,
      mode: index.mode,
      state: this.state,
      edits: this.edits.length,
      width: records.at(0)?.key.length ?? 0,
      shares: [...plane.shares],
      scopes: index.mode === 'scopes' ? { ...index.settings } : null,
      radius: index.mode === 'clusters' ? index.settings.radius : null,
      records: {
        x: points.map(([x]) => x),
        y: points.map(([, y]) => y),
        edit: records.map(({ edit }) => edit),
        part: records.map(({ ref }) => ref.record),
        standing: records.map(({ state }) => RECORD_STATES.indexOf(state.state)),
        by: records.map(({ state }) => (state.state === 'live' || !state.by ? -1 : this.placeOf(state.by))),
        cluster: [...this.clusterOf]
      },
      clusters: this.clusters.map(({ centre, radius, members }) => {
        const [x, y] = onPlane(plane, centre)
        return { x: short(x), y: short(y), radius, members: members.length }
      })
    }
  }

  async #measure(): Promise<IndexScopes> {
    const { index, records, state } = this
    const rival: number[] = new Array(records.length).fill(-1)
    const distance: number[] = new Array(records.length).fill(0)
    const sure: number[] = new Array(records.length).fill(0)
    if (index.mode === 'clusters') return { state, rival, distance, sure }
    const live = [...records.keys()].filter((place) => records[place].state.state === 'live')
    const found = await nearestRivals(live.map((place) => records[place]))
    live.forEach((place, i) => {
      if (found.nearest[i] !== -1) {
        rival[place] = live[found.nearest[i]]
        distance[place] = short(found.distances[i])
      }
      sure[place] = short(sureRadius(found.distances[i], index.settings))
    })
    return { state, rival, distance, sure }
  }
}

/** Inside it a record's own answer is certain. @param toRival distance to its nearest rival; Infinity: it has none */
export function sureRadius(toRival: number, { reach, margin }: { reach: number; margin: number }): number {
  return Math.min(reach, (margin * toRival) / (1 + margin))
}

function recordsOf(index: StoredIndex): ExploredRecord[] {
  const states = index.states()
  const blocks = new Map<string, number>()
  const says = new Map<string, number>()
  const numberOf = (numbers: Map<string, number>, name: string): number => {
    const known = numbers.get(name)
    if (known === undefined) numbers.set(name, numbers.size)
    return known ?? numbers.size - 1
  }
  return index.edits
    .flatMap((edit, e) =>
      edit.records.map((record) => ({
        key: record.key,
        block: numberOf(blocks, edit.block),
        says: numberOf(says, record.says.join(' ')),
        edit: e
      }))
    )
    .map((record, place) => ({ ...record, ...states[place] }))
}

/** The edits that are present decide about everything in an index. */
function stateOf({ edits }: StoredIndex): string {
  const hash = createHash('sha256')
  for (const { block, editId } of edits) hash.update(`${block}\0${editId}\0`)
  return hash.digest('hex')
}

const textName = ({ block, editId }: { block: string; editId: string }): string => `${block}\0${editId}`

const nameOf = ({ editId, record }: RecordRef): string => `${record} ${editId}`

/** What a drawing needs of a number. */
const short = (value: number): number => Number(value.toPrecision(6))
