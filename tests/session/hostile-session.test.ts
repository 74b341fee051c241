// A session that somebody else made: nothing outside its folder is read or changed, whatever its files say.
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BlockStore } from '../../src/main/session/block-store.ts'
import type { BatchPayload, CommittedBatch } from '../../src/main/session/batches.ts'
import { duplicateSession, packSession } from '../../src/main/session/copies.ts'
import { glanceAt } from '../../src/main/session/glance.ts'
import { encodeRecord, scanJournal } from '../../src/main/session/journal-format.ts'
import { createSession, openSession } from '../../src/main/session/session-folder.ts'
import { HEADER, sampleBatch, temporaryFolder } from './sample-session.ts'

let folder: ReturnType<typeof temporaryFolder>
let place: string
let outside: string

/** A session of two batches, one more that was taken out, and a folder beside it that holds a person's files. */
beforeEach(async () => {
  folder = temporaryFolder()
  place = join(folder.path, 'session')
  outside = join(folder.path, 'outside')
  const calibration = join(folder.path, 'calibration')
  writeFileSync(calibration, 'calibrated')
  const store = await createSession(place, HEADER, calibration)
  for (let n = 0; n < 3; n++) await store.commitBatch(sampleBatch(n))
  await store.undo()
  await store.snapshot()
  await store.close()
  cpSync(join(place, 'blocks', 'block-0'), join(outside, 'block-0'), { recursive: true })
  cpSync(join(place, 'blocks', 'block-1'), join(outside, 'block-9'), { recursive: true })
  writeFileSync(join(outside, 'notes.txt'), 'mine')
})
afterEach(() => folder.remove())

/** Every file below a folder with its content. */
function tree(path: string): Record<string, string> {
  const entries = readdirSync(path, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name)
      return [file, readFileSync(file, 'latin1')]
    })
  )
}

function appendRecord(kind: string, payload: unknown): number {
  const file = join(place, 'journal.jsonl')
  const seq = scanJournal(readFileSync(file)).records.at(-1)!.seq + 1
  appendFileSync(file, encodeRecord({ seq, kind, at: new Date().toISOString(), payload }))
  return seq
}

function batchRecord(change: Partial<BatchPayload>): BatchPayload {
  const [first] = scanJournal(readFileSync(join(place, 'journal.jsonl'))).records
  const payload = first.payload as BatchPayload
  const edits = payload.edits.map((edit) => ({ ...edit, editId: `new ${edit.editId}`, order: edit.order + 100 }))
  return { ...payload, block: 'block-7', edits, ...change }
}

describe('a name in the journal', () => {
  it.each(['../outside', '../../outside', 'block-0/../../../outside', '.', '..', '', 'a/b', 'a\\b', 'C:', '.hidden'])(
    'of a block is a plain name, and not "%s"',
    async (block) => {
      const batchSeq = appendRecord('batch', batchRecord({ block }))
      appendRecord('undo', { batchSeq, block })
      appendRecord('redo', { batchSeq, block })
      const before = tree(outside)
      const store = await openSession(place)
      expect(store.notices.filter(({ kind }) => kind === 'damaged-record')).toHaveLength(3)
      expect(store.batches.map((batch) => batch.block)).toEqual(['block-0', 'block-1'])
      expect((await store.undo()).block).toBe('block-1')
      expect((await store.undo()).block).toBe('block-0')
      await expect(store.undo()).rejects.toMatchObject({ code: 'BadInput' })
      await store.close()
      expect(tree(outside)).toEqual(before)
    }
  )

  it.each(['../../../outside/notes.txt', 'notes.txt', 'keys.safetensors/../x'])(
    'of a file is one of the three that a block has, and not "%s"',
    async (name) => {
      const files = JSON.parse(`{"${name}":{"bytes":4,"sha256":""}}`) as BatchPayload['files']
      appendRecord('batch', batchRecord({ files: { ...batchRecord({}).files, ...files }, block: 'block-8' }))
      appendRecord('batch', batchRecord({ files }))
      const store = await openSession(place)
      expect(store.notices.map(({ kind }) => kind)).toEqual(['damaged-record', 'damaged-record'])
      expect(store.batches.map((batch) => batch.block)).toEqual(['block-0', 'block-1'])
      await store.close()
    }
  )

  it('is looked at once more where a folder would be moved or removed', async () => {
    const blocks = new BlockStore(place)
    const before = tree(folder.path)
    const block = '../../outside'
    const batch = { ...batchRecord({}), block, committed: [] } as unknown as CommittedBatch
    const { weights, loraLayers, keys } = sampleBatch(0)
    for (const action of [
      () => blocks.write(block, { weights, loraLayers, baseModel: '' }, keys),
      () => blocks.remove(block),
      () => blocks.moveToTrash(block),
      () => blocks.takeFromTrash(block),
      () => blocks.problemOf(batch),
      async () => blocks.loadKeys(batch),
      async () => blocks.loadWeights(batch)
    ])
      await expect(action()).rejects.toMatchObject({ code: 'BadInput' })
    expect(tree(folder.path)).toEqual(before)
  })
})

