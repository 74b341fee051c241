import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duplicateSession, packSession, unpackSession } from '../../src/main/session/copies.ts'
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
    expect(existsSync(`${copy}.partial`)).toBe(false)
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
