/**
 * Reading what lies in the folder of a session. Somebody else may have made it: a link would lead out of the folder, and
 * a pipe would never end, so that only regular files are read.
 */
import { constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ErratumError } from '../../contract/errors.ts'
import { badFile } from '../formats/bad-file.ts'

/** Windows has no such flags (`undefined | 0` is 0): the look at the file before it is opened has to do there. */
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants

/** @throws ErratumError `BadFile` where the path is a link, a pipe, a folder or a device; system errors as they are */
export async function readPlainFile(file: string): Promise<Buffer> {
  if (!(await lstat(file)).isFile()) throw notPlain(file)
  const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'ELOOP' ? notPlain(file) : error
  })
  try {
    if (!(await handle.stat()).isFile()) throw notPlain(file)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

/** Whether there is a folder of this name that is no link to one. */
export async function isPlainFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isDirectory() ?? false
}

/** Whether there is a regular file of this name. */
export async function isPlainFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isFile() ?? false
}

/** What is wrong with a folder that holds anything but files and folders; null: it holds nothing else. */
export async function problemOfLinks(folder: string): Promise<ErratumError | null> {
  // Another process may be writing the session: what is gone by now is no link.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const path = join(folder, entry.name)
    const problem = entry.isDirectory() ? await problemOfLinks(path) : entry.isFile() ? null : notPlain(path)
    if (problem) return problem
  }
  return null
}

function notPlain(file: string): ErratumError {
  return badFile(
    { file },
    'it is a link or no regular file, and what lies outside the session is neither read nor changed',
    'Put the file or folder itself in its place. Until then the session opens only for reading, if at all.'
  )
}
