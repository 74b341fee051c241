/** A look at a session without opening it: no block is read, nothing is changed, and no damage keeps it from being told. */
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { BatchHistory } from './batches.ts'
import { readHeader } from './header.ts'
import type { SessionHeader } from './header.ts'
import { JOURNAL_FILE } from './names.ts'
import { RecordLog } from './record-log.ts'
import { replayJournal } from './replay.ts'
import { bytesBelow } from './sizes.ts'

export interface Glance {
  readonly header: SessionHeader
  readonly schemaVersion: number
  readonly history: BatchHistory
  readonly log: RecordLog
  /** when the last record was written, ms since 1970 */
  readonly changedAt: number
  readonly bytes: number
}

/** @throws ErratumError `NotFound`, `BadFile` */
export async function glanceAt(folder: string): Promise<Glance> {
  const place = resolve(folder)
  const { header, schemaVersion } = await readHeader(place)
  const [replayed, { mtimeMs }, bytes] = await Promise.all([
    replayJournal(place, false),
    stat(join(place, JOURNAL_FILE)),
    bytesBelow(place)
  ])
  return { header, schemaVersion, history: replayed.history, log: new RecordLog(replayed), changedAt: mtimeMs, bytes }
}
