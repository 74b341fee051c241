/**
 * `golden/schema-<n>` is a session as the last code with that schema wrote it, with the tiny model (schema 2 by
 * `make-golden.ts`): four trained batches, one of them undone (before the last commit in 1, after it in 2), and a review;
 * `written.json` is what that code wrote greedily under the session.
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

const SESSIONS = [
  {
    schema: 1,
    blocks: ['00001-403847c9', '00002-c662df5e', '00003-c69b8fae'],
    undone: '00003-afa3fee4',
    edits: ['a', 'b', 'c', 'd']
  },
  {
    schema: 2,
    blocks: ['00001-403847c9', '00002-9a2a2fb9', '00004-638c5dcc'],
    undone: '00003-c69b8fae',
    edits: ['a', 'b', 'c', 'd', 'e']
  }
]

let folder: ReturnType<typeof temporaryFolder>
let place: string
beforeEach(() => {
  folder = temporaryFolder()
  place = join(folder.path, 'session')
})
afterEach(() => folder.remove())

const text = (...path: string[]): string => readFileSync(join(place, ...path), 'utf8')
const versionOf = (...path: string[]): unknown => (JSON.parse(text(...path)) as { schemaVersion: number }).schemaVersion

describe.each(SESSIONS)('a session of schema $schema', ({ schema, blocks: present, undone, edits }) => {
  const golden = join(import.meta.dirname, 'golden', `schema-${schema}`)
  const backup = `schema-${schema}`
  beforeEach(() => cpSync(join(golden, 'session'), place, { recursive: true }))

  it('opens as the present one, after a backup of what it was', async () => {
    const [header, journal] = [text('session.json'), text('journal.jsonl')]
    const store = await openSession(place)
    expect(store.notices).toMatchObject([{ kind: 'migrated', file: join(place, 'backup', backup) }])
    expect(store.schemaVersion).toBe(SCHEMA_VERSION)
    expect(store.batches.map(({ block }) => block)).toEqual(present)
    await store.close()
    expect([text('backup', backup, 'session.json'), text('backup', backup, 'journal.jsonl')]).toEqual([header, journal])
    expect(versionOf('session.json')).toBe(SCHEMA_VERSION)
    expect(text('journal.jsonl')).toBe(journal)
    const again = await openSession(place)
    expect(again.notices).toEqual([])
    // Schema 1 forgot it at the commit after it.
    await again.redo(undone)
    expect(again.edits.map(({ editId }) => editId)).toEqual(edits)
    await again.close()
  })

  it('is only read where it is opened for reading', async () => {
    const before = readdirSync(place)
    const reading = await openSession(place, { readOnly: true })
    expect([reading.schemaVersion, reading.header.schemaVersion, reading.notices]).toEqual([schema, SCHEMA_VERSION, []])
    expect(reading.batches.map(({ block }) => block)).toEqual(present)
    await reading.close()
    expect(readdirSync(place)).toEqual(before)
    expect(versionOf('session.json')).toBe(schema)
  })

  it('cut short by a crash at any step is migrated by the next opening', async () => {
    // In the midst of the backup.
    mkdirSync(join(place, 'backup', `${backup}.partial`), { recursive: true })
    writeFileSync(join(place, 'backup', `${backup}.partial`, 'session.json'), '{')
    await (await openSession(place)).close()
    expect(versionOf('backup', backup, 'session.json')).toBe(schema)
    // Between the backup and the header.
    cpSync(join(golden, 'session', 'session.json'), join(place, 'session.json'))
    const store = await openSession(place)
    expect(store.notices).toMatchObject([{ kind: 'migrated' }])
    await store.close()
    expect([versionOf('session.json'), versionOf('backup', backup, 'session.json')]).toEqual([SCHEMA_VERSION, schema])
  })

  it('writes what it wrote, and has its review', { timeout: 120_000 }, async () => {
    const home = await tinyHome()
    process.env['ERRATUM_HOME'] = home.root
    const session = await openEditSession({ model: home.model, dir: place, executor: 'onnxruntime' })
    const due = JSON.parse(readFileSync(join(golden, 'written.json'), 'utf8')) as {
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
