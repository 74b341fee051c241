import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JournalWriter } from '../../src/main/session/journal.ts'
import { SCHEMA_VERSION } from '../../src/main/session/migrations.ts'
import { createSession, openSession } from '../../src/main/session/session-folder.ts'
import type { SessionStore } from '../../src/main/session/session-store.ts'
import { HEADER, sampleBatch, temporaryFolder } from './sample-session.ts'

let folder: ReturnType<typeof temporaryFolder>
let place: string
let open: SessionStore[] = []

beforeEach(() => {
  folder = temporaryFolder()
  place = join(folder.path, 'session')
})
afterEach(async () => {
  for (const store of open) await store.close()
  open = []
  folder.remove()
})

async function made(batches = 0): Promise<SessionStore> {
  const store = await createSession(place, HEADER)
  open.push(store)
  for (let n = 0; n < batches; n++) await store.commitBatch(sampleBatch(n))
  return store
}
async function reopened(store: SessionStore): Promise<SessionStore> {
  await store.close()
  return opened()
}
async function opened(options = {}): Promise<SessionStore> {
  const store = await openSession(place, options)
  open.push(store)
  return store
}
const blocksOf = (store: SessionStore): string[] => store.batches.map(({ block }) => block)
const flip = (file: string, byte: number): void => {
  const bytes = readFileSync(file)
  bytes[byte] ^= 1
  writeFileSync(file, bytes)
}

describe('a session', () => {
  it('comes back with its header, edits, blocks, keys and records', async () => {
    const calibration = join(folder.path, 'calibration')
    writeFileSync(calibration, 'calibrated')
    const store = await createSession(place, HEADER, calibration)
    open.push(store)
    const batches = [0, 1].map((n) => sampleBatch(n))
    for (const batch of batches) await store.commitBatch(batch)
    await store.appendRecord('mark', { sentence: 3, label: 'accurate' })

    const again = await reopened(store)
    expect(again.header).toMatchObject({ ...HEADER, schemaVersion: SCHEMA_VERSION })
    expect(readFileSync(again.calibrationFile!, 'utf8')).toBe('calibrated')
    expect(again.notices).toEqual([])
    expect(again.edits).toEqual(
      batches.flatMap((batch, b) =>
        batch.edits.map((edit, e) => ({ ...edit, order: 3 * b + e, block: batch.blockId, batch: b + 1 }))
      )
    )
    expect(again.batches.map(({ training }) => training)).toEqual(batches.map(({ training }) => training))
    for (const batch of batches) {
      expect(again.loadBlock(batch.blockId)).toEqual(batch.weights)
      expect(again.keysOf(batch.blockId)).toEqual(batch.keys)
    }
    expect(again.records('mark').map(({ payload }) => payload)).toEqual([{ sentence: 3, label: 'accurate' }])
  })

  it('gives index records whose pieces make up the target', async () => {
    const store = await made(2)
    for (const [i, { records, editId, order, block }] of store.indexedEdits('deployment').entries()) {
      const edit = store.edits[i]
      expect({ editId, order, block }).toEqual({ editId: edit.editId, order: edit.order, block: edit.block })
      expect(records.map(({ promptIds }) => promptIds.length)).toEqual(edit.decisions)
      expect(records.flatMap(({ says }) => says)).toEqual(edit.targetIds)
      expect(records[0].promptIds).toEqual(edit.promptIds)
    }
    const [first] = store.indexedEdits('paper')
    expect(first.records).toEqual([
      { promptIds: store.edits[0].promptIds, says: store.edits[0].targetIds, key: sampleBatch(0).keys.paper[0] }
    ])
  })

  it('tells its sizes by part', async () => {
    const store = await made(2)
    const sizes = await store.sizes()
    // 3 edits with 1, 2 and 3 decisions, keys of 12 and 8 floats.
    expect(sizes.keys).toEqual({ deployment: 2 * 6 * 12 * 4, paper: 2 * 3 * 8 * 4 })
    expect(sizes.weights).toBeGreaterThan(2 * 4 * 2 * (6 * 2 + 2 * 8))
    expect(sizes.journal).toBe(readFileSync(join(place, 'journal.jsonl')).length)
    expect(sizes.total).toBeGreaterThan(sizes.weights + sizes.journal)
    expect((await store.undo()).block).toBe('block-1')
    expect((await store.sizes()).trash).toBeGreaterThan(0)
  })

  it('writes in the order of the calls, also where nobody waits', async () => {
    const store = await made()
    await Promise.all([
      store.commitBatch(sampleBatch(0)),
      store.appendRecord('mark', 1),
      store.commitBatch(sampleBatch(1)),
      store.undo(),
      store.appendRecord('mark', 2)
    ])
    expect(blocksOf(store)).toEqual(['block-0'])
    expect(blocksOf(await reopened(store))).toEqual(['block-0'])
    expect(
      open
        .at(-1)!
        .records('mark')
        .map(({ payload }) => payload)
    ).toEqual([1, 2])
  })

  it('refuses a batch that does not fit together and is as before', async () => {
    const store = await made(1)
    const good = sampleBatch(1)
    const [first] = good.edits
    const wrong = [
      { ...good, edits: [] },
      { ...good, blockId: 'block-0' },
      { ...good, blockId: '../elsewhere' },
      { ...good, loraLayers: [3] },
      { ...good, loraLayers: [4, 3] },
      { ...good, edits: [first, first, good.edits[2]] },
      { ...good, edits: sampleBatch(0).edits },
      { ...good, edits: [{ ...first, decisions: [4] }, ...good.edits.slice(1)] },
      { ...good, keys: { ...good.keys, paper: good.keys.paper.slice(1) } },
      { ...good, keys: { ...good.keys, paper: good.keys.paper.map((key) => key.slice(1)) } },
      { ...good, keys: { ...good.keys, deployment: good.keys.deployment.map(() => []) } }
    ]
    for (const batch of wrong) await expect(store.commitBatch(batch)).rejects.toMatchObject({ code: 'BadInput' })
    expect(readdirSync(join(place, 'blocks'))).toEqual(['block-0'])
    await expect(store.appendRecord('batch', {})).rejects.toMatchObject({ code: 'BadInput' })
    expect((await store.commitBatch(good)).batch).toBe(2)
  })

  it('makes ids of edits unique among those that are present', async () => {
    const store = await made(1)
    expect(store.freeEditIds(['0.0', 'x', 'x', '0.0'])).toEqual(['0.0~2', 'x', 'x~2', '0.0~3'])
  })
})

