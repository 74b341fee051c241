/**
 * `golden/schema-1` is a session as the code before schema 2 wrote it, with the tiny model: four trained batches, one of
 * them undone before the last, and a review; `written.json` is what that code wrote greedily under the session.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GREEDY } from '../../src/main/engine/generation/sampler.ts'
import { openEditSession } from '../../src/main/services/edit-sessions.ts'
import { Workspace } from '../../src/main/services/workspace.ts'
import { SCHEMA_VERSION } from '../../src/main/session/migrations.ts'
import { openSession } from '../../src/main/session/session-folder.ts'
import { tinyHome } from '../services/tiny-home.ts'
import { temporaryFolder } from './sample-session.ts'

const GOLDEN = join(import.meta.dirname, 'golden', 'schema-1')
const BLOCKS = ['00001-403847c9', '00002-c662df5e', '00003-c69b8fae']

let folder: ReturnType<typeof temporaryFolder>
let place: string
beforeEach(() => {
  folder = temporaryFolder()
  place = join(folder.path, 'session')
  cpSync(join(GOLDEN, 'session'), place, { recursive: true })
})
afterEach(() => folder.remove())

const text = (...path: string[]): string => readFileSync(join(place, ...path), 'utf8')
const versionOf = (...path: string[]): unknown => (JSON.parse(text(...path)) as { schemaVersion: number }).schemaVersion

describe('a session of schema 1', () => {
  it('opens as the present one, after a backup of what it was', async () => {
    const [header, journal] = [text('session.json'), text('journal.jsonl')]
    const store = await openSession(place)
    expect(store.notices).toMatchObject([{ kind: 'migrated', file: join(place, 'backup', 'schema-1') }])
    expect(store.schemaVersion).toBe(SCHEMA_VERSION)
    expect(store.batches.map(({ block }) => block)).toEqual(BLOCKS)
    await store.close()
    expect([text('backup', 'schema-1', 'session.json'), text('backup', 'schema-1', 'journal.jsonl')]).toEqual([
      header,
      journal
    ])
    expect(versionOf('session.json')).toBe(SCHEMA_VERSION)
    expect(text('journal.jsonl')).toBe(journal)
    const again = await openSession(place)
    expect(again.notices).toEqual([])
    // What schema 1 forgot at the commit after it can be put back now.
    await again.redo('00003-afa3fee4')
    expect(again.edits.map(({ editId }) => editId)).toEqual(['a', 'b', 'c', 'd'])
    await again.close()
  })

  it('is only read where it is opened for reading', async () => {
    const before = readdirSync(place)
    const reading = await openSession(place, { readOnly: true })
    expect([reading.schemaVersion, reading.header.schemaVersion, reading.notices]).toEqual([1, SCHEMA_VERSION, []])
    expect(reading.batches.map(({ block }) => block)).toEqual(BLOCKS)
    await reading.close()
    expect(readdirSync(place)).toEqual(before)
    expect(versionOf('session.json')).toBe(1)
  })

  it('cut short by a crash at any step is migrated by the next opening', async () => {
    // In the midst of the backup.
    mkdirSync(join(place, 'backup', 'schema-1.partial'), { recursive: true })
    writeFileSync(join(place, 'backup', 'schema-1.partial', 'session.json'), '{')
    await (await openSession(place)).close()
    expect(versionOf('backup', 'schema-1', 'session.json')).toBe(1)
    // Between the backup and the header.
    cpSync(join(GOLDEN, 'session', 'session.json'), join(place, 'session.json'))
    const store = await openSession(place)
    expect(store.notices).toMatchObject([{ kind: 'migrated' }])
    await store.close()
    expect([versionOf('session.json'), versionOf('backup', 'schema-1', 'session.json')]).toEqual([SCHEMA_VERSION, 1])
  })

  it('writes what it wrote, and has its review', { timeout: 120_000 }, async () => {
    const home = await tinyHome()
    process.env['ERRATUM_HOME'] = home.root
    const session = await openEditSession({ model: home.model, dir: place, executor: 'onnxruntime' })
    const due = JSON.parse(readFileSync(join(GOLDEN, 'written.json'), 'utf8')) as {
      prompt: string
      tokens: number[]
      blocks: (string | null)[]
    }[]
    for (const { prompt, tokens, blocks } of due) {
      const written = await session.write(prompt, GREEDY, { maxNewTokens: tokens.length })
      expect(written.tokens.map(({ id }) => id)).toEqual(tokens)
      expect(written.routes.map(({ block }) => block)).toEqual(blocks)
    }
    const { store } = session
    const journal = {
      appendRecord: () => Promise.reject(new Error('nothing is written')),
      records: (kind: string) => store.records(kind).map(({ payload }) => payload)
    }
    const workspace = new Workspace(journal, { onChange: () => undefined })
    expect(workspace.setAside).toBe(0)
    expect(workspace.passage('p1').sentences.map(({ mark, correction }) => [mark, correction])).toEqual([
      ['major_inaccurate', 'She was born in May.'],
      [null, null]
    ])
    await session.close()
    home.remove()
  })
})
