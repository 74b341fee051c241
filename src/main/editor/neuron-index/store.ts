import { mkdir, rm } from 'node:fs/promises'
import { connect, type Connection, type Table } from '@lancedb/lancedb'
import type { Schema } from 'apache-arrow'
import { ErratumError } from '../../../contract/errors.ts'
import type { Cluster } from './clusters.ts'
import { clustersOf, sameCluster, sameEdit, storeDifference, type TableChange } from './store-difference.ts'
import { readClusters, readEdits, readScopes } from './store-reading.ts'
import { schemas, scopeRows, type ScopeRow, type StoredIndex } from './store-schema.ts'
import type { IndexedEdit, RecordRef } from './types.ts'

type TableName = keyof typeof schemas

/** Updates after which small files are merged and old versions dropped, so that the disk does not grow without end. */
const UPDATES_BETWEEN_COMPACTIONS = 64
/** Names in one condition of a deletion. */
const NAMES_AT_ONCE = 500
const DAY_MS = 86_400_000

/**
 * A neuron index in LanceDB, one folder an index: tables `edits`, `keys`, `scopes` (what became of each record) and
 * `clusters`. It is derived: the journal of a session is the truth, the router decides in memory, and a store that
 * differs from the index that is due is written anew. Calls must not overlap.
 */
export class NeuronIndexStore {
  readonly #folder: string
  #database: Connection
  /** the index that the tables hold; null: nothing is known of what they hold */
  #stored: StoredIndex | null = null
  #updates = 0
  readonly #tables = new Map<TableName, Table>()

  private constructor(folder: string, database: Connection) {
    this.#folder = folder
    this.#database = database
  }

  static async open(folder: string): Promise<NeuronIndexStore> {
    await mkdir(folder, { recursive: true })
    return new NeuronIndexStore(folder, await connect(folder))
  }

