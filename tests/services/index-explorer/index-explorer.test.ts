import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorkbench } from '../../../src/main/services/editing.ts'
import type { WorkbenchOptions } from '../../../src/main/services/editing.ts'
import { openEditSession } from '../../../src/main/services/edit-sessions.ts'
import { showIndex } from '../../../src/main/services/index-explorer/show-index.ts'
import { tinyConfig, tinyWeights, writeTinyFolder } from '../../engine/weights/tiny-folder.ts'
import { tinyHome } from '../tiny-home.ts'
import type { TinyHome } from '../tiny-home.ts'

const GOLDEN = join(import.meta.dirname, '..', '..', 'session', 'golden', 'schema-1', 'session')

const SIZE = { n_layer: 4, n_head: 2, n_embd: 24, n_positions: 96 }

let home: TinyHome
let dir: string
/** of the same shape, with other weights: the session's own is not where it was made with it */
let other: string
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  other = writeTinyFolder(join(home.root, 'other'), { config: tinyConfig(SIZE), weights: tinyWeights(SIZE, 4, 0.9) })
  dir = join(home.root, 'session')
  cpSync(GOLDEN, dir, { recursive: true })
})
afterAll(() => home.remove())

const opened = (options: Partial<WorkbenchOptions> = {}) =>
  openWorkbench({ newModel: home.model, sessionDir: dir, executor: 'onnxruntime', ...options })

describe('the explorer of a session', { timeout: 240_000 }, () => {
  it('tells of each record what the session holds, and follows an undo', async () => {
    const bench = await opened()
    try {
      for (const protocol of ['deployment', 'paper'] as const) {
        const map = (await bench.index.map(protocol))!
        expect(map.edits).toBeGreaterThan(2)
        expect(await bench.index.map(protocol, map.state)).toBeNull()
        const found = await bench.index.find(protocol, map.state, '', 0)
        expect(found.total).toBe(map.edits)
        expect((await bench.index.find(protocol, map.state, found.edits[0].target, 0)).edits).toContainEqual(
          found.edits[0]
        )
        expect(await bench.index.find(protocol, map.state, 'no such text', 0)).toEqual({ total: 0, edits: [] })
        const { sure } = await bench.index.scopes(protocol, map.state)
        for (const place of map.records.x.keys()) {
          const record = await bench.index.record(protocol, map.state, place)
          expect(record).toMatchObject({ record: place, part: map.records.part[place] })
          expect(record.target).toContain(record.says!.trim())
          expect(Math.abs((record.scope?.sure ?? 0) - sure[place])).toBeLessThan(1e-5)
        }
      }
      const before = (await bench.index.map('deployment'))!
      const last = bench.blocks().at(-1)!
      await bench.moveBlock(last, 'trash')
      await expect(bench.index.record('deployment', before.state, 0)).rejects.toMatchObject({ code: 'NotFound' })
      expect((await bench.index.map('deployment', before.state))!.edits).toBeLessThan(before.edits)
      await bench.moveBlock(last, 'session')
      expect(await bench.index.map('deployment')).toEqual(before)
    } finally {
      await bench.close()
    }
  })

  it('answers a query as writing on from it would, and draws it at the key of an edit with the same prompt', async () => {
    const bench = await opened()
    try {
      const map = (await bench.index.map('deployment'))!
      const place = [...map.records.x.keys()].find((i) => map.records.part[i] === 0 && map.records.standing[i] === 0)!
      const { prompt, block } = await bench.index.record('deployment', map.state, place)
      for (const text of [prompt, `${prompt} `, 'Something else.']) {
        const answer = await bench.index.query('deployment', text, '')
        const [route] = (await bench.write(text, { maxNewTokens: 1 })).routes
        const { distance, reach, rival, margin } = route
        expect(answer).toMatchObject({ block: route.block, distance, reach, rival, margin })
        expect(answer.near.find((one) => one.record === answer.record)!.distance).toBe(distance)
      }
      const answer = await bench.index.query('deployment', prompt, '')
      expect(answer).toMatchObject({ block, record: place })
      expect(answer.near[0]).toMatchObject({ record: place, withinReach: true, withinMargin: true })
      expect(answer.decision).toContain(`Block ${block} fires`)
      expect(answer.x).toBeCloseTo(map.records.x[place], 3)
      await expect(bench.index.query('deployment', '', '')).rejects.toMatchObject({ code: 'BadInput' })
      await expect(bench.index.query('deployment', 'many '.repeat(400), '')).rejects.toMatchObject({
        code: 'DoesNotFit'
      })
    } finally {
      await bench.close()
    }
  })

  it('reads the paper’s key behind prompt and target', async () => {
    const bench = await opened()
    try {
      const map = (await bench.index.map('paper'))!
      const place = map.records.standing.indexOf(0)
      const { prompt, target, block } = await bench.index.record('paper', map.state, place)
      expect(await bench.index.query('paper', prompt, target)).toMatchObject({ block, record: place })
      await expect(bench.index.query('paper', prompt, ' ')).rejects.toMatchObject({
        code: 'BadInput',
        details: { field: 'target' }
      })
    } finally {
      await bench.close()
    }
  })

  it('draws the map without the model, and says why it cannot answer', async () => {
    const bench = await opened()
    const due = await bench.index.map('deployment')
    await bench.close()
    const reading = await opened({ newModel: other, readOnly: true })
    try {
      expect(reading.model).toBeNull()
      expect(await reading.index.map('deployment')).toEqual(due)
      expect((await reading.index.record('deployment', due!.state, 0)).says).toBeNull()
      await expect(reading.index.query('deployment', 'About Ann.', '')).rejects.toMatchObject({ code: 'Unavailable' })
      const shown = await showIndex(dir)
      expect([shown.map, shown.answer]).toEqual([due, null])
      expect(Object.values(shown.standing).reduce((sum, count) => sum + count)).toBe(due!.records.x.length)
      await expect(showIndex(dir, 'About Ann.')).rejects.toMatchObject({ code: 'Unavailable' })
    } finally {
      await reading.close()
    }
  })
})

describe('the explorer of clusters', { timeout: 240_000 }, () => {
  it('tells the cluster that a query falls into', async () => {
    const folder = join(home.root, 'clusters')
    const session = await openEditSession({
      model: home.model,
      dir: folder,
      executor: 'onnxruntime',
      settings: { rank: 4, iterations: 2, extraIterations: 0, index: 'clusters' }
    })
    await session.trainBatch([{ id: 'a', prompt: 'About Ann.', target: 'She was born in May. She died.' }])
    await session.trainBatch([{ id: 'b', prompt: 'About Bob and others.', target: 'He wrote two books.' }])
    await session.close()
    const bench = await opened({ sessionDir: folder })
    try {
      const map = (await bench.index.map('deployment'))!
      expect(map).toMatchObject({ mode: 'clusters', scopes: null, edits: 2 })
      expect(map.clusters.reduce((sum, { members }) => sum + members, 0)).toBe(map.records.x.length)
      const answer = await bench.index.query('deployment', 'About Ann.', '')
      expect(answer.decision).toMatch(/^Block .+ fires: the nearest centre is at .+ within its cluster’s radius/)
      expect(answer.near[0]).toMatchObject({ editId: 'a', withinReach: true, rival: null })
      const record = await bench.index.record('deployment', map.state, answer.record!)
      expect(record).toMatchObject({
        editId: 'a',
        scope: null,
        cluster: { radius: home.calibration.deployment.radius }
      })
    } finally {
      await bench.close()
    }
  })
})
