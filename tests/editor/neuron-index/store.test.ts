import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@lancedb/lancedb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildClusters } from '../../../src/main/editor/neuron-index/clusters.ts'
import { distance } from '../../../src/main/editor/neuron-index/distance.ts'
import { buildScopes } from '../../../src/main/editor/neuron-index/scopes.ts'
import { distanceOfL2, NeuronIndexStore } from '../../../src/main/editor/neuron-index/store.ts'
import type { IndexedEdit } from '../../../src/main/editor/neuron-index/types.ts'
import { gaussian, randomOf } from './sessions.ts'

const settings = { reach: 2, margin: 0.8, noise: 1e-3 }
const WIDTH = 24

/** Edits that restate each other now and then, with ids that want care in a query language. */
const editsOf = (count: number, width = WIDTH): IndexedEdit[] => {
  const random = randomOf(count)
  return Array.from({ length: count }, (_, n) => {
    const promptIds = [n % 7, 50_000]
    const says = [n % 3]
    const records = [
      { promptIds, says, key: gaussian(random, width) },
      { promptIds: [...promptIds, ...says], says: [9, 9], key: gaussian(random, width) }
    ]
    return { editId: `it's "${n}"`, block: `block ${n >> 2}`, order: 2 * n + 1, records: records.slice(0, 1 + (n % 2)) }
  })
}

let folder: string
let store: NeuronIndexStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuron-index-'))
  store = await NeuronIndexStore.open(join(folder, 'deployment'))
})

afterEach(async () => {
  store.close()
  await rm(folder, { recursive: true })
})

const reopened = async (): Promise<NeuronIndexStore> => {
  store.close()
  store = await NeuronIndexStore.open(join(folder, 'deployment'))
  return store
}

describe('what is written', () => {
  it('comes back to the bit, after a reopening too', async () => {
    const edits = editsOf(30)
    const index = buildScopes(edits, settings)
    await store.update(index)
    expect(await store.edits()).toEqual(edits)
    expect(await (await reopened()).edits()).toEqual(edits)
    expect(await store.verify(index)).toBe(true)
    expect(await store.clusters()).toEqual([])
  })

  it('grows by batches and shrinks by undoing, as the index does', async () => {
    const edits = editsOf(24)
    for (let end = 4; end <= edits.length; end += 4) {
      const index = buildScopes(edits.slice(0, end), settings)
      await store.update(index)
      expect(await store.verify(index)).toBe(true)
    }
    const undone = buildScopes([...edits.slice(0, 8), ...edits.slice(12)], settings)
    await store.update(undone)
    expect(await store.verify(undone)).toBe(true)
    await store.update(buildScopes([], settings))
    expect(await store.edits()).toEqual([])
    await store.update(undone)
    expect(await (await reopened()).verify(undone)).toBe(true)
  })

  it('holds clusters, and follows them as they change', async () => {
    const edits = editsOf(20)
    for (const end of [8, 16, 20, 12]) {
      const index = buildClusters(edits.slice(0, end), { radius: 3 })
      await store.update(index)
      expect(await store.clusters()).toEqual(index.clusters())
      expect(await store.verify(index)).toBe(true)
    }
  })

  it('has the types of its schema, not inferred ones', async () => {
    await store.update(buildClusters(editsOf(5), { radius: 3 }))
    const database = await connect(join(folder, 'deployment'))
    const typesOf = async (table: string): Promise<string[]> =>
      (await (await database.openTable(table)).schema()).fields.map(({ name, type }) => `${name} ${String(type)}`)
    expect(await typesOf('keys')).toEqual([
      'edit_id Utf8',
      'record Int32',
      'prompt_ids List<Int32>',
      'says List<Int32>',
      `key FixedSizeList[${WIDTH}]<Float32>`
    ])
    expect(await typesOf('clusters')).toContain(`centre FixedSizeList[${WIDTH}]<Float32>`)
    expect(await typesOf('scopes')).toContain('reach Float64')
    expect(await typesOf('edits')).toContain('edit_order Float64')
  })
})

