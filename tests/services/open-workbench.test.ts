import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openWorkbench } from '../../src/main/services/editing.ts'
import type { Workbench, WorkbenchOptions } from '../../src/main/services/editing.ts'
import { recentSessions } from '../../src/main/services/recent-sessions.ts'
import { verifySession } from '../../src/main/services/verify-session.ts'
import { openSession } from '../../src/main/session/session-folder.ts'
import { tinyConfig, tinyWeights, writeTinyFolder } from '../engine/weights/tiny-folder.ts'
import { tinyHome } from './tiny-home.ts'
import type { TinyHome } from './tiny-home.ts'

const GOLDEN = join(import.meta.dirname, '..', 'session', 'golden', 'schema-1', 'session')
const SIZE = { n_layer: 4, n_head: 2, n_embd: 24, n_positions: 96 }

let home: TinyHome
/** of the same shape, with other weights */
let other: string
let dir: string
let count = 0
let open: Workbench[] = []

beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  other = writeTinyFolder(join(home.root, 'other'), { config: tinyConfig(SIZE), weights: tinyWeights(SIZE, 4, 0.9) })
})
afterAll(() => home.remove())
beforeEach(() => {
  dir = join(home.root, `session-${count++}`)
  cpSync(GOLDEN, dir, { recursive: true })
})
afterEach(async () => {
  for (const bench of open) await bench.close()
  open = []
})

async function opened(options: Partial<WorkbenchOptions>): Promise<Workbench> {
  const bench = await openWorkbench({ newModel: other, sessionDir: dir, executor: 'onnxruntime', ...options })
  open.push(bench)
  return bench
}

describe('a session from another machine', { timeout: 120_000 }, () => {
  it('opens with a model at hand that has the same weights, and is remembered', async () => {
    const bench = await opened({ newModel: home.model })
    expect([bench.readOnly, bench.model?.path]).toEqual([false, home.model])
    expect(bench.blocks()).toHaveLength(3)
    expect((await recentSessions())[0]).toBe(dir)
  })

  it('says which model is missing, and opens for reading without it, with all that is in it', async () => {
    await expect(opened({})).rejects.toMatchObject({ code: 'ModelMissing', details: { model: { id: 'tiny' } } })
    const before = [readdirSync(dir), readFileSync(join(dir, 'session.json'))]
    const bench = await opened({ readOnly: true })
    expect([bench.model, bench.readOnly]).toEqual([null, true])
    expect(bench.notices[0]).toContain('tiny')
    expect(bench.records('review')).toHaveLength(4)
    expect(bench.blocks()).toHaveLength(3)
    expect(bench.board.read()).toBeDefined()
    await expect(bench.write('About Ann.', {})).rejects.toMatchObject({ code: 'Unavailable' })
    await expect(bench.trainPassages([], {})).rejects.toMatchObject({ code: 'Unavailable' })
    await expect(bench.appendRecord('review', {})).rejects.toMatchObject({ code: 'Locked' })
    expect([readdirSync(dir), readFileSync(join(dir, 'session.json'))]).toEqual(before)
  })

  it('asks where the weights are others, and goes on when that is accepted', async () => {
    await expect(opened({ model: other })).rejects.toMatchObject({ code: 'ModelMismatch' })
    expect((await opened({ model: other, readOnly: true })).model).toBeNull()
    const bench = await opened({ model: other, acceptModel: true })
    expect([bench.readOnly, bench.model?.path]).toEqual([false, other])
    expect((await bench.write('About Ann.', { maxNewTokens: 2 })).tokens).toHaveLength(2)
  })
})

describe('a session that is damaged where it routes', { timeout: 120_000 }, () => {
  it('opens for reading, with all that was made', async () => {
    await (await opened({ newModel: home.model })).close()
    const file = join(dir, 'calibration.safetensors')
    const bytes = readFileSync(file)
    bytes[bytes.length - 3] ^= 1
    writeFileSync(file, bytes)
    await expect(opened({ newModel: home.model })).rejects.toMatchObject({ code: 'BadFile', details: { file } })
    const bench = await opened({ newModel: home.model, readOnly: true })
    expect([bench.readOnly, bench.model, bench.notices]).toEqual([true, null, [expect.stringContaining(file)]])
    expect([bench.records('review').length, bench.blocks().length]).toEqual([4, 3])
    await expect(bench.write('About Ann.', {})).rejects.toMatchObject({ code: 'Unavailable' })
  })
})

describe('tables', { timeout: 240_000 }, () => {
  it('are made anew without a question, whichever of their files is damaged', async () => {
    const again = async (): Promise<void> => {
      const bench = await openWorkbench({ newModel: home.model, sessionDir: dir, executor: 'onnxruntime' })
      expect(bench.notices.filter((notice) => !notice.includes('format'))).toEqual([])
      await bench.close()
    }
    await again()
    const agree = { ok: true, problems: [], tables: { deployment: 'agrees', paper: 'agrees' } }
    expect(await verifySession(dir)).toMatchObject(agree)
    const names = readdirSync(join(dir, 'index.lance'), { recursive: true, withFileTypes: true })
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    let differed = 0
    for (const file of files.filter((name, i) => name.endsWith('.lance') || i % 5 === 0)) {
      // A table that was made anew has files of other names.
      if (!existsSync(file)) continue
      const bytes = readFileSync(file)
      for (let at = 0; at < bytes.length; at += 7) bytes[at] ^= 16
      writeFileSync(file, bytes)
      const { ok, tables } = await verifySession(dir)
      expect(ok).toBe(true)
      if (tables.deployment === 'differs' || tables.paper === 'differs') differed++
      await again()
      expect(await verifySession(dir)).toMatchObject(agree)
    }
    // One a table: what was made anew has files of other names.
    expect(differed).toBe(2)
  })
})

describe('a session that somebody else writes', { timeout: 120_000 }, () => {
  it('is refused, and opens for reading with its model', async () => {
    const writer = await openSession(dir)
    await expect(opened({ newModel: home.model })).rejects.toMatchObject({ code: 'Locked' })
    const bench = await opened({ newModel: home.model, readOnly: true })
    expect([bench.readOnly, bench.model?.id]).toEqual([true, 'tiny'])
    expect((await bench.write('About Ann.', { maxNewTokens: 2 })).routes[0].block).toBe('00001-403847c9')
    await expect(bench.appendRecord('review', {})).rejects.toMatchObject({ code: 'Locked' })
    await writer.close()
  })

  it('is not made where reading was asked for', async () => {
    const nowhere = join(home.root, 'nowhere')
    await expect(opened({ sessionDir: nowhere, readOnly: true })).rejects.toMatchObject({ code: 'NotFound' })
  })
})
