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
  const reader = new Reader(bytes)
  let position = from
  // Counted on from the place before: the lines are not counted anew for each range.
  let [line, counted] = [1, 0]
  while (position < bytes.length) {
    const after = records.at(-1)?.seq ?? before
    const found = reader.at(position, after)
    if (found) {
      records.push(found.record)
      spans.set(found.record.seq, [position, found.end])
      position = found.end
      continue
    }
    const end = reader.next(position + 1, after)
    const torn = end === bytes.length && bytes[end - 1] !== LINE_END
    line += lineEnds(bytes, counted, position)
    counted = position
    damaged.push({ start: position, end, line, after, torn })
    position = end
  }
  return { records, spans, damaged }
}

/** The record that lies exactly there; null where none does. */
export function recordAt(bytes: Buffer, [start, end]: Span): JournalRecord | null {
  const found = new Reader(bytes).at(start, -1)
  return found?.end === end ? found.record : null
}

/**
 * Hashing what turns out to be no record costs at most this many times the length of the journal: heads that overlap
 * each other are written by nobody who means well, and what is not looked at any more counts as damaged.
 */
const HASHED_IN_VAIN = 8

class Reader {
  private readonly bytes: Buffer
  private left: number

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.left = HASHED_IN_VAIN * bytes.length
  }

  /**
   * The record that begins there.
   * @param after a sequence number that does not grow beyond it is that of a copy, or of a record out of place
   */
  at(start: number, after: number): { record: JournalRecord; end: number } | null {
    const { bytes } = this
    const headEnd = bytes.subarray(start, start + LONGEST_HEAD).indexOf(HEAD_END)
    if (headEnd < 0) return null
    const bodyStart = start + headEnd + HEAD_END.length
    const head = HEAD.exec(bytes.toString('latin1', start, bodyStart))
    if (!head) return null
    const seq = Number(head[1])
    const bodyEnd = bodyStart + Number(head[2])
    if (bodyEnd + 1 >= bytes.length || bytes[bodyEnd] !== CLOSING_BRACE || bytes[bodyEnd + 1] !== LINE_END) return null
    const body = bytes.subarray(bodyStart, bodyEnd)
    if (seq <= after || body.length > this.left) return null
    const record = checksum(seq, body) === head[3] ? parsed(seq, body) : null
    if (!record) this.left -= body.length
    return record && { record, end: bodyEnd + 2 }
  }

  /** Where the next record begins; the end of the journal where none does. */
  next(from: number, after: number): number {
    const { bytes } = this
    for (let start = bytes.indexOf(HEAD_START, from); start >= 0; start = bytes.indexOf(HEAD_START, start + 1))
      if (this.at(start, after)) return start
    return bytes.length
  }
}

/** A checksum vouches for the bytes, and not for the program that wrote them. */
function parsed(seq: number, body: Buffer): JournalRecord | null {
  try {
    const value = JSON.parse(body.toString('utf8')) as Partial<JournalRecord> | null
    if (typeof value?.kind !== 'string' || typeof value.at !== 'string') return null
    return { seq, kind: value.kind, at: value.at, payload: value.payload }
  } catch {
    return null
  }
}

function lineEnds(bytes: Buffer, from: number, to: number): number {
  let count = 0
  for (let at = bytes.indexOf(LINE_END, from); at >= 0 && at < to; at = bytes.indexOf(LINE_END, at + 1)) count++
  return count
}

function checksum(seq: number, record: Uint8Array): string {
  return createHash('sha256').update(`${seq}:`).update(record).digest('hex')
}
