/** The append-only journal of a session: the truth of what was committed. Its file format is in journal-format.ts. */
import { mkdir, open, readFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import { asUnwritable, replaceFile, syncFolder, writing } from './durable.ts'
import { encodeRecord, scanJournal } from './journal-format.ts'
import type { DamagedRange, JournalRecord } from './journal-format.ts'

export interface ReadJournal {
  readonly bytes: Buffer
  readonly records: JournalRecord[]
  readonly damaged: DamagedRange[]
}

/** @throws ErratumError `BadFile` where the session has lost its journal */
export async function readJournal(file: string): Promise<ReadJournal> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new ErratumError('BadFile', `The session has no journal: ${file} is missing.`, {
      file,
      cure: 'Put the file back from a backup; without it nothing tells which edits are in the session.'
    })
  }
  return { bytes, ...scanJournal(bytes) }
}

/**
 * Puts every damaged range into a file of its own under `set-aside/` and leaves the whole records alone in the
 * journal. The copies are durable before the journal changes, and the journal changes by one rename: a crash at any
 * moment loses nothing, and mending again does nothing.
 */
export async function mendJournal(file: string, { bytes, damaged }: ReadJournal): Promise<string[]> {
  if (damaged.length === 0) return []
  return writing(file, async () => {
    const aside = join(dirname(file), 'set-aside')
    await mkdir(aside, { recursive: true })
    await syncFolder(dirname(aside))
    const files: string[] = []
    const kept: Buffer[] = []
    let position = 0
    for (const { start, end, after, torn } of damaged) {
      const name = join(aside, `journal-${torn ? 'torn' : 'damaged'}-after-${after}-${Date.now()}.bin`)
      await replaceFile(name, bytes.subarray(start, end))
      files.push(name)
      kept.push(bytes.subarray(position, start))
      position = end
    }
    kept.push(bytes.subarray(position))
    await replaceFile(file, Buffer.concat(kept))
    return files
  })
}

/** Appends to a journal that was read and mended. One writer; calls must not overlap. */
export class JournalWriter {
  private readonly file: string
  private readonly handle: FileHandle
  private bytes: number
  private sequence: number
  private broken: unknown = null

  private constructor(file: string, handle: FileHandle, bytes: number, sequence: number) {
    this.file = file
    this.handle = handle
    this.bytes = bytes
    this.sequence = sequence
  }

  static async open(file: string, lastSequence: number): Promise<JournalWriter> {
    return writing(file, async () => {
      const handle = await open(file, 'r+')
      return new JournalWriter(file, handle, (await handle.stat()).size, lastSequence)
    })
  }

  get byteLength(): number {
    return this.bytes
  }

  /** Returns when the record is on the disk. On failure the journal is as it was before. */
  async append(kind: string, payload: unknown): Promise<JournalRecord> {
    if (this.broken !== null)
      throw new ErratumError('Unwritable', `${this.file} failed before and has to be opened anew.`, {
        file: this.file,
        cure: 'Close the session and open it again; everything that was saved before is still there.'
      })
    const record: JournalRecord = { seq: this.sequence + 1, kind, at: new Date().toISOString(), payload }
    const line = encodeRecord(record)
    try {
      for (let done = 0; done < line.length;)
        done += (await this.handle.write(line, done, line.length - done, this.bytes + done)).bytesWritten
      await this.handle.sync()
    } catch (error) {
      await this.takeBack(error)
      throw asUnwritable(this.file, error)
    }
    this.bytes += line.length
    this.sequence = record.seq
    return record
  }

  async close(): Promise<void> {
    await this.handle.close()
  }

  /** Cuts a half-written record off. Where even that fails, only a fresh reading can tell what the disk holds. */
  private async takeBack(error: unknown): Promise<void> {
    try {
      await this.handle.truncate(this.bytes)
      await this.handle.sync()
    } catch {
      this.broken = error
    }
  }
}
