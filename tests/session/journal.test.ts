import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeRecord, recordAt, scanJournal } from '../../src/main/session/journal-format.ts'
import type { JournalRecord } from '../../src/main/session/journal-format.ts'
import { JournalWriter, mendJournal, readJournal } from '../../src/main/session/journal.ts'
import { randomFrom, temporaryFolder } from './sample-session.ts'

const record = (seq: number): JournalRecord => ({
  seq,
  kind: 'note',
  at: '2026-01-01T00:00:00.000Z',
  // Text that looks like a record, line ends and characters of several bytes must not confuse the reader.
  payload: { text: `número ${seq} — "}\n{"seq":9,"bytes":2,"sha256":"${'0'.repeat(64)}","record":{}}` }
})
const records = [1, 2, 3, 4].map(record)
const lines = records.map(encodeRecord)
const whole = Buffer.concat(lines)
const seqs = (bytes: Buffer): number[] => scanJournal(bytes).records.map(({ seq }) => seq)

describe('scanJournal', () => {
  it('reads back what was written, each record a line of JSON', () => {
    expect(scanJournal(whole)).toMatchObject({ records, damaged: [] })
    expect(scanJournal(Buffer.alloc(0))).toMatchObject({ records: [], damaged: [] })
    for (const line of lines) expect(JSON.parse(line.toString())).toHaveProperty('record.kind', 'note')
  })

  it('recognises a last record that was cut at any byte as torn, and keeps the others', () => {
    const start = whole.length - lines[3].length
    for (let cut = start + 1; cut < whole.length; cut++) {
      const scanned = scanJournal(whole.subarray(0, cut))
      expect(scanned.records).toEqual(records.slice(0, 3))
      expect(scanned.damaged).toEqual([{ start, end: cut, line: 4, after: 3, torn: true }])
    }
  })

  it('leaves out one record for any flipped bit and never gives a changed one', () => {
    for (let byte = 0; byte < whole.length; byte++) {
      const bit = byte % 8
      const flipped = Buffer.from(whole)
      flipped[byte] ^= 1 << bit
      const scanned = scanJournal(flipped)
      expect(scanned.records.length).toBeGreaterThanOrEqual(3)
      expect(scanned.damaged.length).toBe(1)
      for (const one of scanned.records) expect(one).toEqual(records[one.seq - 1])
    }
  })

  it('takes no record twice or out of its place', () => {
    expect(seqs(Buffer.concat([lines[0], lines[2], lines[1], lines[2], lines[3]]))).toEqual([1, 3, 4])
    expect(scanJournal(Buffer.concat([lines[0], lines[1], lines[1], lines[2]])).damaged).toHaveLength(1)
  })

  it('finds its way again after random damage of many bytes', () => {
    const random = randomFrom(7)
    for (let trial = 0; trial < 300; trial++) {
      const damaged = Buffer.from(whole)
      const from = Math.floor(random() * whole.length)
      const to = Math.min(whole.length, from + 1 + Math.floor(random() * 300))
      for (let i = from; i < to; i++) damaged[i] = Math.floor(random() * 256)
      const untouched = records.filter((_, i) => {
        const start = lines.slice(0, i).reduce((sum, line) => sum + line.length, 0)
        return to <= start || from >= start + lines[i].length
      })
      const read = scanJournal(damaged).records
      for (const one of untouched) expect(read).toContainEqual(one)
      for (const one of read) expect(one).toEqual(records[one.seq - 1])
    }
  })
})

describe('a journal on disk', () => {
  let folder: ReturnType<typeof temporaryFolder>
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder.remove())
  const mend = async (file: string) => {
    const bytes = await readJournal(file)
    return mendJournal(file, bytes, scanJournal(bytes).damaged)
  }

  it('sets damage aside, keeps its bytes, and goes on after the last record', async () => {
    const file = join(folder.path, 'journal.jsonl')
    const bytes = Buffer.concat([whole, lines[0].subarray(0, 50)])
    bytes[lines[0].length + 120] ^= 4
    const damaged = Buffer.from(bytes.subarray(lines[0].length, lines[0].length + lines[1].length))
    writeFileSync(file, bytes)
    const { files, bytes: mended } = await mend(file)
    expect(files.map((copy) => readFileSync(copy))).toEqual([damaged, lines[0].subarray(0, 50)])
    expect(mended).toEqual(Buffer.concat([lines[0], lines[2], lines[3]]))
    expect(readFileSync(file)).toEqual(mended)

    const writer = await JournalWriter.open(file, mended, 4)
    const { record: appended, span } = await writer.append('note', { more: true })
    expect(appended.seq).toBe(5)
    await writer.close()
    expect(recordAt(await readJournal(file), span)).toEqual(appended)
    expect(recordAt(await readJournal(file), [span[0] + 1, span[1]])).toBeNull()
    expect(seqs(readFileSync(file))).toEqual([1, 3, 4, 5])
    expect((await mend(file)).files).toEqual([])
  })

  it('does not change the journal where the damage cannot be kept', async () => {
    const file = join(folder.path, 'journal.jsonl')
    const bytes = whole.subarray(0, whole.length - 1)
    writeFileSync(file, bytes)
    // A file stands where the folder is due.
    writeFileSync(join(folder.path, 'set-aside'), '')
    await expect(mend(file)).rejects.toMatchObject({ code: 'Unwritable' })
    expect(readFileSync(file)).toEqual(bytes)
  })

  it('is missed by name', async () => {
    mkdirSync(join(folder.path, 'empty'))
    await expect(readJournal(join(folder.path, 'empty', 'journal.jsonl'))).rejects.toMatchObject({ code: 'BadFile' })
    expect(readdirSync(join(folder.path, 'empty'))).toEqual([])
  })
})

it('a journal of 3 GB is refused by its size', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'erratum-journal-'))
  const file = join(folder, 'journal.jsonl')
  const handle = openSync(file, 'w')
  ftruncateSync(handle, 3_000_000_000) // sparse: it takes no room
  closeSync(handle)
  await expect(readJournal(file)).rejects.toMatchObject({
    code: 'BadFile',
    details: { file },
    message: expect.stringContaining('larger than 2 GiB') as string
  })
  rmSync(folder, { recursive: true })
})