describe('undo and redo', () => {
  it('give back exactly what was, over a reopening too', async () => {
    let store = await made(2)
    const before = { edits: store.edits, index: store.indexedEdits('deployment') }
    await store.commitBatch(sampleBatch(2))
    const after = { edits: store.edits, index: store.indexedEdits('deployment') }
    const state = (): unknown => ({ edits: store.edits, index: store.indexedEdits('deployment') })

    const undone = await store.undo()
    expect(undone).toMatchObject({ block: 'block-2', edits: after.edits.slice(6) })
    expect(state()).toEqual(before)
    expect(existsSync(join(place, 'trash', 'block-2', 'keys.safetensors'))).toBe(true)
    store = await reopened(store)
    expect(state()).toEqual(before)
    expect((await store.redo()).block).toBe('block-2')
    expect(state()).toEqual(after)
    store = await reopened(store)
    expect(state()).toEqual(after)
    expect(store.notices).toEqual([])
  })

  it('go back to the beginning; edits of a new commit come later in the order', async () => {
    const store = await made(2)
    await expect(store.redo()).rejects.toMatchObject({ code: 'BadInput' })
    await store.undo()
    await store.undo()
    expect(store.edits).toEqual([])
    expect(store.nextOrder).toBe(6)
    await expect(store.undo()).rejects.toMatchObject({ code: 'BadInput' })
    await store.redo()
    expect(store.undone.map(({ block }) => block)).toEqual(['block-1'])
    // The id of a block is never given again, so that what was taken out can be put back.
    await expect(store.commitBatch(sampleBatch(1))).rejects.toMatchObject({ details: { field: 'blockId' } })
    expect((await store.commitBatch({ ...sampleBatch(1), blockId: 'block-1b' })).batch).toBe(3)
    expect(store.edits.map(({ order }) => order)).toEqual([0, 1, 2, 6, 7, 8])
    // Its edits are in the session again.
    await expect(store.redo()).rejects.toMatchObject({ code: 'BadInput', details: { field: 'block' } })
    await store.undo()
    expect(blocksOf(await reopened(store))).toEqual(['block-0'])
    expect((await open.at(-1)!.redo('block-1')).edits[0].order).toBe(3)
  })

  it('move any batch, and put it back in its place', async () => {
    let store = await made(4)
    const whole = { edits: store.edits, index: store.indexedEdits('paper') }
    await store.undo('block-1')
    await store.undo('block-0')
    expect(blocksOf(store)).toEqual(['block-2', 'block-3'])
    await store.commitBatch(sampleBatch(4))
    store = await reopened(store)
    expect(store.undone.map(({ block }) => block)).toEqual(['block-1', 'block-0'])
    await expect(store.undo('block-1')).rejects.toMatchObject({ code: 'NotFound' })
    await expect(store.redo('block-2')).rejects.toMatchObject({ code: 'NotFound' })
    await store.redo('block-1')
    expect(blocksOf(store)).toEqual(['block-1', 'block-2', 'block-3', 'block-4'])
    await store.redo()
    await store.undo('block-4')
    store = await reopened(store)
    expect({ edits: store.edits, index: store.indexedEdits('paper') }).toEqual(whole)
    expect(store.notices).toEqual([])
  })

  it('take out a block that is damaged, and put it back mended', async () => {
    let store = await made(3)
    const file = join(place, 'blocks', 'block-1', 'keys.safetensors')
    await store.close()
    flip(file, 100)
    store = await opened()
    expect((await store.undo('block-1')).edits).toHaveLength(3)
    await expect(store.redo()).rejects.toMatchObject({ code: 'BadFile' })
    flip(file.replace('blocks', 'trash'), 100)
    await store.redo()
    expect(store.keysOf('block-1')).toEqual(sampleBatch(1).keys)
  })
})

