import type { Cluster } from './clusters.ts'
import { indexEvents } from './events.ts'
import {
  clusterRow,
  editChecksum,
  editRow,
  keyRows,
  scopeRows,
  type schemas,
  type StoredIndex
} from './store-schema.ts'
import type { IndexedEdit } from './types.ts'

/** Rows to take out of a table, by what stands in one column, and rows to put in after that. */
export interface TableChange {
  readonly table: keyof typeof schemas
  readonly column: string
  readonly gone: readonly (string | number)[]
  readonly rows: readonly Record<string, unknown>[]
}

/** What has to be written so that tables that hold `before` (null: nothing) hold `after`. */
export function storeDifference(before: StoredIndex | null, after: StoredIndex): TableChange[] {
  const edits = changed(before?.edits ?? [], after.edits, ({ editId }) => editId, sameEdit)
  const ids = { gone: edits.gone.map(({ editId }) => editId), come: edits.come.map(({ editId }) => editId) }

  const touched = new Set([...ids.gone, ...ids.come])
  const told = before ? indexEvents(before, after) : []
  for (const { ref } of told) touched.add(ref.editId)
  const scopes = before ? scopeRows(after, touched) : scopeRows(after)
  // A new edit has no rows yet: looking for them is most of what a commit would cost.
  const stood = new Set(before?.edits.map(({ editId }) => editId))
  const left = [...touched].filter((editId) => stood.has(editId))

  const clusters = changed(clustersOf(before), clustersOf(after), ({ number }) => number, sameCluster)
  return [
    { table: 'keys', column: 'edit_id', gone: ids.gone, rows: edits.come.flatMap(keyRows) },
    { table: 'scopes', column: 'edit_id', gone: left, rows: [...scopes.values()].flat() },
    {
      table: 'clusters',
      column: 'cluster',
      gone: clusters.gone.map(({ number }) => number),
      rows: clusters.come.map(clusterRow)
    },
    { table: 'edits', column: 'edit_id', gone: ids.gone, rows: edits.come.map(editRow) }
  ]
}

export function clustersOf(index: StoredIndex | null): readonly Cluster[] {
  return index?.mode === 'clusters' ? index.clusters() : []
}

export function sameEdit(a: IndexedEdit, b: IndexedEdit): boolean {
  return a === b || editChecksum(a) === editChecksum(b)
}

export function sameCluster(a: Cluster, b: Cluster): boolean {
  return (
    a.number === b.number &&
    a.radius === b.radius &&
    a.members.length === b.members.length &&
    a.members.every(({ editId, record }, i) => editId === b.members[i].editId && record === b.members[i].record) &&
    (a.centre === b.centre || (a.centre.length === b.centre.length && a.centre.every((x, i) => x === b.centre[i])))
  )
}

/** Elements that are not there any more, and those that are new; one that changed is both. */
function changed<T>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (element: T) => string | number,
  same: (a: T, b: T) => boolean
): { gone: T[]; come: T[] } {
  const remaining = new Map(before.map((element) => [nameOf(element), element]))
  const come: T[] = []
  for (const element of after) {
    const was = remaining.get(nameOf(element))
    if (was !== undefined && same(was, element)) remaining.delete(nameOf(element))
    else come.push(element)
  }
  return { gone: [...remaining.values()], come }
}
