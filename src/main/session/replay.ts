/**
 * From the journal to what it comes to. Where a snapshot stands for its beginning, only the records behind that are
 * read; a snapshot that does not hold changes nothing but the time that this takes.
 */
import { join } from 'node:path'
import { BatchHistory } from './batches.ts'
import { FILES_ASIDE, mendJournal, readJournal } from './journal.ts'
import { recordAt, scanJournal } from './journal-format.ts'
import type { DamagedRange, JournalRecord, Span } from './journal-format.ts'
import { JOURNAL_FILE } from './names.ts'
import type { Notice } from './notice.ts'
import { fits, readSnapshot, SNAPSHOT_FILE } from './snapshot.ts'
import type { KeptState, Snapshot } from './snapshot.ts'

export interface Replayed {
  readonly history: BatchHistory
  /** of all whole records */
  readonly bytes: Buffer
  /** records behind the snapshot; all where there is none */
  readonly records: JournalRecord[]
  readonly lastSeq: number
  /** where the records of batches lie, by sequence number */
  readonly spans: Map<number, Span>
  /** the part of the journal that a snapshot stands for, [0, snapshotBytes), and what it comes to by kind of record */
  readonly snapshotBytes: number
  readonly states: Readonly<Record<string, KeptState>>
  readonly notices: Notice[]
}

/** @param mend whether what is damaged is set aside on the disk too */
export async function replayJournal(folder: string, mend: boolean): Promise<Replayed> {
  const file = join(folder, JOURNAL_FILE)
  const found = await readJournal(file)
  const { snapshot: read, notices } = await usableSnapshot(folder, found)
  const restored = read && restore(read, found)
  const snapshot = restored ? read : null
  const from = snapshot?.journal ?? { bytes: 0, seq: 0 }
  let scanned = scanJournal(found, from.bytes, from.seq)
  let bytes = found
  if (scanned.damaged.length > 0) {
    const { damaged } = scanned
    const mended = mend ? await mendJournal(file, found, damaged) : null
    notices.push(...damaged.slice(0, FILES_ASIDE).map((range, i) => toldOf(file, range, mended?.files[i])))
    if (damaged.length > FILES_ASIDE)
      notices.push(toldTogether(file, damaged.length - FILES_ASIDE, mended?.files.at(-1)))
    if (mended) {
      bytes = mended.bytes
      scanned = scanJournal(bytes, from.bytes, from.seq)
    }
  }
  const { records } = scanned
  const { history, spans } = restored ?? { history: new BatchHistory(), spans: new Map<number, Span>() }
  for (const [seq, span] of scanned.spans) spans.set(seq, span)
  for (const record of records) {
    const problem = history.apply(record)
    if (problem !== null) notices.push({ kind: 'damaged-record', message: problem, file })
  }
  const lastSeq = records.at(-1)?.seq ?? from.seq
  return { history, bytes, records, lastSeq, spans, snapshotBytes: from.bytes, states: snapshot?.states ?? {}, notices }
}

async function usableSnapshot(
  folder: string,
  journal: Buffer
): Promise<{ snapshot: Snapshot | null; notices: Notice[] }> {
  const file = join(folder, SNAPSHOT_FILE)
  const read = await readSnapshot(file)
  if (typeof read === 'string') {
    const message = `The snapshot is damaged (${read}) and was passed over; the journal was read from its beginning.`
    return { snapshot: null, notices: [{ kind: 'damaged-snapshot', message, file }] }
  }
  // One of another journal, or of one that was damaged since: the journal has the word, and its damage is named.
  return { snapshot: read && fits(read, journal) ? read : null, notices: [] }
}

/** The hash of the journal's beginning holds, so the records lie where the snapshot says; null where they do not. */
function restore(snapshot: Snapshot, journal: Buffer): { history: BatchHistory; spans: Map<number, Span> } | null {
  const spans = new Map<number, Span>()
  const recordsAt = (places: readonly Span[]): JournalRecord[] =>
    places.flatMap((span) => {
      const record = recordAt(journal, span)
      if (record) spans.set(record.seq, span)
      return record ? [record] : []
    })
  const [present, undone] = [recordsAt(snapshot.present), recordsAt(snapshot.undone)]
  if (spans.size < snapshot.present.length + snapshot.undone.length) return null
  const history = BatchHistory.restored(present, undone, snapshot)
  return history && { history, spans }
}

function toldOf(file: string, { torn, line, start, end, after }: DamagedRange, copy: string | undefined): Notice {
  const what = torn
    ? `The last record of the journal (line ${line}) was cut short while it was written and has been left out.`
    : `Line ${line} of the journal (${end - start} bytes at ${start}, after record ${after}) is damaged and has been left out.`
  const aside = copy === undefined ? '' : ` Its bytes are kept in ${copy}.`
  return { kind: torn ? 'torn-record' : 'damaged-record', message: what + aside, file: copy ?? file }
}

function toldTogether(file: string, count: number, copy: string | undefined): Notice {
  const aside = copy === undefined ? '' : ` Their bytes are kept in ${copy}.`
  const message = `${count} more places of the journal are damaged and have been left out.${aside}`
  return { kind: 'damaged-record', message, file: copy ?? file }
}
