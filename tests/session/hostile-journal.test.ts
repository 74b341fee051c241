// Journals that another program wrote: reading one takes no more than its length, and a bad record makes only itself unreadable.
import { createHash } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { writeBlockKeys } from '../../src/main/formats/block-keys.ts'
import { listSessions } from '../../src/main/services/session-library.ts'
import { rememberSession } from '../../src/main/services/recent-sessions.ts'
import { Workspace } from '../../src/main/services/workspace.ts'
import { sha256 } from '../../src/main/session/block-store.ts'
import { BatchHistory } from '../../src/main/session/batches.ts'
import type { BatchPayload } from '../../src/main/session/batches.ts'
import { encodeRecord, scanJournal } from '../../src/main/session/journal-format.ts'
import type { JournalRecord } from '../../src/main/session/journal-format.ts'
import { createSession, openSession } from '../../src/main/session/session-folder.ts'
import { SNAPSHOT_FILE, writeSnapshot } from '../../src/main/session/snapshot.ts'
import { HEADER, sampleBatch, temporaryFolder } from './sample-session.ts'

let folder: ReturnType<typeof temporaryFolder>
let place: string
const at = '2026-01-01T00:00:00.000Z'

beforeEach(async () => {
  folder = temporaryFolder()
  place = join(folder.path, 'session')
  const store = await createSession(place, HEADER)
  for (let n = 0; n < 2; n++) await store.commitBatch(sampleBatch(n))
  await store.close()
})
afterEach(() => folder.remove())

const journal = (): Buffer => readFileSync(join(place, 'journal.jsonl'))
const recordsOf = (): JournalRecord[] => scanJournal(journal()).records
function append(kind: string, payload: unknown): void {
  const seq = recordsOf().at(-1)!.seq + 1
  appendFileSync(join(place, 'journal.jsonl'), encodeRecord({ seq, kind, at, payload }))
}

/** Bytes that are hashed while `action` runs: what reading costs, whatever the machine. */
function hashedBy(action: () => void): number {
  let bytes = 0
  const hash = Object.getPrototypeOf(createHash('sha256')) as { update: (data: Buffer | string) => unknown }
  const update = vi.spyOn(hash, 'update')
  try {
    action()
    for (const [data] of update.mock.calls) bytes += data.length
  } finally {
    update.mockRestore()
  }
  return bytes
}

describe('reading a journal', () => {
  it('hashes a few times its length, however the heads in it overlap', () => {
    // Each head claims all that follows, up to the same end.
    const end = Buffer.from('}\n')
    const heads: Buffer[] = []
    let length = end.length
    for (let n = 0; n < 2000; n++) {
      const head = Buffer.from(`{"seq":${n + 1},"bytes":${length - end.length},"sha256":"${'0'.repeat(64)}","record":`)
      heads.unshift(head)
      length += head.length
    }
    const bytes = Buffer.concat([...heads, end])
    let scanned: ReturnType<typeof scanJournal> | null = null
    expect(hashedBy(() => (scanned = scanJournal(bytes)))).toBeLessThan(10 * bytes.length)
    expect(scanned).toMatchObject({ records: [], damaged: [{ start: 0, end: bytes.length, line: 1 }] })
  })

  it('counts the lines once, however many places are damaged', () => {
    const line = (seq: number): Buffer => encodeRecord({ seq, kind: 'note', at, payload: seq })
    const bytes = Buffer.concat(Array.from({ length: 3000 }, (_, n) => [line(n + 1), Buffer.from('x\n')]).flat())
    const looked = vi.spyOn(bytes, 'indexOf')
    const { records, damaged } = scanJournal(bytes)
    expect([records.length, damaged.length, damaged.at(-1)!.line]).toEqual([3000, 3000, 6000])
    expect(looked.mock.calls.length).toBeLessThan(40_000)
  })

  it('moves a batch out and in without looking at the others', () => {
    const payload = recordsOf()[0].payload as BatchPayload
    const history = new BatchHistory()
    let compared = 0
    const watched = (batch: number): BatchPayload => ({
      ...payload,
      block: `block-${batch}`,
      edits: [{ ...payload.edits[0], editId: `e${batch}`, get order() { compared++; return batch } }]
    }) // prettier-ignore
    for (let n = 0; n < 500; n++) history.apply({ seq: n + 1, kind: 'batch', at, payload: watched(n) })
    compared = 0
    for (let n = 0; n < 2000; n++)
      history.apply({ seq: 1000 + n, kind: n % 2 ? 'redo' : 'undo', at, payload: { batchSeq: 7, block: 'block-6' } })
    expect(compared).toBe(0)
    expect(history.present.map(({ block }) => block)).toEqual(Array.from({ length: 500 }, (_, n) => `block-${n}`))
  })

  it('keeps many damaged places together, with all their bytes', async () => {
    for (let n = 0; n < 60; n++) {
      appendFileSync(join(place, 'journal.jsonl'), `rubbish ${n}\n`)
      append('note', n)
    }
    const store = await openSession(place)
    expect(store.records('note')).toHaveLength(60)
    expect(store.notices).toHaveLength(21)
    await store.close()
    const aside = readdirSync(join(place, 'set-aside')).map((name) =>
      readFileSync(join(place, 'set-aside', name), 'utf8')
    )
    expect(aside).toHaveLength(21)
    for (let n = 0; n < 60; n++) expect(aside.join('')).toContain(`rubbish ${n}\n`)
  })
})

