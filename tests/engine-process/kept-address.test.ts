import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { newToken } from '../../src/main/engine-process/access.ts'
import { KeptAddresses } from '../../src/main/engine-process/kept-address.ts'

const WEEK_MS = 7 * 24 * 3600 * 1000
let home: string
let now: number
let addresses: KeptAddresses
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'erratum-home-'))
  now = 1e12
  addresses = new KeptAddresses(home, () => now)
})
afterEach(() => rmSync(home, { recursive: true }))

const kept = { port: 4711, token: newToken() }
const notes = (): string[] => readdirSync(join(home, 'addresses')).map((name) => join(home, 'addresses', name))

it('keeps one address for each session', async () => {
  const other = { port: 4712, token: newToken() }
  await addresses.keep('/sessions/one', kept)
  await addresses.keep('/sessions/two', other)
  expect(await addresses.of('/sessions/one/')).toEqual(kept)
  expect(await addresses.of('/sessions/two')).toEqual(other)
  expect(await addresses.of('/sessions/three')).toBeNull()
})

it.skipIf(process.platform === 'win32')(
  'is readable by its owner only, and worth nothing once others could read it',
  async () => {
    await addresses.keep('/sessions/one', kept)
    const [note] = notes()
    expect(statSync(note).mode & 0o777).toBe(0o600)
    expect(statSync(join(home, 'addresses')).mode & 0o777).toBe(0o700)
    chmodSync(note, 0o644)
    expect(await addresses.of('/sessions/one')).toBeNull()
    expect(notes()).toEqual([])
  }
)

it('is forgotten a week after it was last used, or when the clock was turned back', async () => {
  await addresses.keep('/sessions/one', kept)
  now += WEEK_MS - 1
  expect(await addresses.of('/sessions/one')).toEqual(kept)
  now += 1
  expect(await addresses.of('/sessions/one')).toBeNull()
  expect(notes()).toEqual([])
  await addresses.keep('/sessions/one', kept)
  now -= 1
  expect(await addresses.of('/sessions/one')).toBeNull()
})

it.each([
  ['no JSON', () => '{'],
  ['a port that is none', (text: string) => text.replace('4711', '70000')],
  ['a token that is none of ours', (text: string) => text.replace(kept.token, 'short')],
  ['another session', (text: string) => text.replace('/sessions/one', '/sessions/two')]
])('is not taken where it holds %s', async (_, damage) => {
  await addresses.keep('/sessions/one', kept)
  const [note] = notes()
  writeFileSync(note, damage(readFileSync(note, 'utf8')))
  expect(await addresses.of('/sessions/one')).toBeNull()
})

it.skipIf(process.platform === 'win32')('is not read through a link', async () => {
  await addresses.keep('/sessions/one', kept)
  const [note] = notes()
  writeFileSync(join(home, 'elsewhere.json'), readFileSync(note), { mode: 0o600 })
  rmSync(note)
  symlinkSync(join(home, 'elsewhere.json'), note)
  expect(await addresses.of('/sessions/one')).toBeNull()
})
