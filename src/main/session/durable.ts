/** File operations that have reached the disk when they return, and whose failures say what the person can do. */
import { link, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import { partialName } from './names.ts'

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
// ENOENT is what Node's recursive mkdir says of a read-only disk, and what a folder that was taken away gives.
const REFUSED = new Set('EACCES EPERM EROFS ENOTDIR EEXIST EISDIR ENAMETOOLONG EIO ENOENT'.split(' '))

/**
 * Runs `action`; a full or refusing disk comes out as `Unwritable`, anything else as it is.
 * @param place the folder or file that was to be written
 */
export async function writing<T>(place: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw asUnwritable(place, error)
  }
}

export function asUnwritable(place: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (error instanceof ErratumError) return error
  if (FULL.has(code))
    return new ErratumError('Unwritable', `The disk is full: ${place} could not be written.`, {
      file: place,
      reason: code,
      cure: 'Free some space and try again; everything that was saved before is still there.'
    })
  if (REFUSED.has(code))
    return new ErratumError('Unwritable', `${place} could not be written (${code}).`, {
      file: place,
      reason: code,
      cure: 'Choose a folder that you may write to.'
    })
  return error
}

/** Makes the names inside a folder durable. Windows has no such call and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Fsyncs every file of a flat folder and then the folder itself. */
export async function syncFolderWithFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await syncFile(join(folder, name))
  await syncFolder(folder)
}

/** Renames, and makes both folders' names durable. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncFolder(dirname(to))
  if (dirname(from) !== dirname(to)) await syncFolder(dirname(from))
}

const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EXDEV'])

/** Gives a file a name that nothing has yet; what took the name meanwhile stays, and `EEXIST` is thrown. */
export async function moveToNewName(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
    await rm(from)
    await syncFolder(dirname(to))
  } catch (error) {
    // Where a disk has no links, the look before has to do.
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    await moveDurably(from, to)
  }
}

/** Writes a whole file: all of it is there, or what was there before. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const partial = partialName(file)
  const handle = await open(partial, 'wx')
  try {
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await moveDurably(partial, file)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    throw error
  }
}
