/** What the explorer tells of the indices of a session. Everything is kept as long as the edits are the same. */
import { ErratumError } from '../../../contract/errors.ts'
import type {
  FoundEdits,
  IndexAnswer,
  IndexedRecord,
  IndexMap,
  IndexScopes,
  NamedRecord
} from '../../../contract/index-map.ts'
import { distance } from '../../editor/neuron-index/distance.ts'
import type { StoredIndex } from '../../editor/neuron-index/store-schema.ts'
import type { Protocol } from '../../editor/read-text.ts'
import type { IndexBench } from '../review/workbench.ts'
import { decisionWords } from './decision-words.ts'
import { ExploredIndex } from './explored-index.ts'
import type { EditText } from './explored-index.ts'
import { nearRecords } from './near-records.ts'
import type { QueryKey } from './query-key.ts'

export interface ExplorerSource {
  /** The same object as long as the edits are the same. */
  index(protocol: Protocol): StoredIndex | Promise<StoredIndex>
  /** of all edits that the index may hold */
  texts(): readonly EditText[]
  /** The key of a text that was typed in. @throws ErratumError where there is no model, or the text does not fit it */
  read(protocol: Protocol, text: string, target: string): Promise<QueryKey>
  /** null: there is no tokenizer */
  readonly spell: ((ids: readonly number[]) => string) | null
}

/** Edits of one page of what was found, and records that are listed beside a query. */
const PAGE = 50
const NEAR = 12
/** Characters of a text in a list. */
const SHOWN = 160

export class IndexExplorer implements IndexBench {
  readonly #source: ExplorerSource
  readonly #explored: Partial<Record<Protocol, { index: StoredIndex; explored: Promise<ExploredIndex> }>> = {}

  constructor(source: ExplorerSource) {
    this.#source = source
  }

  async map(protocol: Protocol, known?: string): Promise<IndexMap | null> {
    const explored = await this.#now(protocol)
    return explored.state === known ? null : explored.map(protocol)
  }

  async scopes(protocol: Protocol, state: string): Promise<IndexScopes> {
    return (await this.#at(protocol, state)).scopes()
  }

  async record(protocol: Protocol, state: string, place: number): Promise<IndexedRecord> {
    const explored = await this.#at(protocol, state)
    const { edits, records, clusters, clusterOf } = explored
    const one = records.at(place)
    if (!one) throw new ErratumError('NotFound', `The index has no record ${place}.`)
    const edit = edits[one.edit]
    const cluster = clusterOf[place] === -1 ? null : clusters[clusterOf[place]]
    return {
      ...this.#named(explored, place, Infinity),
      part: one.ref.record,
      parts: edit.records.length,
      says: this.#source.spell?.(edit.records[one.ref.record].says) ?? null,
      block: edit.block,
      standing: one.state.state,
      by: one.state.state === 'live' || !one.state.by ? null : this.#named(explored, explored.placeOf(one.state.by)),
      scope: this.#scopeOf(explored, place),
      cluster: cluster && {
        place: clusterOf[place],
        radius: cluster.radius,
        distance: distance(one.key, cluster.centre),
        members: cluster.members.length
      }
    }
  }

  async find(protocol: Protocol, state: string, text: string, from: number): Promise<FoundEdits> {
    const explored = await this.#at(protocol, state)
    const sought = text.trim().toLowerCase()
    const firsts = [...explored.records.keys()].filter((place) => explored.records[place].ref.record === 0).reverse()
    const found = firsts.filter((place) => {
      const { ref } = explored.records[place]
      const { prompt, target } = explored.textOf(place)
      return sought === '' || [prompt, target, ref.editId].some((held) => held.toLowerCase().includes(sought))
    })
    const edits = found.slice(from, from + PAGE)
    return {
      total: found.length,
      edits: edits.map((place) => ({
        ...this.#named(explored, place),
        standing: explored.records[place].state.state
      }))
    }
  }

  async query(protocol: Protocol, text: string, target: string): Promise<IndexAnswer> {
    const { key, ids } = await this.#source.read(protocol, text, target)
    const explored = await this.#now(protocol)
    const { index, records } = explored
    // What has been said is not said again where a text is written; the paper's key decides for the whole sequence.
    const route = protocol === 'paper' ? index.route(key) : index.route(key, ids)
    const { block, editId, record, reach, rival, margin } = route
    return {
      state: explored.state,
      ...(await explored.locate(records.length > 0 ? key : new Float32Array(0))),
      block,
      record: editId === null || record === null ? null : explored.placeOf({ editId, record }),
      distance: route.distance,
      reach,
      rival,
      margin,
      decision: decisionWords(route, index.mode),
      near: nearRecords(explored, key, NEAR).map((near) => ({
        ...this.#named(explored, near.record),
        standing: records[near.record].state.state,
        ...near
      }))
    }
  }

  async #now(protocol: Protocol): Promise<ExploredIndex> {
    const index = await this.#source.index(protocol)
    const known = this.#explored[protocol]
    if (known?.index === index) return known.explored
    const explored = ExploredIndex.of(index, this.#source.texts())
    this.#explored[protocol] = { index, explored }
    return explored
  }

  async #at(protocol: Protocol, state: string): Promise<ExploredIndex> {
    const explored = await this.#now(protocol)
    if (explored.state === state) return explored
    throw new ErratumError('NotFound', 'The edits have changed since the map was drawn.', {
      cure: 'It is drawn anew; look again.'
    })
  }

  #scopeOf(explored: ExploredIndex, place: number): IndexedRecord['scope'] {
    const { index, records } = explored
    const { ref, state } = records[place]
    if (index.mode !== 'scopes' || state.state !== 'live') return null
    const { reach, sureRadius, rival } = index.scopeOf(ref)
    const named = rival && { ...this.#named(explored, explored.placeOf(rival.ref)), distance: rival.distance }
    return { reach, sure: sureRadius, rival: named }
  }

  #named(explored: ExploredIndex, place: number, length = SHOWN): NamedRecord {
    const { ref } = explored.records[place]
    const { prompt, target } = explored.textOf(place)
    // What stands right before the target tells prompts apart.
    const tail = prompt.length > length ? `…${prompt.slice(1 - length)}` : prompt
    const head = target.length > length ? `${target.slice(0, length - 1)}…` : target
    return { record: place, editId: ref.editId, prompt: tail, target: head }
  }
}
