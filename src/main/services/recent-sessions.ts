/** Which sessions were opened lately, in the data folder: a note for the start screen, and nothing depends on it. */
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { homeFolder } from './places.ts'

const noteSchema = z.array(z.string())
/** The most that are remembered. */
const KEPT = 50

const noteFile = (): string => join(homeFolder(), 'recent-sessions.json')

/** Folders, the one opened last at the front. A note that cannot be read is none. */
export async function recentSessions(): Promise<string[]> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(noteFile(), 'utf8')))
  } catch {
    return []
  }
}

export async function rememberSession(dir: string): Promise<void> {
  const place = resolve(dir)
  await write([place, ...(await recentSessions()).filter((one) => one !== place)])
}

export async function forgetSession(dir: string): Promise<void> {
  await write((await recentSessions()).filter((one) => one !== resolve(dir)))
}

/** A data folder that cannot be written is told by what matters more. */
async function write(folders: readonly string[]): Promise<void> {
  await mkdir(homeFolder(), { recursive: true })
    .then(() => writeFileAtomic(noteFile(), JSON.stringify(folders.slice(0, KEPT), null, 2) + '\n'))
    .catch(() => undefined)
}
