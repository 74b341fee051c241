import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSession, openSession } from '../../src/main/session/session-folder.ts'
import { HEADER, sampleBatch, temporaryFolder } from './sample-session.ts'

/** Mounting takes Linux and the right to do so; the tests that need it are shown as skipped elsewhere. */
function mountIsPossible(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const folder = temporaryFolder()
  try {
    mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.path)
    unmount(folder.path)
    return true
  } catch {
    return false
  } finally {
    folder.remove()
  }
}

function mount(...options: string[]): void {
  execFileSync('mount', options, { stdio: 'ignore' })
}

/** Also where a failed test has left a file open. */
function unmount(place: string): void {
  execFileSync('umount', ['-l', place], { stdio: 'ignore' })
}

let folder: ReturnType<typeof temporaryFolder>
let mounted: string[] = []

beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => {
  for (const place of mounted.reverse()) unmount(place)
  mounted = []
  folder.remove()
})

function disk(size: string): string {
  const place = join(folder.path, 'disk')
  mkdirSync(place)
  mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place)
  mounted.push(place)
  return place
}

it('a file in the place of the folder, or of its parent, is told as unwritable', async () => {
  const file = join(folder.path, 'file')
  writeFileSync(file, 'mine')
  for (const place of [file, join(file, 'session')])
    await expect(createSession(place, HEADER)).rejects.toMatchObject({ code: 'Unwritable' })
  expect(readFileSync(file, 'utf8')).toBe('mine')
})

it('a folder that holds something else is refused and left as it is', async () => {
  writeFileSync(join(folder.path, 'mine'), '')
  await expect(createSession(folder.path, HEADER)).rejects.toMatchObject({ code: 'BadInput' })
  expect(readdirSync(folder.path)).toEqual(['mine'])
})

it('a block that cannot be written changes nothing', async () => {
  const place = join(folder.path, 'session')
  const store = await createSession(place, HEADER)
  await store.commitBatch(sampleBatch(0))
  const journal = readFileSync(join(place, 'journal.jsonl'))
  rmSync(join(place, 'trash'), { recursive: true })
  const blocks = join(place, 'blocks', 'block-0')
  rmSync(join(place, 'blocks'), { recursive: true })
  writeFileSync(join(place, 'blocks'), 'a file')
  await expect(store.commitBatch(sampleBatch(1))).rejects.toMatchObject({ code: 'Unwritable' })
  expect(readFileSync(join(place, 'journal.jsonl'))).toEqual(journal)
  expect(store.batches).toHaveLength(1)
  expect(() => readdirSync(blocks)).toThrow()
  await store.close()
})

describe.skipIf(!mountIsPossible())('on a disk of its own', () => {
  it('a session that is mounted read-only cannot be opened for writing, but for reading', async () => {
    const place = join(folder.path, 'session')
    const store = await createSession(place, HEADER)
    await store.commitBatch(sampleBatch(0))
    await store.close()
    mount('--bind', place, place)
    mounted.push(place)
    mount('-o', 'remount,bind,ro', place)
    await expect(openSession(place)).rejects.toMatchObject({ code: 'Unwritable' })
    await expect(createSession(join(place, 'another'), HEADER)).rejects.toMatchObject({ code: 'Unwritable' })
    const reading = await openSession(place, { readOnly: true })
    expect(reading.edits).toHaveLength(3)
    await reading.close()
  })

  it('a full disk stops a commit with nothing half-done, and freed space lets it go on', async () => {
    const place = join(disk('400k'), 'session')
    const store = await createSession(place, HEADER)
    const size = { width: 64, inner: 256, rank: 4 }
    // The block has room, its record has not.
    const { edits, ...rest } = sampleBatch(0, size)
    const long = edits.map((edit) => ({ ...edit, extra: { source: 'long '.repeat(100_000) } }))
    await expect(store.commitBatch({ ...rest, edits: long })).rejects.toMatchObject({ code: 'Unwritable' })
    expect(readdirSync(join(place, 'blocks'))).toEqual([])
    expect(readFileSync(join(place, 'journal.jsonl'), 'utf8')).toBe('')

    let committed = 0
    let refused: unknown = null
    for (; refused === null && committed < 100; committed++)
      await store.commitBatch(sampleBatch(committed, size)).catch((error: unknown) => (refused = error))
    committed--
    expect(refused).toMatchObject({ code: 'Unwritable', details: { reason: 'ENOSPC' } })
    expect(committed).toBeGreaterThan(2)
    expect(store.batches).toHaveLength(committed)
    expect(readdirSync(join(place, 'blocks'))).toHaveLength(committed)

    // To the last byte: now not even the journal can grow.
    const filler = join(place, '..', 'filler')
    const { bavail, bsize } = statfsSync(place)
    writeFileSync(filler, Buffer.alloc(bavail * bsize))
    const journal = readFileSync(join(place, 'journal.jsonl'))
    await expect(store.appendRecord('text', 'typed '.repeat(2000))).rejects.toMatchObject({ code: 'Unwritable' })
    expect(readFileSync(join(place, 'journal.jsonl'))).toEqual(journal)
    await store.close()

    rmSync(filler)
    const again = await openSession(place)
    expect(again.notices).toEqual([])
    expect(again.edits).toHaveLength(3 * committed)
    expect(again.loadBlock('block-0')).toEqual(sampleBatch(0, size).weights)
    await again.appendRecord('text', 'typed')
    await again.undo()
    await again.close()
  })

  it('a session that does not fit on its disk is not made at all', async () => {
    const place = disk('16k')
    const { bavail, bsize } = statfsSync(place)
    writeFileSync(join(place, 'filler'), Buffer.alloc(bavail * bsize))
    await expect(createSession(join(place, 'session'), HEADER)).rejects.toMatchObject({ code: 'Unwritable' })
    expect(readdirSync(place)).toEqual(['filler'])
  })
})
