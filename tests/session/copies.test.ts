import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeSealedZip } from '../../src/main/formats/sealed-zip.ts'
import { duplicateSession, packSession, placeOf, unpackSession } from '../../src/main/session/copies.ts'
import { moveSession } from '../../src/main/session/moving.ts'
import { createSession, openSession } from '../../src/main/session/session-folder.ts'
import type { SessionStore } from '../../src/main/session/session-store.ts'
import { HEADER, sampleBatch, temporaryFolder } from './sample-session.ts'

let folder: ReturnType<typeof temporaryFolder>
let place: string
let copy: string
let file: string
let store: SessionStore

/** Three batches, the middle one taken out, records, and a calibration. */
beforeEach(async () => {
  folder = temporaryFolder()
  place = join(folder.path, 'session')
  copy = join(folder.path, 'copy')
  file = join(folder.path, 'session.erratum')
  const calibration = join(folder.path, 'calibration')
  writeFileSync(calibration, 'calibrated')
  store = await createSession(place, HEADER, calibration)
  for (let n = 0; n < 3; n++) await store.commitBatch(sampleBatch(n))
  await store.undo('block-1')
  await store.appendRecord('mark', 1)
  await store.snapshot()
})
afterEach(async () => {
  await store.close()
  folder.remove()
})

const tell = (from: SessionStore): unknown => ({
  header: from.header,
  edits: from.edits,
  undone: from.undone,
  marks: from.records('mark'),
  index: from.indexedEdits('deployment'),
  weights: from.batches.map(({ block }) => from.loadBlock(block))
})

async function expectSame(at: string): Promise<void> {
  const again = await openSession(at)
  expect([again.notices, tell(again)]).toEqual([[], tell(store)])
  await again.redo()
  expect(again.edits).toHaveLength(9)
  await again.close()
}

describe('a copy', () => {
  it('as one file is the session again, batches that were taken out included, while it is written', async () => {
    await packSession(place, file)
    await unpackSession(file, copy)
    await expectSame(copy)
    expect(readdirSync(copy).sort()).not.toContain('session.lock')
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.partial'))).toEqual([])
  })

  it('as a folder is the session again', async () => {
    await duplicateSession(place, copy)
    await expectSame(copy)
  })

  it('takes whole records alone, and blocks wherever they lie', async () => {
    const journal = readFileSync(join(place, 'journal.jsonl'))
    writeFileSync(join(place, 'journal.jsonl'), Buffer.concat([journal, Buffer.from('{"seq":9,')]))
    // As between a record and the move of its block.
    renameSync(join(place, 'trash', 'block-1'), join(place, 'blocks', 'block-1'))
    await duplicateSession(place, copy)
    expect(readFileSync(join(copy, 'journal.jsonl'))).toEqual(journal)
    const again = await openSession(copy)
    expect(again.undone.map(({ block }) => block)).toEqual(['block-1'])
    await again.redo()
    expect(again.loadBlock('block-1')).toEqual(sampleBatch(1).weights)
    await again.close()
  })

  it('never takes the place of something else', async () => {
    writeFileSync(file, 'mine')
    await expect(packSession(place, file)).rejects.toMatchObject({ code: 'BadInput', details: { file } })
    expect(readFileSync(file, 'utf8')).toBe('mine')
    mkdirSync(copy)
    await expect(duplicateSession(place, copy)).rejects.toMatchObject({ code: 'BadInput' })
    await expect(unpackSession(join(folder.path, 'none'), join(folder.path, 'x'))).rejects.toMatchObject({
      code: 'NotFound'
    })
  })
})