describe('a crash', () => {
  it('between a block and its record leaves no batch', async () => {
    const store = await made(1)
    await store.close()
    cpSync(join(place, 'blocks', 'block-0'), join(place, 'blocks', 'block-9'), { recursive: true })
    mkdirSync(join(place, 'blocks', 'block-8.partial'))
    const again = await opened()
    expect(blocksOf(again)).toEqual(['block-0'])
    expect(again.notices.map(({ kind }) => kind)).toEqual(['unfinished-batch'])
    expect(readdirSync(join(place, 'blocks'))).toEqual(['block-0'])
    expect(readdirSync(join(place, 'trash'))).toEqual(['block-9'])
  })

  it('between the record of an undo and the move of its block leaves it undone, and it can be redone', async () => {
    const store = await made(2)
    await store.undo()
    await store.close()
    renameSync(join(place, 'trash', 'block-1'), join(place, 'blocks', 'block-1'))
    const again = await opened()
    expect(blocksOf(again)).toEqual(['block-0'])
    expect(readdirSync(join(place, 'trash'))).toEqual(['block-1'])
    await again.redo()
    expect(again.loadBlock('block-1')).toEqual(sampleBatch(1).weights)
  })

  it('never puts an uncommitted block in the place of one that can be redone', async () => {
    const store = await made(2)
    await store.undo()
    await store.close()
    cpSync(join(place, 'blocks', 'block-0'), join(place, 'blocks', 'block-1'), { recursive: true })
    await (await opened()).redo()
    expect(open.at(-1)!.loadBlock('block-1')).toEqual(sampleBatch(1).weights)
  })

  it('at any byte of the last record leaves the batches before it', { timeout: 120_000 }, async () => {
    const store = await made(2)
    await store.close()
    const journal = join(place, 'journal.jsonl')
    const bytes = readFileSync(journal)
    const start = bytes.indexOf('\n') + 1
    const copy = join(folder.path, 'copy')
    // The framing alone is cut at every byte in journal.test.ts. Each byte at the beginning and at the end; of the long middle every 97th.
    for (let cut = start; cut < bytes.length; cut += cut < start + 30 || cut > bytes.length - 10 ? 1 : 97) {
      rmSync(copy, { recursive: true, force: true })
      cpSync(place, copy, { recursive: true })
      truncateSync(join(copy, 'journal.jsonl'), cut)
      const cutSession = await openSession(copy)
      expect(blocksOf(cutSession)).toEqual(['block-0'])
      expect(cutSession.notices.some(({ kind }) => kind === 'torn-record')).toBe(cut > start)
      expect((await cutSession.commitBatch(sampleBatch(1))).batch).toBe(2)
      await cutSession.close()
      expect(readFileSync(join(copy, 'journal.jsonl'), 'latin1').split('\n')).toHaveLength(3)
    }
  })
})

