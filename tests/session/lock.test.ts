import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LOCK_FILE, SessionLock, takeOver } from '../../src/main/session/lock.ts'
import type { LockHolder } from '../../src/main/session/lock.ts'
import { temporaryFolder } from './sample-session.ts'

let folder: ReturnType<typeof temporaryFolder>
let file: string

beforeEach(() => {
  folder = temporaryFolder()
  file = join(folder.path, LOCK_FILE)
})
afterEach(() => folder.remove())

const holder = (): LockHolder => JSON.parse(readFileSync(file, 'utf8')) as LockHolder

/** A process id that nothing has: of a child that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.on('close', resolve))
  return child.pid!
}

async function leftBehind(change: Partial<LockHolder>): Promise<LockHolder> {
  await SessionLock.acquire(folder.path)
  const left = { ...holder(), token: 'left', ...change }
  writeFileSync(file, JSON.stringify(left))
  return left
}

it('keeps a second writer out, of this process too, until it is released', async () => {
  const { lock } = await SessionLock.acquire(folder.path)
  await expect(SessionLock.acquire(folder.path)).rejects.toMatchObject({
    code: 'Locked',
    details: { file, holder: { pid: process.pid, host: hostname() } }
  })
  await lock.release()
  expect(readdirSync(folder.path)).toEqual([])
  await (await SessionLock.acquire(folder.path)).lock.release()
})

it('takes over from a process that has ended', async () => {
  const left = await leftBehind({ pid: await deadPid() })
  const { lock, staleHolder } = await SessionLock.acquire(folder.path)
  expect(staleHolder).toEqual(left)
  expect(holder().pid).toBe(process.pid)
  await lock.release()
  expect(readdirSync(folder.path)).toEqual([])
})

it.runIf(process.platform === 'linux')('takes over where another process or boot has the pid now', async () => {
  await leftBehind({ processStart: '1' })
  await (await SessionLock.acquire(folder.path)).lock.release()
  await leftBehind({ boot: 'another boot' })
  await (await SessionLock.acquire(folder.path)).lock.release()
})

it('never takes over from another machine', async () => {
  await leftBehind({ host: 'elsewhere', pid: await deadPid() })
  await expect(SessionLock.acquire(folder.path)).rejects.toMatchObject({ code: 'Locked' })
})

it('waits for a lock that is just being filled, and takes over one that never was', async () => {
  writeFileSync(file, '')
  await expect(SessionLock.acquire(folder.path)).rejects.toMatchObject({ code: 'Locked' })
  utimesSync(file, new Date(0), new Date(0))
  await (await SessionLock.acquire(folder.path)).lock.release()
})

it('is never empty, and what a killed process left beside it is removed', async () => {
  const gone = { ...(await leftBehind({ pid: await deadPid() })), token: 'gone' }
  for (const name of ['gone', 'half']) writeFileSync(`${file}.new-${name}`, name === 'half' ? '' : JSON.stringify(gone))
  utimesSync(`${file}.new-half`, new Date(0), new Date(0))
  const { lock } = await SessionLock.acquire(folder.path)
  expect(readdirSync(folder.path)).toEqual([LOCK_FILE])
  expect(holder().pid).toBe(process.pid)
  await lock.release()
})

it('lets one alone take over, however many try', async () => {
  await leftBehind({ pid: await deadPid() })
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => SessionLock.acquire(folder.path)))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(readdirSync(folder.path)).toEqual([LOCK_FILE])
})

it('does not remove a fresh lock for a stale one that was seen long ago', async () => {
  const seen = await leftBehind({ pid: await deadPid() })
  await SessionLock.acquire(folder.path)
  const fresh = holder()
  await expect(takeOver(file, seen, { ...fresh, token: 'slow' })).rejects.toMatchObject({ code: 'Locked' })
  expect(holder()).toEqual(fresh)
  expect(readdirSync(folder.path)).toEqual([LOCK_FILE])
})

it('leaves a lock alone that is no longer its own', async () => {
  const { lock } = await SessionLock.acquire(folder.path)
  const other = { ...holder(), token: 'other' }
  writeFileSync(file, JSON.stringify(other))
  await lock.release()
  expect(holder()).toEqual(other)
})
