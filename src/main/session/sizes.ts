/** How large a session is on the disk, by part. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from '../formats/peft-block.ts'
import type { CommittedBatch } from './batches.ts'
import { BlockStore } from './block-store.ts'
import { CALIBRATION_FILE, INDEX_FOLDER, JOURNAL_FILE } from './names.ts'
import { SNAPSHOT_FILE } from './snapshot.ts'

/** bytes */
export interface SessionSizes {
  readonly weights: number
  readonly keys: { readonly deployment: number; readonly paper: number }
  readonly journal: number
  readonly snapshot: number
  readonly calibration: number
  readonly index: number
  readonly trash: number
  readonly total: number
}

export async function sessionSizes(folder: string, present: readonly CommittedBatch[]): Promise<SessionSizes> {
  const weights = sum(present.flatMap(({ files }) => [ADAPTER_WEIGHTS, ADAPTER_CONFIG].map((n) => files[n].bytes)))
  const sizeOf = async (name: string): Promise<number> => (await stat(join(folder, name)).catch(() => null))?.size ?? 0
  return {
    weights,
    keys: keyBytesOf(present),
    journal: await sizeOf(JOURNAL_FILE),
    snapshot: await sizeOf(SNAPSHOT_FILE),
    calibration: await sizeOf(CALIBRATION_FILE),
    index: await bytesBelow(join(folder, INDEX_FOLDER)),
    trash: await bytesBelow(new BlockStore(folder).trash),
    total: await bytesBelow(folder)
  }
}

/**
 * Bytes of the stored keys of these batches, withdrawn edits included: one for each decision of an edit, and the paper's
 * one for each edit.
 */
export function keyBytesOf(batches: readonly CommittedBatch[]): SessionSizes['keys'] {
  const records = (batch: CommittedBatch): number => sum(batch.committed.map(({ decisions }) => decisions.length))
  return {
    deployment: 4 * sum(batches.map((batch) => records(batch) * batch.keyLength.deployment)),
    paper: 4 * sum(batches.map((batch) => batch.committed.length * batch.keyLength.paper))
  }
}

/** Bytes of all files below a folder; 0 where there is none. */
export async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0)
  return sum(await Promise.all(sizes))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
