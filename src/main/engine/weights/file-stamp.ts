/** Tells whether a file is still the one that was read: by its place on the disk, its size and the time of its last write. */
import { statSync } from 'node:fs'
import { ErratumError } from '../../../contract/errors.ts'

export interface FileStamp {
  readonly file: string
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  /** also changes where only the file's name, mode or links do */
  readonly ctimeNs: bigint
}

/** Clocks of file systems advance in steps of up to so much: two writes within one leave the same time. */
const CLOCK_STEP_MS = 20

/** @throws NodeJS.ErrnoException where there is no such file */
export function stampOf(file: string): FileStamp {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
  return { file, dev, ino, size, mtimeNs, ctimeNs }
}

/** The stamp of a file that is about to be read. Any later write will show: a file written just now is waited for. */
export async function stampToRead(file: string): Promise<FileStamp> {
  const stamp = stampOf(file)
  const age = Date.now() - Number(stamp.mtimeNs / 1_000_000n)
  if (Math.abs(age) > CLOCK_STEP_MS) return stamp
  await new Promise((resolve) => setTimeout(resolve, CLOCK_STEP_MS))
  return stampOf(file)
}

/**
 * @param meanwhile ends the sentence "FILE was changed ..."
 * @throws ErratumError `BadFile` where the file is gone, was replaced or was written to since
 */
export function checkUnchanged(stamp: FileStamp, meanwhile = 'while the model was open'): void {
  const { file } = stamp
  let now: FileStamp | null = null
  try {
    now = stampOf(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  if (now && PARTS.every((part) => now[part] === stamp[part])) return
  throw new ErratumError('BadFile', `${file} ${now ? 'was changed' : 'was removed'} ${meanwhile}.`, {
    file,
    cure: 'Put the file back as it was, or open the model again. What was typed and trained before is kept.'
  })
}

/** Links to a file and changes of its mode change its ctime and not what is in it. */
const PARTS = ['dev', 'ino', 'size', 'mtimeNs'] as const
