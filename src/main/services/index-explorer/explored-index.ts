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
import { Turns } from './turns.ts'

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
  #plane: Promise<PrincipalPlane> | null = null
  #map: Promise<IndexMap> | null = null
  #scopes: Promise<IndexScopes> | null = null

  private constructor(index: StoredIndex, edits: readonly IndexedEdit[], read: ReadIndex) {
    this.index = index
    this.edits = edits
    this.state = read.state
    this.records = read.records
    this.#places = read.places
    this.#texts = read.texts
    this.clusters = index.mode === 'clusters' ? index.clusters() : []
    this.clusterOf = new Int32Array(this.records.length).fill(-1)
    this.clusters.forEach(({ members }, cluster) => {
      for (const ref of members) this.clusterOf[this.placeOf(ref)] = cluster
    })
  }

  /** @param texts of all edits that are in the index, and of others */
  static async of(index: StoredIndex, texts: readonly EditText[]): Promise<ExploredIndex> {
    const { edits } = index
    return new ExploredIndex(index, edits, await readIndex(index, edits, texts))
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
    const [x, y] = onPlane(await this.#principal(), key)
    return { x: short(x), y: short(y) }
  }

  map(protocol: Protocol): Promise<IndexMap> {
    return (this.#map ??= this.#draw(protocol))
  }

  scopes(): Promise<IndexScopes> {
    return (this.#scopes ??= this.#measure())
  }

  #principal(): Promise<PrincipalPlane> {
    return (this.#plane ??= principalPlane(this.records.map(({ key }) => key)))
  }

  async #draw(protocol: Protocol): Promise<IndexMap> {
    const { index, records } = this
    const plane = await this.#principal()
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
    const rival = new Array<number>(records.length).fill(-1)
    const distance = new Array<number>(records.length).fill(0)
    const sure = new Array<number>(records.length).fill(0)
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

interface ReadIndex {
  readonly state: string
  readonly records: readonly ExploredRecord[]
  /** of records, by their names */
  readonly places: ReadonlyMap<string, number>
  readonly texts: ReadonlyMap<string, EditText>
}

async function readIndex(
  index: StoredIndex,
  edits: readonly IndexedEdit[],
  texts: readonly EditText[]
): Promise<ReadIndex> {
  const turns = new Turns()
  const states = index.states()
  const blocks = new Map<string, number>()
  const says = new Map<string, number>()
  const records: ExploredRecord[] = []
  const places = new Map<string, number>()
  // The edits that are present decide about everything in an index.
  const hash = createHash('sha256')
  for (const [edit, { editId, block, records: own }] of edits.entries()) {
    if (turns.isDue) await turns.next()
    hash.update(`${block}\0${editId}\0`)
    for (const record of own) {
      const { ref, state } = states[records.length]
      places.set(nameOf(ref), records.length)
      const numbers = { block: numberOf(blocks, block), says: numberOf(says, record.says.join(' ')) }
      records.push({ ref, state, edit, key: record.key, ...numbers })
    }
  }
  if (turns.isDue) await turns.next()
  // An edit that was taken out can have left its id to another one, but not its block.
  return { state: hash.digest('hex'), records, places, texts: new Map(texts.map((text) => [textName(text), text])) }
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name)
  if (known === undefined) numbers.set(name, numbers.size)
  return known ?? numbers.size - 1
}

const textName = ({ block, editId }: { block: string; editId: string }): string => `${block}\0${editId}`

const nameOf = ({ editId, record }: RecordRef): string => `${record} ${editId}`

/** What a drawing needs of a number. */
const short = (value: number): number => Number(value.toPrecision(6))