describe('a file that is no longer what was written', () => {
  /** The same length, in both places where a zip tells a name, and in the manifest, whose checksum the zip has not. */
  function renamed(from: string, to: string): Buffer {
    const text = readFileSync(file).toString('latin1')
    return Buffer.from(text.replaceAll(from, to), 'latin1')
  }
  async function expectRefused(bytes: Buffer): Promise<Error & { code: string; details: Record<string, unknown> }> {
    writeFileSync(file, bytes)
    const refusal = await unpackSession(file, copy).then(
      () => null,
      (error: unknown) => error as Error & { code: string; details: Record<string, unknown> }
    )
    expect(refusal).toMatchObject({ code: 'BadFile', details: { file } })
    expect(existsSync(copy)).toBe(false)
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.partial'))).toEqual([])
    return refusal!
  }

  it('is refused, with the part that is damaged', async () => {
    await packSession(place, file)
    const bytes = readFileSync(file)
    const weights = readFileSync(join(place, 'blocks', 'block-0', 'adapter_model.safetensors'))
    const at = bytes.indexOf(weights.subarray(weights.length - 100)) + 50
    expect(at).toBeGreaterThan(50)
    bytes[at] ^= 1
    const { message, details } = await expectRefused(bytes)
    expect(message).toContain('checksum')
    expect(details['field']).toBe('blocks/block-0/adapter_model.safetensors')
  })

  it('is refused wherever a byte is turned, or nothing has changed', { timeout: 120_000 }, async () => {
    await packSession(place, file)
    const good = readFileSync(file)
    let refused = 0
    for (let byte = 0; byte < good.length; byte += 131) {
      const bytes = Buffer.from(good)
      bytes[byte] ^= 4
      writeFileSync(file, bytes)
      const whole = await unpackSession(file, copy).then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'BadFile' })
          return false
        }
      )
      // Dates, attributes and checks that nobody reads may differ; what was packed may not.
      if (whole) {
        const again = await openSession(copy, { readOnly: true })
        expect([again.notices, tell(again)]).toEqual([[], tell(store)])
        await again.close()
        rmSync(copy, { recursive: true })
      } else refused++
    }
    expect(refused).toBeGreaterThan(10)
  })

  it('is refused cut short, empty, or as no zip at all', async () => {
    await packSession(place, file)
    const good = readFileSync(file)
    for (const bytes of [good.subarray(0, good.length - 1), good.subarray(0, 100), Buffer.alloc(0), Buffer.from('PK')])
      await expectRefused(bytes)
  })

  it.each([
    ['../aaaaaaaaaaa/keys', /relative path/],
    ['blocks/../../x/keys', /relative path/],
    ['/aaaaaaaaaaaaa/keys', /absolute path/],
    ['C:/aaaaaaaaaaa/keys', /absolute path/],
    ['blocks\\..\\..\\x\\keys', /relative path/],
    // Allowed in a zip, and no name on every system.
    ['blocks/block:0/keys', /leaves the folder/]
  ])('is refused where a path is %s', async (path, reason) => {
    await packSession(place, file)
    expect(path).toHaveLength('blocks/block-0/keys'.length)
    expect((await expectRefused(renamed('blocks/block-0/keys', path))).message).toMatch(reason)
    expect(readdirSync(folder.path).sort()).toEqual(['calibration', 'session', 'session.erratum'])
  })
})

describe('a file that somebody else made', () => {
  /** What is written of each path, sealed as a copy is. */
  const sealed = (files: Record<string, string | Buffer>): Promise<void> =>
    writeSealedZip(
      file,
      { format: 'erratum session', version: 1 },
      Object.entries(files).map(([path, text]) => ({ path, open: async () => Readable.from([Buffer.from(text)]) }))
    )
  /** The files of the session as its own copy has them. */
  const content = (): Record<string, Buffer> =>
    Object.fromEntries(
      readdirSync(place, { recursive: true, withFileTypes: true }).flatMap((entry) => {
        const path = relative(place, join(entry.parentPath, entry.name))
        return entry.isFile() && placeOf(path) === 'kept' ? [[path, readFileSync(join(place, path))]] : []
      })
    )

  it('brings no lock and no table, whatever is in them', async () => {
    const foreign = JSON.stringify({ pid: 1, host: 'elsewhere', boot: null, since: '', token: 'x', processStart: null })
    const derived = { 'session.lock': foreign, 'session.lock.x': 'x', 'index.lance/a/b': 'x', 'snapshot.json': 'x' }
    await sealed({ ...content(), ...derived, 'place.json': '{}' })
    await unpackSession(file, copy)
    expect(readdirSync(copy).sort()).toEqual(
      ['backup', 'blocks', 'calibration.safetensors', 'journal.jsonl', 'session.json', 'trash'].sort()
    )
    await expectSame(copy)
  })

  it.each([
    'notes.txt',
    'blocks/block-0/more.bin',
    'blocks/.hidden/keys.safetensors',
    'blocks/block-0/x/keys.safetensors',
    'trash/keys.safetensors',
    'set-aside/a/b',
    'set-aside/.x',
    'backup/schema-1/notes.txt',
    'backup/notes.txt',
    'constructor'
  ])('brings nothing that no session has: not %s', async (path) => {
    expect(placeOf(path)).toBe('unknown')
    await sealed({ ...content(), [path]: 'x' })
    await expect(unpackSession(file, copy)).rejects.toMatchObject({ code: 'BadFile', details: { field: path } })
    expect(readdirSync(folder.path).sort()).toEqual(['calibration', 'session', 'session.erratum'])
  })

  it('is not unpacked where the disk has no room for it', async () => {
    await packSession(place, file)
    const unpacking = unpackSession(file, copy, 10_000)
    await expect(unpacking).rejects.toMatchObject({
      code: 'Unwritable',
      message: expect.stringContaining('unpacks to') as string
    })
    expect(readdirSync(folder.path).sort()).toEqual(['calibration', 'session', 'session.erratum'])
  })

  it('has a manifest of a bounded size', async () => {
    const zip = new ZipFile()
    const long = Buffer.alloc(17 * 1024 * 1024, ' ')
    zip.addReadStreamLazy('manifest.json', { compress: true }, (give) => give(null, Readable.from([long])))
    zip.end()
    await pipeline(zip.outputStream, createWriteStream(file))
    expect(statSync(file).size).toBeLessThan(100_000)
    await expect(unpackSession(file, copy)).rejects.toMatchObject({
      code: 'BadFile',
      message: expect.stringContaining('more than any copy needs') as string
    })
  })
})