describe('what differs', () => {
  it('is seen, whichever part of it it is', async () => {
    const edits = editsOf(12)
    const index = buildScopes(edits, settings)
    await store.update(index)
    const changed = (records: IndexedEdit['records']): IndexedEdit[] => [
      ...edits.slice(0, 11),
      { ...edits[11], records }
    ]
    const [first, ...more] = edits[11].records
    const key = first.key.map((value, i) => (i === 5 ? value + 1e-6 : value))
    expect(await store.verify(buildScopes(changed([{ ...first, key }, ...more]), settings))).toBe(false)
    expect(await store.verify(buildScopes(changed([first]), settings))).toBe(false)
    expect(await store.verify(buildScopes(edits.slice(1), settings))).toBe(false)
    expect(await store.verify(buildScopes(edits, { ...settings, reach: 3 }))).toBe(false)
    expect(await store.verify(buildClusters(edits, { radius: 3 }))).toBe(false)
    expect(await store.verify(index)).toBe(true)
  })

  it('is put right after a reopening: rows that are missing, another width, another mode', async () => {
    const index = buildScopes(editsOf(12), settings)
    await store.update(index)
    const database = await connect(join(folder, 'deployment'))
    await (await database.openTable('keys')).delete('record = 1')
    await expect((await reopened()).edits()).rejects.toThrow(/1 of 2 keys/)
    await (await reopened()).update(index)
    expect(await store.verify(index)).toBe(true)

    const wider = buildScopes(editsOf(6, WIDTH + 1), settings)
    await store.update(wider)
    expect(await store.verify(wider)).toBe(true)
    const clusters = buildClusters(editsOf(6), { radius: 3 })
    await (await reopened()).update(clusters)
    expect(await store.verify(clusters)).toBe(true)
  })

  it('is put right where files are broken', async () => {
    const index = buildScopes(editsOf(12), settings)
    await store.update(index)
    const data = join(folder, 'deployment', 'keys.lance', 'data')
    for (const file of await readdir(data)) await writeFile(join(data, file), 'not a lance file')
    await (await reopened()).update(index)
    expect(await store.verify(index)).toBe(true)
  })
})

describe('the nearest stored keys', () => {
  it('have the canonical distance within the rounding of float32, not its square', async () => {
    const edits = editsOf(40)
    await store.update(buildScopes(edits, settings))
    const query = gaussian(randomOf(99), WIDTH)
    const due = edits
      .flatMap(({ editId, records }) =>
        records.map(({ key }, record) => ({ ref: { editId, record }, distance: distance(query, key) }))
      )
      .sort((a, b) => a.distance - b.distance)
    const found = await store.nearest(query, 5)
    expect(found.map(({ ref }) => ref)).toEqual(due.slice(0, 5).map(({ ref }) => ref))
    found.forEach((near, i) => {
      expect(Math.abs(near.distance / due[i].distance - 1)).toBeLessThan(1e-5)
    })
    expect(distanceOfL2(9)).toBe(3)
    const own = await store.nearest(edits[3].records[0].key, 1)
    expect(own).toEqual([{ ref: { editId: edits[3].editId, record: 0 }, distance: 0 }])
  })

  it('are asked for with a whole, finite key', async () => {
    expect(await store.nearest(new Float32Array(3), 1)).toEqual([])
    await store.update(buildScopes(editsOf(4), settings))
    await expect(store.nearest(new Float32Array(WIDTH + 1), 1)).rejects.toThrow(/shape \[25\]; due are \[24\]/)
    await expect(store.nearest(new Float32Array(WIDTH).fill(NaN), 1)).rejects.toThrow(/finite/)
  })
})

it('many updates leave few files and few versions behind', async () => {
  const edits = editsOf(70)
  for (let end = 1; end <= edits.length; end++) await store.update(buildScopes(edits.slice(0, end), settings))
  const files = await readdir(join(folder, 'deployment', 'keys.lance', 'data'))
  expect(files.length).toBeLessThan(20)
  expect(await store.verify(buildScopes(edits, settings))).toBe(true)
})
