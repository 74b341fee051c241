import type { Table } from '@lancedb/lancedb'
import { ErratumError } from '../../../contract/errors.ts'
import type { Cluster } from './clusters.ts'
import type { EditRow, ScopeRow } from './store-schema.ts'
import type { IndexedEdit, KeyRecord } from './types.ts'

/** Lists come back as Arrow vectors. */
interface Listed<T> extends Iterable<T> {
  toArray(): unknown
}

interface ReadKeyRow {
  edit_id: string
  record: number
  prompt_ids: Listed<number>
  says: Listed<number>
  key: Listed<number>
}

interface ReadClusterRow {
  cluster: number
  radius: number
  label: Listed<number>
  member_edits: Listed<string>
  member_records: Listed<number>
  centre: Listed<number>
}

/** @throws ErratumError BadFile where an edit's keys are not there. */
export async function readEdits(edits: Table, keys: Table, file: string): Promise<IndexedEdit[]> {
  const records = new Map<string, KeyRecord[]>()
  for (const row of (await keys.query().toArray()) as ReadKeyRow[]) {
    const own = records.get(row.edit_id) ?? []
    own[row.record] = { promptIds: [...row.prompt_ids], says: [...row.says], key: Float32Array.from(row.key) }
    records.set(row.edit_id, own)
  }
  const rows = ((await edits.query().toArray()) as EditRow[]).sort((a, b) => a.edit_order - b.edit_order)
  return rows.map(({ edit_id, block, edit_order, records: count }) => {
    const own = records.get(edit_id) ?? []
    if (own.length !== count || Object.keys(own).length !== count)
      throw new ErratumError('BadFile', `The index holds ${own.length} of ${count} keys of the edit ${edit_id}.`, {
        file,
        cure: 'It is derived from the journal and is written anew when the session is opened.'
      })
    return { editId: edit_id, block, order: edit_order, records: own }
  })
}

/** The rows of `scopes` by edit, by record number. */
export async function readScopes(table: Table): Promise<Map<string, ScopeRow[]>> {
  const rows = new Map<string, ScopeRow[]>()
  for (const { edit_id, record, state, by_edit, by_record, reach } of (await table.query().toArray()) as ScopeRow[])
    rows.set(edit_id, [...(rows.get(edit_id) ?? []), { edit_id, record, state, by_edit, by_record, reach }])
  for (const own of rows.values()) own.sort((a, b) => a.record - b.record)
  return rows
}

export async function readClusters(table: Table): Promise<Cluster[]> {
  const rows = ((await table.query().toArray()) as ReadClusterRow[]).sort((a, b) => a.cluster - b.cluster)
  return rows.map(({ cluster, radius, label, member_edits, member_records, centre }) => {
    const numbers = [...member_records]
    return {
      number: cluster,
      radius,
      label: [...label],
      members: [...member_edits].map((editId, i) => ({ editId, record: numbers[i] })),
      centre: Float32Array.from(centre)
    }
  })
}