/** What stands in the place of something of the session: a link to the same thing outside. */
const LINKS: readonly [name: string, target: string, isReadable: boolean][] = [
  ['blocks', '', true],
  ['trash', '', true],
  ['blocks/block-0', 'block-0', true],
  ['blocks/block-9', 'block-9', true],
  ['trash/block-2', 'block-9', true],
  ['blocks/block-0/keys.safetensors', 'block-0/keys.safetensors', true],
  ['set-aside', '', true],
  ['backup/schema-1', '', true],
  ['index.lance', '', true],
  ['snapshot.json', 'snapshot.json', true],
  ['snapshot.json.partial', 'notes.txt', true],
  ['place.json', 'notes.txt', true],
  ['session.lock', 'notes.txt', true],
  ['session.lock.new-x', 'notes.txt', true],
  ['calibration.safetensors', 'calibration.safetensors', true],
  ['journal.jsonl', 'journal.jsonl', false],
  ['session.json', 'session.json', true]
]

describe.skipIf(process.platform === 'win32')('a link in the folder of a session', () => {
  it.each(LINKS)('in the place of %s leads nowhere', async (name, target, isReadable) => {
    const path = join(place, name)
    // Damage that a writer would set aside, and a half-written journal.
    appendFileSync(join(place, 'journal.jsonl'), '{"seq":')
    if (/\.(json|jsonl|safetensors)$/.test(target) && !target.includes('/') && name === target)
      cpSync(path, join(outside, target))
    rmSync(path, { recursive: true, force: true })
    symlinkSync(join(outside, target), path)
    const before = tree(outside)
    await expect(openSession(place)).rejects.toMatchObject({
      code: 'BadFile',
      details: { file: path, cure: expect.stringContaining('the file or folder itself') as string }
    })
    const reading = openSession(place, { readOnly: true })
    if (isReadable) {
      const store = await reading
      expect(store.problem).toMatchObject({ code: 'BadFile' })
      const blocks = name === 'blocks' ? [] : /block-0/.test(name) ? ['block-1'] : ['block-0', 'block-1']
      expect(store.batches.map((batch) => batch.block)).toEqual(blocks)
      await store.close()
    } else await expect(reading).rejects.toMatchObject({ code: 'BadFile' })
    for (const copy of [
      () => packSession(place, join(folder.path, 'copy.erratum')),
      () => duplicateSession(place, join(folder.path, 'copy'))
    ])
      await expect(copy()).rejects.toMatchObject({ code: 'BadFile' })
    expect(tree(outside)).toEqual(before)
    expect(readdirSync(folder.path).sort()).toEqual(['calibration', 'outside', 'session'])
  })

  it.each(['session.json', 'backup/session.json', 'journal.jsonl', 'snapshot.json', 'session.lock', 'place.json'])(
    'is no worse than a pipe in the place of %s, which nobody waits for',
    async (name) => {
      const path = join(place, name)
      rmSync(path, { force: true })
      execFileSync('mkfifo', [path])
      await expect(openSession(place)).rejects.toMatchObject({ code: 'BadFile' })
      const looks = [openSession(place, { readOnly: true }).then((store) => store.close()), glanceAt(place)]
      // Either is an answer, and both come.
      await Promise.allSettled(looks)
    }
  )
})

it('a lock cannot name a file to be removed', async () => {
  const lock = join(place, 'session.lock')
  mkdirSync(`${lock}.`)
  const victim = join(outside, 'notes.txt')
  const holder = { pid: 4_000_000, host: 'x', boot: 'of another start', since: '', processStart: null }
  writeFileSync(lock, JSON.stringify({ ...holder, token: '/../../outside/notes.txt' }))
  for (const file of [lock, victim]) utimesSync(file, 1, 1)
  await openSession(place).then((store) => store.close())
  expect(readFileSync(victim, 'utf8')).toBe('mine')
})

it('what is no block stays where it is, and an unfinished one goes', async () => {
  mkdirSync(join(place, 'blocks', 'my notes'))
  writeFileSync(join(place, 'blocks', '.DS_Store'), '')
  mkdirSync(join(place, 'blocks', 'my.partial things'))
  renameSync(join(place, 'blocks', 'block-1'), join(place, 'blocks', 'block-1.0123456789abcdef.partial'))
  writeFileSync(join(place, 'snapshot.json.0123456789abcdef.partial'), '')
  await openSession(place).then((store) => store.close())
  expect(readdirSync(join(place, 'blocks')).sort()).toEqual(['.DS_Store', 'block-0', 'my notes', 'my.partial things'])
  expect(readdirSync(place).filter((name) => name.endsWith('.partial'))).toEqual([])
})
