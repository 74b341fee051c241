/**
 * How a record lies in `journal.jsonl`. One line a record, itself a JSON object:
 *
 *     {"seq":12,"bytes":345,"sha256":"<64 hex digits>","record":<345 bytes of JSON>}\n
 *
 * `sha256` is of the bytes `12:` + record, so that neither the place nor the content of a record can change unseen.
 * Reading goes by the stated length and not by line ends; after damage it finds the next record whose checksum holds.
 */
import { createHash } from 'node:crypto'

export interface JournalRecord {
  readonly seq: number
  readonly kind: string
  /** ISO 8601, UTC */
  readonly at: string
  readonly payload: unknown
}

/** Bytes [start, end) of the journal that are no record. */
export interface DamagedRange {
  readonly start: number
  readonly end: number
  /** number of the line it begins in, from 1 */
  readonly line: number
  /** sequence number of the last whole record before it; 0: there is none */
  readonly after: number
  /** nothing whole follows and no line end closes it: a record whose writing was cut short, never acknowledged */
  readonly torn: boolean
}

/** Where a record lies in the journal: bytes [start, end). */
export type Span = readonly [start: number, end: number]

export interface ScannedJournal {
  readonly records: JournalRecord[]
  /** by sequence number */
  readonly spans: Map<number, Span>
  readonly damaged: DamagedRange[]
}

const HEAD_START = Buffer.from('{"seq":')
const HEAD = /^\{"seq":(\d{1,15}),"bytes":(\d{1,15}),"sha256":"([0-9a-f]{64})","record":$/
const HEAD_END = Buffer.from('"record":')
const LONGEST_HEAD = 160
const LINE_END = 10
const CLOSING_BRACE = 125

export function encodeRecord({ seq, kind, at, payload }: JournalRecord): Buffer {
  const record = Buffer.from(JSON.stringify({ kind, at, payload }))
  const head = `{"seq":${seq},"bytes":${record.length},"sha256":"${checksum(seq, record)}","record":`
  return Buffer.concat([Buffer.from(head), record, Buffer.from('}\n')])
}

/**
 * All whole records, in order, and the ranges of bytes between them that are damaged.
 * @param from where to begin, behind the record with the number `before`
 */
export function scanJournal(bytes: Buffer, from = 0, before = 0): ScannedJournal {
  const records: JournalRecord[] = []
  const spans = new Map<number, Span>()
  const damaged: DamagedRange[] = []
  let position = from
  while (position < bytes.length) {
    const after = records.at(-1)?.seq ?? before
    const found = readAt(bytes, position)
    // A sequence number that does not grow is a copy or a record out of place.
    if (found && found.record.seq > after) {
      records.push(found.record)
      spans.set(found.record.seq, [position, found.end])
      position = found.end
      continue
    }
    const end = nextRecordStart(bytes, position + 1, after)
    const torn = end === bytes.length && bytes[end - 1] !== LINE_END
    damaged.push({ start: position, end, line: lineOf(bytes, position), after, torn })
    position = end
  }
  return { records, spans, damaged }
}

/** The record that lies exactly there; null where none does. */
export function recordAt(bytes: Buffer, [start, end]: Span): JournalRecord | null {
  const found = readAt(bytes, start)
  return found?.end === end ? found.record : null
}

function readAt(bytes: Buffer, start: number): { record: JournalRecord; end: number } | null {
  const headEnd = bytes.subarray(start, start + LONGEST_HEAD).indexOf(HEAD_END)
  if (headEnd < 0) return null
  const bodyStart = start + headEnd + HEAD_END.length
  const head = HEAD.exec(bytes.toString('latin1', start, bodyStart))
  if (!head) return null
  const seq = Number(head[1])
  const bodyEnd = bodyStart + Number(head[2])
  if (bodyEnd + 1 >= bytes.length || bytes[bodyEnd] !== CLOSING_BRACE || bytes[bodyEnd + 1] !== LINE_END) return null
  const body = bytes.subarray(bodyStart, bodyEnd)
  if (checksum(seq, body) !== head[3]) return null
  const { kind, at, payload } = JSON.parse(body.toString('utf8')) as Omit<JournalRecord, 'seq'>
  return { record: { seq, kind, at, payload }, end: bodyEnd + 2 }
}

function nextRecordStart(bytes: Buffer, from: number, after: number): number {
  for (let at = bytes.indexOf(HEAD_START, from); at >= 0; at = bytes.indexOf(HEAD_START, at + 1)) {
    const found = readAt(bytes, at)
    if (found && found.record.seq > after) return at
  }
  return bytes.length
}

function lineOf(bytes: Buffer, position: number): number {
  let line = 1
  for (let at = bytes.indexOf(LINE_END); at >= 0 && at < position; at = bytes.indexOf(LINE_END, at + 1)) line++
  return line
}

function checksum(seq: number, record: Uint8Array): string {
  return createHash('sha256').update(`${seq}:`).update(record).digest('hex')
}
