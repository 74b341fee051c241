import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  listSessions,
  newSessionFolder,
  renameSession,
  trashSession,
  copySession
} from '../../src/main/services/session-library.ts'
import { rememberSession } from '../../src/main/services/recent-sessions.ts'
import { verifySession } from '../../src/main/services/verify-session.ts'
import { openSession } from '../../src/main/session/session-folder.ts'
import { temporaryFolder } from '../session/sample-session.ts'

const GOLDEN = join(import.meta.dirname, '..', 'session', 'golden', 'schema-1', 'session')

let folder: ReturnType<typeof temporaryFolder>
const at = (...names: string[]): string => join(folder.path, ...names)
beforeEach(() => {
  folder = temporaryFolder()
  process.env['ERRATUM_HOME'] = at('home')
  cpSync(GOLDEN, at('home', 'sessions', 'one'), { recursive: true })
  cpSync(GOLDEN, at('elsewhere', 'two'), { recursive: true })
})
afterEach(() => folder.remove())

const flip = (file: string, byte: number): void => {
  const bytes = readFileSync(file)
  bytes[(byte + bytes.length) % bytes.length] ^= 1
  writeFileSync(file, bytes)
}

describe('the sessions of this machine', () => {
  it('are those in the data folder and those opened lately, with what is in them', async () => {
    await rememberSession(at('elsewhere', 'two'))
    await rememberSession(at('elsewhere', 'gone'))
    mkdirSync(at('home', 'sessions', 'broken'))
    writeFileSync(at('home', 'sessions', 'broken', 'session.json'), '{')
    const found = await listSessions()
    expect(found.map(({ name }) => name).sort()).toEqual(['broken', 'one', 'two'])
    const one = found.find(({ name }) => name === 'one')!
    expect(one).toMatchObject({
      model: { id: 'tiny', isThere: false },
      edits: 3,
      batches: 3,
      passages: 1,
      corrections: 1,
      isOpen: false,
      problem: null
    })
    expect(one.bytes).toBeGreaterThan(10_000)
    expect(one.changedAt).toBeGreaterThan(0)
    expect(found.at(-1)).toMatchObject({
      name: 'broken',
      edits: null,
      problem: expect.stringContaining('JSON') as string
    })
  })

  it('are listed where the note of the recent ones is damaged', async () => {
    await rememberSession(at('elsewhere', 'two'))
    writeFileSync(at('home', 'recent-sessions.json'), '{"half":')
    expect((await listSessions()).map(({ name }) => name)).toEqual(['one'])
  })

  it('are renamed, moved to the trash and copied, and the list follows', async () => {
    await rememberSession(at('elsewhere', 'two'))
    expect(await renameSession(at('elsewhere', 'two'), 'three')).toBe(at('elsewhere', 'three'))
    for (const name of ['', '  ', '../up', 'a/b', 'a\\b', '.hidden', 'a:b', 'x'.repeat(101)])
      await expect(renameSession(at('elsewhere', 'three'), name)).rejects.toMatchObject({ code: 'BadInput' })
    expect(await renameSession(at('elsewhere', 'three'), 'three')).toBe(at('elsewhere', 'three'))
    await copySession(at('elsewhere', 'three'), at('three.erratum'))
    await copySession(at('three.erratum'), at('four'))
    await copySession(at('four'), await newSessionFolder('one 2'))
    const trashed = await trashSession(at('elsewhere', 'three'))
    expect(existsSync(join(trashed, 'session.json'))).toBe(true)
    const names = (await listSessions()).map(({ name, edits }) => [name, edits])
    expect(Object.fromEntries(names)).toEqual({ four: 3, one: 3, 'one 2': 3 })
    await expect(copySession(at('none'), at('five'))).rejects.toMatchObject({ code: 'NotFound' })
  })
})

