import { createHash } from 'node:crypto'
import { Field, FixedSizeList, Float32, Float64, Int32, List, Schema, Utf8, type DataType } from 'apache-arrow'
import type { Cluster, ClustersIndex } from './clusters.ts'
import { norm } from './distance.ts'
import { reachOf } from './scope-router.ts'
import type { ScopesIndex } from './scopes.ts'
import type { IndexedEdit, RecordRef, RecordState } from './types.ts'

/** What can be stored. */
export type StoredIndex = ScopesIndex | ClustersIndex

/** Rows of the store's tables, as they are added. */
export interface EditRow extends Record<string, unknown> {
  edit_id: string
  block: string
  edit_order: number
  records: number
  /** of the edit and all its records, keys included */
  sha256: string
}

export interface KeyRow extends Record<string, unknown> {
  edit_id: string
  record: number
  prompt_ids: number[]
  says: number[]
  key: Float32Array
}

/** What became of a record, and where its scope ends (null where it is not live, and in the mode `clusters`). */
export interface ScopeRow extends Record<string, unknown> {
  edit_id: string
  record: number
  state: RecordState['state']
  by_edit: string | null
  by_record: number | null
  reach: number | null
}

export interface ClusterRow extends Record<string, unknown> {
  cluster: number
  radius: number
  label: number[]
  member_edits: string[]
  member_records: number[]
  centre: Float32Array
}

const field = (name: string, type: DataType, nullable = false): Field => new Field(name, type, nullable)
const listOf = (type: DataType): List => new List(field('item', type, true))
const vectorOf = (width: number): FixedSizeList => new FixedSizeList(width, field('item', new Float32(), true))

/** Explicit schemas: inferred ones would make every number a float64 that may be null. */
export const schemas = {
  edits: () =>
    new Schema([
      field('edit_id', new Utf8()),
      field('block', new Utf8()),
      field('edit_order', new Float64()),
      field('records', new Int32()),
      field('sha256', new Utf8())
    ]),
  keys: (width: number) =>
    new Schema([
      field('edit_id', new Utf8()),
      field('record', new Int32()),
      field('prompt_ids', listOf(new Int32())),
      field('says', listOf(new Int32())),
      field('key', vectorOf(width))
    ]),
  scopes: () =>
    new Schema([
      field('edit_id', new Utf8()),
      field('record', new Int32()),
      field('state', new Utf8()),
      field('by_edit', new Utf8(), true),
      field('by_record', new Int32(), true),
      field('reach', new Float64(), true)
    ]),
  clusters: (width: number) =>
    new Schema([
      field('cluster', new Int32()),
      field('radius', new Float64()),
      field('label', listOf(new Int32())),
      field('member_edits', listOf(new Utf8())),
      field('member_records', listOf(new Int32())),
      field('centre', vectorOf(width))
    ])
}

export function editRow(edit: IndexedEdit): EditRow {
  const { editId, block, order, records } = edit
  return { edit_id: editId, block, edit_order: order, records: records.length, sha256: editChecksum(edit) }
}

export function keyRows({ editId, records }: IndexedEdit): KeyRow[] {
  return records.map(({ promptIds, says, key }, record) => {
    return { edit_id: editId, record, prompt_ids: [...promptIds], says: [...says], key }
  })
}

/** The rows of the records of all edits, or of `only` those, by edit. */
export function scopeRows(index: StoredIndex, only?: ReadonlySet<string>): Map<string, ScopeRow[]> {
  const rows = new Map<string, ScopeRow[]>()
  for (const { editId, records } of index.edits) {
    if (only && !only.has(editId)) continue
    const own = records.map(({ key }, record): ScopeRow => {
      const state = index.stateOf({ editId, record })
      const by: RecordRef | null = state.state === 'live' ? null : state.by
      const hasReach = index.mode === 'scopes' && state.state === 'live'
      return {
        edit_id: editId,
        record,
        state: state.state,
        by_edit: by?.editId ?? null,
        by_record: by?.record ?? null,
        reach: hasReach ? reachOf(norm(key), index.settings) : null
      }
    })
    rows.set(editId, own)
  }
  return rows
}

export function clusterRow({ number, centre, radius, members, label }: Cluster): ClusterRow {
  return {
    cluster: number,
    radius,
    label: [...label],
    member_edits: members.map(({ editId }) => editId),
    member_records: members.map(({ record }) => record),
    centre
  }
}

/** sha256 of everything that an edit is in the index, keys to the bit. */
export function editChecksum({ editId, block, order, records }: IndexedEdit): string {
  const hash = createHash('sha256')
  const texts = records.map(({ promptIds, says, key }) => [promptIds, says, key.length])
  hash.update(JSON.stringify([editId, block, order, texts]))
  for (const { key } of records) hash.update(new Uint8Array(key.buffer, key.byteOffset, key.byteLength))
  return hash.digest('hex')
}
