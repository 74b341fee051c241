/** The append-only journal of a session: the truth of what was committed. Its file format is in journal-format.ts. */
import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import { asUnwritable, replaceFile, syncFolder, writing } from './durable.ts'
import { encodeRecord } from './journal-format.ts'
import type { DamagedRange, JournalRecord, Span } from './journal-format.ts'
import { readPlainFile } from './plain-file.ts'

/** @throws ErratumError `BadFile` where the session has lost its journal */
export async function readJournal(file: string): Promise<Buffer> {
  try {
    return await readPlainFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_FS_FILE_TOO_LARGE')
      throw new ErratumError('BadFile', `The session's journal is larger than 2 GiB and cannot be read: ${file}.`, {
        file,
        cure: 'A journal of a million edits is smaller: put the file back from a backup.'
      })
    if (code !== 'ENOENT') throw error
    throw new ErratumError('BadFile', `The session has no journal: ${file} is missing.`, {
      file,
      cure: 'Put the file back from a backup; without it nothing tells which edits are in the session.'
    })
  }
}

/** Damaged ranges that are kept in files of their own; what else is damaged is kept in one. */
export const FILES_ASIDE = 20

/**
 * Puts every damaged range into a file of its own under `set-aside/` and leaves the whole records alone in the
 * journal. The copies are durable before the journal changes, and the journal changes by one rename: a crash at any
 * moment loses nothing, and mending again does nothing.
 * @returns the files with the damaged ranges, and the bytes of the journal as it is now
 */
export async function mendJournal(
  file: string,
  bytes: Buffer,
  damaged: readonly DamagedRange[]
): Promise<{ files: string[]; bytes: Buffer }> {
  if (damaged.length === 0) return { files: [], bytes }
  return writing(file, async () => {
    const aside = join(dirname(file), 'set-aside')
    await mkdir(aside, { recursive: true })
    await syncFolder(dirname(aside))
    const files: string[] = []
    const kept: Buffer[] = []
    let position = 0
    const keep = async (name: string, content: Buffer): Promise<void> => {
      files.push(join(aside, `journal-${name}-${Date.now()}.bin`))
      await replaceFile(files.at(-1)!, content)
    }
    for (const { start, end, after, torn } of damaged.slice(0, FILES_ASIDE))
      await keep(`${torn ? 'torn' : 'damaged'}-after-${after}`, bytes.subarray(start, end))
    const rest = damaged.slice(FILES_ASIDE)
    if (rest.length > 0)
      await keep(`damaged-rest`, Buffer.concat(rest.map(({ start, end }) => bytes.subarray(start, end))))
    for (const { start, end } of damaged) {
      kept.push(bytes.subarray(position, start))
      position = end
    }
    kept.push(bytes.subarray(position))
    const whole = Buffer.concat(kept)
    await replaceFile(file, whole)
    return { files, bytes: whole }
  })
}

/** Appends to a journal that was read and mended. One writer; calls must not overlap. */
export class JournalWriter {
  private readonly file: string
  private readonly handle: FileHandle
  private bytes: number
  private sequence: number
  private broken: unknown = null
  /** of all bytes so far */
  private readonly hash: Hash

  private constructor(file: string, handle: FileHandle, content: Buffer, sequence: number) {
    this.file = file
    this.handle = handle
    this.bytes = content.length
    this.hash = createHash('sha256').update(content)
    this.sequence = sequence
  }

  /** @param content what the file holds, whole records alone, the last of them with the number `lastSequence` */
  static async open(file: string, content: Buffer, lastSequence: number): Promise<JournalWriter> {
    return writing(file, async () => new JournalWriter(file, await open(file, 'r+'), content, lastSequence))
  }

  /** What the journal is up to now, as a snapshot names it. */
  get extent(): { bytes: number; sha256: string; seq: number } {
    return { bytes: this.bytes, sha256: this.hash.copy().digest('hex'), seq: this.sequence }
  }

  /** Returns when the record is on the disk, and where it lies. On failure the journal is as it was before. */
  async append(kind: string, payload: unknown): Promise<{ record: JournalRecord; span: Span }> {
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
    const start = this.bytes
    this.bytes += line.length
    this.hash.update(line)
    this.sequence = record.seq
    return { record, span: [start, this.bytes] }
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