describe('a name that is taken', () => {
  const taken = { code: 'BadInput', message: 'A session named one already exists.' }

  it('is told, and not numbered: for a new session and a renamed one, whatever its capitals', async () => {
    await expect(newSessionFolder('one')).rejects.toMatchObject(taken)
    await expect(newSessionFolder(' ONE ')).rejects.toMatchObject(taken)
    expect(await newSessionFolder('two')).toBe(at('home', 'sessions', 'two'))
    cpSync(GOLDEN, at('home', 'sessions', 'other'), { recursive: true })
    await expect(renameSession(at('home', 'sessions', 'other'), 'One')).rejects.toMatchObject(taken)
    expect(await renameSession(at('home', 'sessions', 'other'), 'Other')).toBe(at('home', 'sessions', 'Other'))
    mkdirSync(at('home', 'sessions', 'plain'))
    await expect(newSessionFolder('plain')).rejects.toMatchObject({ message: 'A folder named plain already exists.' })
  })
})

describe('a session that is in use', () => {
  it('is one whose writer lives: not one whose process was killed, nor one whose process nobody has waited for', async () => {
    const lock = at('home', 'sessions', 'one', 'session.lock')
    const one = async () => (await listSessions()).find(({ name }) => name === 'one')!
    const store = await openSession(at('home', 'sessions', 'one'))
    expect(await one()).toMatchObject({ isOpen: true, usedOn: null })
    const own = JSON.parse(readFileSync(lock, 'utf8')) as Record<string, unknown>
    await store.close()

    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'close')
    writeFileSync(lock, JSON.stringify({ ...own, pid: child.pid, processStart: null }))
    expect(await one()).toMatchObject({ isOpen: false, usedOn: null })

    writeFileSync(lock, JSON.stringify({ ...own, host: 'elsewhere' }))
    expect(await one()).toMatchObject({ isOpen: true, usedOn: 'elsewhere' })
    if (process.platform !== 'linux') return

    // Another process has its pid now.
    writeFileSync(lock, JSON.stringify({ ...own, processStart: '1' }))
    expect(await one()).toMatchObject({ isOpen: false })
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'])
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(printed.toString())
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise((turn) => setTimeout(turn, 10))
    writeFileSync(lock, JSON.stringify({ ...own, pid, processStart: null }))
    expect(await one()).toMatchObject({ isOpen: false })
    parent.kill()
  })
})

describe('verifying', () => {
  const place = (...names: string[]): string => at('home', 'sessions', 'one', ...names)

  it('finds a whole session whole, and changes nothing', async () => {
    const before = readFileSync(place('session.json'))
    expect(await verifySession(place())).toMatchObject({
      ok: true,
      schemaVersion: 1,
      batches: 3,
      undone: 1,
      review: { records: 4, setAside: 0 },
      tables: { deployment: 'absent', paper: 'absent' },
      problems: []
    })
    expect(readFileSync(place('session.json'))).toEqual(before)
    expect(existsSync(place('index.lance'))).toBe(false)
  })

  it.each([
    ['journal.jsonl', -300],
    ['blocks/00002-c662df5e/adapter_model.safetensors', 2000],
    ['blocks/00002-c662df5e/adapter_config.json', 20],
    ['blocks/00002-c662df5e/keys.safetensors', 600],
    ['trash/00003-afa3fee4/keys.safetensors', 600]
  ])('names damage of %s', async (name, byte) => {
    flip(place(name), byte)
    const { ok, problems } = await verifySession(place())
    expect([ok, problems.length]).toEqual([false, 1])
    expect(problems[0].file).toContain(name.split('/').slice(0, 2).join('/'))
    // The rest opens.
    const store = await openSession(place())
    expect(store.batches.length).toBeGreaterThanOrEqual(2)
    await store.close()
  })

  it('names a damaged calibration and header, which routes cannot do without', async () => {
    flip(place('calibration.safetensors'), 480)
    const { ok, problems } = await verifySession(place())
    expect([ok, problems]).toMatchObject([false, [{ file: place('calibration.safetensors') }]])
    cpSync(join(GOLDEN, 'calibration.safetensors'), place('calibration.safetensors'))
    rmSync(place('session.json'))
    await expect(verifySession(place())).rejects.toMatchObject({ code: 'NotFound' })
  })
})