describe('damage', () => {
  it('of a record in the middle is named and set aside, and the rest opens', async () => {
    const store = await made(3)
    await store.close()
    const journal = join(place, 'journal.jsonl')
    flip(journal, readFileSync(journal).indexOf('\n') + 300)
    const reading = await opened({ readOnly: true })
    expect(blocksOf(reading)).toEqual(['block-0', 'block-2'])
    expect(reading.notices[0]).toMatchObject({
      kind: 'damaged-record',
      message: expect.stringContaining('Line 2') as string
    })
    const again = await opened()
    expect(blocksOf(again)).toEqual(['block-0', 'block-2'])
    expect(again.notices.map(({ kind }) => kind)).toEqual(['damaged-record', 'unfinished-batch'])
    expect(readdirSync(join(place, 'set-aside'))).toHaveLength(1)
    expect((await reopened(again)).notices).toEqual([])
  })

  it('of a record that is whole and makes no sense leaves that one out, and names it', async () => {
    const store = await made(2)
    await store.close()
    const file = join(place, 'journal.jsonl')
    const journal = await JournalWriter.open(file, readFileSync(file), 2)
    await journal.append('batch', { block: 'block-9' })
    await journal.append('undo', { batchSeq: 77, block: 'block-0' })
    await journal.append('redo', 'block-0')
    await journal.close()
    const again = await opened()
    expect(blocksOf(again)).toEqual(['block-0', 'block-1'])
    expect(again.notices.map(({ kind, message }) => [kind, /Record \d/.exec(message)?.[0]])).toEqual([
      ['damaged-record', 'Record 3'],
      ['damaged-record', 'Record 4'],
      ['damaged-record', 'Record 5']
    ])
    expect((await again.commitBatch(sampleBatch(2))).batch).toBe(3)
  })

  it('of a record of undo brings the batch back, and says so', async () => {
    const store = await made(2)
    await store.undo()
    await store.close()
    const journal = join(place, 'journal.jsonl')
    flip(journal, readFileSync(journal).length - 10)
    const again = await opened()
    expect(blocksOf(again)).toEqual(['block-0', 'block-1'])
    expect(again.notices.map(({ kind }) => kind)).toEqual(['damaged-record', 'restored-block'])
    expect(again.loadBlock('block-1')).toEqual(sampleBatch(1).weights)
  })

  it.each(['adapter_model.safetensors', 'adapter_config.json', 'keys.safetensors'])(
    'of %s takes that block out and names it',
    async (name) => {
      const store = await made(3)
      await store.close()
      flip(join(place, 'blocks', 'block-1', name), 200)
      const again = await opened()
      expect(blocksOf(again)).toEqual(['block-0', 'block-2'])
      expect(again.notices).toMatchObject([{ kind: 'damaged-block', message: expect.stringContaining(name) as string }])
      expect(() => again.loadBlock('block-1')).toThrow(/block-1/)
      flip(join(place, 'blocks', 'block-1', name), 200)
      expect((await reopened(again)).edits).toHaveLength(9)
    }
  )

  it('of a missing block, journal or header is named', async () => {
    const store = await made(2)
    await store.close()
    rmSync(join(place, 'blocks', 'block-0'), { recursive: true })
    const again = await opened()
    expect(again.notices).toMatchObject([{ kind: 'damaged-block' }])
    expect(blocksOf(again)).toEqual(['block-1'])
    await again.close()
    writeFileSync(join(place, 'session.json'), JSON.stringify({ schemaVersion: SCHEMA_VERSION + 1 }))
    await expect(openSession(place)).rejects.toMatchObject({ code: 'BadFile', details: { field: 'schemaVersion' } })
    rmSync(join(place, 'backup'), { recursive: true })
    writeFileSync(join(place, 'session.json'), JSON.stringify({ ...again.header, margin: 1.5 }))
    await expect(openSession(place)).rejects.toMatchObject({ code: 'BadFile', details: { field: 'margin' } })
    rmSync(join(place, 'session.json'))
    await expect(openSession(place)).rejects.toMatchObject({ code: 'NotFound' })
  })
})