/** Each is sealed as our own records are. */
const BAD: readonly [string, (batch: BatchPayload) => [kind: string, payload: unknown]][] = [
  ['a kind of an object’s own', () => ['constructor', {}]],
  ['a batch of no form', () => ['batch', null]],
  ['an undo of nothing', () => ['undo', { batchSeq: 1e9, block: 'x' }]],
  ['a withdrawal of nothing', () => ['withdraw', { edits: [{ batchSeq: 99, block: 'x', editId: 'y' }] }]],
  ['the block of another batch', (batch) => ['batch', batch]],
  ['keys of another length', (batch) => ['batch', { ...batch, block: 'n', keyLength: { deployment: 1, paper: 1 } }]],
  ['decisions outside of the text', (batch) => ['batch', { ...batch, block: 'n', edits: batch.edits.map((e) => ({ ...e, decisions: [5, 500] })) }]],
  ['ids that are no numbers', (batch) => ['batch', { ...batch, block: 'n', edits: batch.edits.map((e) => ({ ...e, promptIds: ['a', 'b', 'c', 'd', 'e'] })) }]],
  ['an edit twice', (batch) => ['batch', { ...batch, block: 'n', edits: [batch.edits[0], batch.edits[0]] }]],
  ['a block without files', (batch) => ['batch', { ...batch, block: 'n', files: {} }]],
  ['a review record of no form', () => ['review', { type: 'mark', passageId: {}, sentence: -1 }]],
  ['a review of nothing', () => ['review', { type: 'mark', passageId: '__proto__', sentence: 3, mark: null }]]
] // prettier-ignore

