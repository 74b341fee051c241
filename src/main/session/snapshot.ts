/**
 * `snapshot.json`: what the journal comes to up to some record, so that opening need not replay weeks. It is derived and
 * replaced by one rename; it speaks of the journal's first bytes by their hash, and is passed over where either does not
 * hold. One line:
 *
 *     {"bytes":345,"sha256":"<64 hex digits>","snapshot":<345 bytes of JSON>}\n
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ErratumError } from '../../contract/errors.ts'
import { replaceFile } from './durable.ts'
import { readPlainFile } from './plain-file.ts'

export const SNAPSHOT_FILE = 'snapshot.json'

const span = z.tuple([z.int().nonnegative(), z.int().positive()])

const snapshotSchema = z.object({
  version: z.literal(1),
  /** the part of the journal that it stands for: its length and hash, and the number of its last record */
  journal: z.object({ bytes: z.int(), sha256: z.string(), seq: z.int() }),
  /** where the records of the batches lie in the journal, [start, end): those present by their order, ... */
  present: z.array(span),
  /** ... and those taken out, the one taken out last at the end */
  undone: z.array(span),
  /** edits that were taken out of their batches, the one withdrawn last at the end; absent before schema 3 */
  withdrawn: z.array(z.object({ batchSeq: z.int().nonnegative(), editId: z.string() })).default([]),
  nextOrder: z.int(),
  commits: z.int(),
  /** by kind of record: how many there are, and what they come to, as the application says it */
  states: z.record(z.string(), z.object({ records: z.int(), state: z.unknown() }))
})

export type Snapshot = z.infer<typeof snapshotSchema>

export interface KeptState {
  readonly records: number
  /** whatever JSON can hold */
  readonly state: unknown
}

const LINE = /^\{"bytes":(\d{1,15}),"sha256":"([0-9a-f]{64})","snapshot":/

/** @returns what is wrong with the file where it is there and cannot be taken; null where it is absent */
export async function readSnapshot(file: string): Promise<Snapshot | string | null> {
  const bytes = await readPlainFile(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    if (error instanceof ErratumError) return 'it is a link or no regular file'
    throw error
  })
  if (bytes === null || typeof bytes === 'string') return bytes
  const head = LINE.exec(bytes.toString('latin1', 0, 120))
  if (!head) return 'it does not begin as a snapshot does'
  const body = bytes.subarray(head[0].length, head[0].length + Number(head[1]))
  if (hashOf(body) !== head[2] || bytes.toString('latin1', head[0].length + Number(head[1])) !== '}\n')
    return 'its checksum differs'
  const parsed = snapshotSchema.safeParse(JSON.parse(body.toString('utf8')))
  return parsed.success ? parsed.data : 'it has another form than this version reads'
}

export async function writeSnapshot(file: string, snapshot: Snapshot): Promise<void> {
  const body = Buffer.from(JSON.stringify(snapshot))
  const head = `{"bytes":${body.length},"sha256":"${hashOf(body)}","snapshot":`
  await replaceFile(file, Buffer.concat([Buffer.from(head), body, Buffer.from('}\n')]))
}

/** Whether the journal still begins with the bytes that the snapshot stands for. */
export function fits({ journal }: Snapshot, bytes: Buffer): boolean {
  return bytes.length >= journal.bytes && hashOf(bytes.subarray(0, journal.bytes)) === journal.sha256
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