describe('the header and the calibration', () => {
  it('are refused where they make no sense, and no folder is left', async () => {
    await expect(createSession(place, { ...HEADER, margin: 1 })).rejects.toMatchObject({
      code: 'BadInput',
      details: { field: 'margin' }
    })
    expect(existsSync(place)).toBe(false)
  })

  it('belong together: with another calibration it is only read, and says so', async () => {
    const calibration = join(folder.path, 'calibration')
    writeFileSync(calibration, 'calibrated')
    await (await createSession(place, HEADER, calibration)).close()
    const copy = join(place, 'calibration.safetensors')
    writeFileSync(copy, 'Calibrated')
    await expect(openSession(place)).rejects.toMatchObject({ code: 'BadFile', details: { file: copy } })
    rmSync(copy)
    const read = await openSession(place, { readOnly: true })
    expect(read.problem).toMatchObject({ code: 'BadFile', details: { file: copy } })
    expect(read.notices).toMatchObject([{ kind: 'damaged-calibration', file: copy }])
    await read.close()
    writeFileSync(copy, 'calibrated')
    const whole = await openSession(place)
    expect(whole.problem).toBeNull()
    await whole.close()
  })

  it('are as they were written: a header that is not is put back from its copy, and kept', async () => {
    await (await createSession(place, HEADER)).close()
    const file = join(place, 'session.json')
    const text = readFileSync(file, 'utf8')
    for (const damaged of [text.replace('"reach": 3.5', '"reach": 3.4'), text.slice(1), text.replace('2', '6'), '']) {
      writeFileSync(file, damaged)
      const read = await openSession(place, { readOnly: true })
      expect([read.header.reach, read.problem, readFileSync(file, 'utf8')]).toEqual([3.5, null, damaged])
      expect(read.notices).toMatchObject([{ kind: 'damaged-header', file }])
      await read.close()
      const again = await openSession(place)
      expect(again.notices).toMatchObject([{ kind: 'restored-header', file }])
      await again.close()
      expect(readFileSync(file, 'utf8')).toBe(text)
      const kept = readdirSync(join(place, 'set-aside')).map((name) =>
        readFileSync(join(place, 'set-aside', name), 'utf8')
      )
      expect(kept).toContain(damaged)
    }
  })

  it('open for reading only where the copy of the header is no better; without a checksum a header is taken', async () => {
    await (await createSession(place, HEADER)).close()
    const [file, copy] = [join(place, 'session.json'), join(place, 'backup', 'session.json')]
    const text = readFileSync(file, 'utf8').replace('"reach": 3.5', '"reach": 3.4')
    writeFileSync(file, text)
    writeFileSync(copy, text)
    await expect(openSession(place)).rejects.toMatchObject({ code: 'BadFile', details: { file } })
    const read = await openSession(place, { readOnly: true })
    expect(read.problem).toMatchObject({ code: 'BadFile', details: { file } })
    await read.close()
    const { sha256, ...plain } = JSON.parse(text) as Record<string, unknown>
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    writeFileSync(file, JSON.stringify(plain))
    const again = await openSession(place)
    expect([again.header.reach, again.problem, again.notices]).toEqual([3.4, null, []])
    await again.close()
  })
})

describe('reading only', () => {
  it('sees what is committed, changes nothing and goes along with a writer', async () => {
    const store = await made(1)
    appendFileSync(join(place, 'journal.jsonl'), '{"seq":2,')
    const before = readFileSync(join(place, 'journal.jsonl'))
    const reading = await opened({ readOnly: true })
    expect(reading.readOnly).toBe(true)
    expect(reading.edits).toEqual(store.edits)
    await expect(reading.commitBatch(sampleBatch(1))).rejects.toMatchObject({ code: 'Locked' })
    await expect(reading.appendRecord('mark', 1)).rejects.toMatchObject({ code: 'Locked' })
    expect(readFileSync(join(place, 'journal.jsonl'))).toEqual(before)
  })
})