describe('a neighbour with a temporary name', () => {
  it('is still there after every copy and move', async () => {
    const [moved, kept] = [join(folder.path, 'moved'), 'a person’s own']
    const neighbours = [file, copy, moved, `${place} copy`].map((path) => `${path}.partial`)
    for (const path of neighbours) writeFileSync(path, kept)
    mkdirSync(join(folder.path, 'other.partial'))
    writeFileSync(join(folder.path, 'other.partial', 'notes.txt'), kept)
    await packSession(place, file)
    await unpackSession(file, copy)
    await duplicateSession(place, `${place} copy`)
    await duplicateSession(place, join(folder.path, 'other'))
    await store.close()
    await moveSession(place, moved)
    for (const path of [...neighbours, join(folder.path, 'other.partial', 'notes.txt')])
      expect(readFileSync(path, 'utf8')).toBe(kept)
    const left = readdirSync(folder.path).filter((name) => name.endsWith('.partial'))
    expect(left.sort()).toEqual([...neighbours.map((path) => basename(path)), 'other.partial'].sort())
  })

  it.skipIf(!existsSync('/dev/shm') || statSync('/dev/shm').dev === statSync(tmpdir()).dev)(
    'is still there after a move to another disk',
    async () => {
      const disk = mkdtempSync('/dev/shm/erratum-')
      try {
        await store.close()
        writeFileSync(join(disk, 'session.partial'), 'mine')
        await moveSession(place, join(disk, 'session'))
        expect(readdirSync(disk).sort()).toEqual(['session', 'session.partial'])
        expect(existsSync(place)).toBe(false)
        const again = await openSession(join(disk, 'session'))
        expect([again.notices, again.edits.length]).toEqual([[], 6])
        await again.close()
      } finally {
        rmSync(disk, { recursive: true })
      }
    }
  )

  it('of the same name that is made meanwhile is not replaced', async () => {
    const taken = [packSession(place, file), packSession(place, file)]
    const outcomes = await Promise.allSettled(taken)
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await unpackSession(file, copy)
    await expectSame(copy)
  })
})

describe('a session that is moved', () => {
  it('is the same elsewhere, and nobody who writes it loses it', async () => {
    await expect(moveSession(place, copy)).rejects.toMatchObject({ code: 'Locked' })
    await store.close()
    await moveSession(place, join(folder.path, 'new', 'name'))
    expect(existsSync(place)).toBe(false)
    const again = await openSession(join(folder.path, 'new', 'name'))
    expect([again.notices, tell(again)]).toEqual([[], tell(again)])
    expect(again.edits).toHaveLength(6)
    mkdirSync(copy)
    await again.close()
    await expect(moveSession(join(folder.path, 'new', 'name'), copy)).rejects.toMatchObject({ code: 'BadInput' })
  })
})