  close(): void {
    for (const table of this.#tables.values()) table.close()
    this.#tables.clear()
    this.#database.close()
  }

  /**
   * Makes the store equal to `index` by writing the difference to what it holds. The first time it compares what lies on
   * the disk, and writes anew what differs.
   */
  async update(index: StoredIndex): Promise<void> {
    if (!this.#stored && (await this.verify(index))) this.#stored = index
    if (!this.#stored || !isSameKind(this.#stored, index)) {
      await this.rebuild(index)
      return
    }
    await this.#write(this.#stored, index)
    if (++this.#updates >= UPDATES_BETWEEN_COMPACTIONS) await this.compact()
  }

  /** Writes the store from nothing. */
  async rebuild(index: StoredIndex): Promise<void> {
    this.#stored = null
    this.close()
    await rm(this.#folder, { recursive: true, force: true })
    await mkdir(this.#folder, { recursive: true })
    this.#database = await connect(this.#folder)
    await this.#write(null, index)
  }

  /** Whether the store holds exactly this index: every record, key to the bit, state and cluster. */
  async verify(index: StoredIndex): Promise<boolean> {
    try {
      const edits = await this.edits()
      if (edits.length !== index.edits.length) return false
      if (!edits.every((edit, i) => sameEdit(edit, index.edits[i]))) return false
      const table = await this.#open('scopes')
      const scopes = table ? await readScopes(table) : new Map<string, ScopeRow[]>()
      const due = scopeRows(index)
      if (scopes.size !== due.size) return false
      for (const [editId, rows] of due) if (JSON.stringify(scopes.get(editId)) !== JSON.stringify(rows)) return false
      const clusters = await this.clusters()
      const dueClusters = clustersOf(index)
      return clusters.length === dueClusters.length && clusters.every((one, i) => sameCluster(one, dueClusters[i]))
    } catch (error) {
      // A file that LanceDB cannot read is a difference like any other; the store is derived.
      if (error instanceof Error) return false
      throw error
    }
  }

  /** The edits with their keys, by order. @throws ErratumError BadFile where the tables contradict each other. */
  async edits(): Promise<IndexedEdit[]> {
    const edits = await this.#open('edits')
    const keys = await this.#open('keys')
    return edits && keys ? readEdits(edits, keys, this.#folder) : []
  }

  /** The clusters by their numbers; none in the mode `scopes`. */
  async clusters(): Promise<Cluster[]> {
    const table = await this.#open('clusters')
    return table ? readClusters(table) : []
  }

  /**
   * The stored keys nearest to a query, for whoever explores the index: distances in float32, as LanceDB computes them.
   * The router never asks here.
   */
  async nearest(query: Float32Array, count: number): Promise<{ ref: RecordRef; distance: number }[]> {
    const table = await this.#open('keys')
    if (!table) return []
    const width = vectorWidth(await table.schema(), 'key')
    // LanceDB cuts or pads a vector of another length without a word.
    if (query.length !== width || !query.every(Number.isFinite))
      throw new ErratumError('BadInput', `A query has the shape [${query.length}]; due are [${width}] finite numbers.`)
    const search = table.vectorSearch(query).column('key').distanceType('l2')
    const rows = (await search.select(['edit_id', 'record', '_distance']).limit(count).toArray()) as {
      edit_id: string
      record: number
      _distance: number
    }[]
    return rows.map(({ edit_id, record, _distance }) => {
      return { ref: { editId: edit_id, record }, distance: distanceOfL2(_distance) }
    })
  }

  /** Merges small files and drops old versions. */
  async compact(): Promise<void> {
    // The version that merging leaves behind is younger than now, and would be kept.
    const cleanupOlderThan = new Date(Date.now() + DAY_MS)
    for (const name of Object.keys(schemas) as TableName[])
      await (await this.#open(name))?.optimize({ cleanupOlderThan, deleteUnverified: true })
    this.#updates = 0
  }

  async #write(before: StoredIndex | null, index: StoredIndex): Promise<void> {
    // Until all tables are through, nothing is known: after a failure on the way the next update compares.
    this.#stored = null
    const width = index.edits.at(0)?.records[0].key.length ?? 0
    for (const change of storeDifference(before, index)) await this.#apply(change, width)
    this.#stored = index
  }

  async #apply({ table: name, column, gone, rows }: TableChange, width: number): Promise<void> {
    if (gone.length === 0 && rows.length === 0) return
    const table = (await this.#open(name)) ?? (rows.length > 0 ? await this.#create(name, width) : null)
    for (let i = 0; i < gone.length; i += NAMES_AT_ONCE) {
      const literals = gone.slice(i, i + NAMES_AT_ONCE).map(sqlLiteral)
      await table?.delete(`${column} IN (${literals.join(', ')})`)
    }
    if (rows.length > 0) await table?.add([...rows])
  }

  /** null: there is no such table yet. */
  async #open(name: TableName): Promise<Table | null> {
    const known = this.#tables.get(name)
    if (known) return known
    if (!(await this.#database.tableNames()).includes(name)) return null
    const table = await this.#database.openTable(name)
    this.#tables.set(name, table)
    return table
  }

  async #create(name: TableName, width: number): Promise<Table> {
    const table = await this.#database.createEmptyTable(name, schemas[name](width), { mode: 'create', existOk: true })
    this.#tables.set(name, table)
    return table
  }
}

/** LanceDB's `l2` is the square of the Euclidean distance; the root is taken here and nowhere else. */
export function distanceOfL2(squared: number): number {
  return Math.sqrt(Math.max(0, squared))
}

/** Whether one index can follow the other in the same tables: widths, mode and settings are part of many rows. */
function isSameKind(a: StoredIndex, b: StoredIndex): boolean {
  const widthOf = ({ edits }: StoredIndex): number | undefined => edits.at(0)?.records[0].key.length
  return (
    a.mode === b.mode &&
    JSON.stringify(a.settings) === JSON.stringify(b.settings) &&
    (widthOf(a) === widthOf(b) || b.edits.length === 0)
  )
}

function vectorWidth(schema: Schema, column: string): number {
  const type: unknown = schema.fields.find(({ name }) => name === column)?.type
  return (type as { listSize: number }).listSize
}

function sqlLiteral(value: string | number): string {
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
}