describe('a bad record', () => {
  it.each(BAD)('leaves the rest readable: %s', async (_, make) => {
    const [kind, payload] = make(recordsOf()[0].payload as BatchPayload)
    append(kind, payload)
    append('note', 'after it')
    for (const readOnly of [true, false]) {
      const store = await openSession(place, { readOnly })
      expect(store.batches.map(({ block }) => block)).toEqual(['block-0', 'block-1'])
      expect(store.indexedEdits('deployment')).toHaveLength(6)
      expect(store.records('note')).toHaveLength(1)
      expect((await store.sizes()).total).toBeGreaterThan(0)
      const records = (name: string): unknown[] => store.records(name).map((record) => record.payload)
      const review = new Workspace({ appendRecord: () => Promise.resolve(), records }, { onChange: () => undefined })
      expect(review.passages()).toEqual([])
      await store.close()
    }
  })

  it.each([
    ['no JSON', Buffer.from('{nothing')],
    ['no object', Buffer.from('null')],
    ['no kind', Buffer.from('{"at":"","payload":1}')]
  ])('with a good checksum and %s is set aside', async (_, body) => {
    const seq = recordsOf().at(-1)!.seq + 1
    const hash = createHash('sha256').update(`${seq}:`).update(body).digest('hex')
    const head = `{"seq":${seq},"bytes":${body.length},"sha256":"${hash}","record":`
    appendFileSync(join(place, 'journal.jsonl'), Buffer.concat([Buffer.from(head), body, Buffer.from('}\n')]))
    append('note', 'after it')
    const store = await openSession(place)
    expect(store.notices.map(({ kind }) => kind)).toEqual(['damaged-record'])
    expect([store.batches.length, store.records('note').length]).toEqual([2, 1])
    await store.close()
  })

  it('of a block whose files have another form makes only that block unreadable', async () => {
    const [first, second] = recordsOf()
    const payload = second.payload as BatchPayload
    const file = join(place, 'blocks', 'block-1', 'keys.safetensors')
    writeBlockKeys(file, { deployment: [[new Float32Array(2)]], paper: [new Float32Array(3)] })
    const bytes = readFileSync(file)
    const files = { ...payload.files, 'keys.safetensors': { bytes: bytes.length, sha256: sha256(bytes) } }
    const records = [first, { ...second, payload: { ...payload, files } }]
    writeFileSync(join(place, 'journal.jsonl'), Buffer.concat(records.map(encodeRecord)))
    const store = await openSession(place)
    expect(store.notices.map(({ kind }) => kind)).toEqual(['damaged-block'])
    expect(store.indexedEdits('deployment')).toHaveLength(3)
    await store.close()
  })

  it('that a snapshot points at is checked as one of the journal is', async () => {
    append('note', { kind: 'batch' })
    const bytes = journal()
    const { records, spans } = scanJournal(bytes)
    const extent = { bytes: bytes.length, sha256: sha256(bytes), seq: records.at(-1)!.seq }
    const good = records.slice(0, 2).map(({ seq }) => [...spans.get(seq)!] as [number, number])
    for (const present of [[[0, 5]], [[...spans.get(records[2].seq)!]], [good[0], good[0]]] as [number, number][][]) {
      const states = { review: { records: 0, state: { review: { version: 2, passages: 5 }, setAside: 'x' } } }
      const rest = { undone: [], nextOrder: 0, commits: 0, withdrawn: [] }
      await writeSnapshot(join(place, SNAPSHOT_FILE), { version: 1, journal: extent, present, ...rest, states })
      const store = await openSession(place, { readOnly: true })
      expect(store.batches.map(({ block }) => block)).toEqual(['block-0', 'block-1'])
      await store.close()
    }
  })

  it('in what a snapshot keeps of a review makes the review be replayed', () => {
    const begun = { type: 'begun', passages: [{ id: 'p', name: 'P', prompt: 'P is', sampling: {} }] }
    const journalOf = (state: unknown) => ({
      appendRecord: () => Promise.resolve(),
      records: () => [begun],
      kept: () => ({ records: 1, state, since: [] })
    })
    for (let version = 1; version < 6; version++)
      for (const review of [
        { version },
        { version, passages: [{ id: 'x' }], results: [], undoneBlocks: [], done: [], undone: [] },
        { version, passages: [], results: [{}], undoneBlocks: [], done: [], undone: [] },
        { version, passages: [], results: [], undoneBlocks: [], done: [{ label: 5 }], undone: [] }
      ]) {
        const workspace = new Workspace(journalOf({ review, setAside: 0 }), { onChange: () => undefined })
        expect(workspace.passages().map(({ id }) => id)).toEqual(['p'])
      }
  })
})

it('the list of sessions holds the good ones, whatever lies beside them', async () => {
  const before = process.env['ERRATUM_HOME']
  process.env['ERRATUM_HOME'] = join(folder.path, 'home')
  try {
    const bad = join(folder.path, 'bad')
    await (await createSession(bad, HEADER)).close()
    writeFileSync(join(bad, 'session.json'), '[]')
    writeFileSync(join(bad, 'backup', 'session.json'), 'null')
    for (const dir of [place, bad]) await rememberSession(dir)
    const found = await listSessions()
    expect(found.map(({ dir, problem }) => [dir, problem === null]).sort()).toEqual(
      [
        [bad, false],
        [place, true]
      ].sort()
    )
  } finally {
    if (before === undefined) delete process.env['ERRATUM_HOME']
    else process.env['ERRATUM_HOME'] = before
  }
})
