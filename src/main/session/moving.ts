/** The folder of a session as a whole goes to another place, while nobody writes it. */
import { cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import { moveDurably, syncFolder, writing } from './durable.ts'
import { readHeader } from './header.ts'
import { SessionLock } from './lock.ts'
import { partialName } from './names.ts'

/** @throws ErratumError `Locked` where somebody writes it, `BadInput` where the place is taken, `Unwritable` */
export async function moveSession(session: string, to: string): Promise<void> {
  const [from, place] = [resolve(session), resolve(to)]
  await readHeader(from)
  if ((await stat(place).catch(() => null)) !== null)
    throw new ErratumError('BadInput', `${place} is there already.`, { file: place, cure: 'Choose another name.' })
  const { lock } = await SessionLock.acquire(from)
  await lock.release()
  await writing(place, async () => {
    await mkdir(dirname(place), { recursive: true })
    try {
      await moveDurably(from, place)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
      await moveToOtherDisk(from, place)
    }
  })
}

/** Copied whole before anything is removed. */
async function moveToOtherDisk(from: string, place: string): Promise<void> {
  const partial = partialName(place)
  await mkdir(partial)
  try {
    await cp(from, partial, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
    await rename(partial, place)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
  await syncFolder(dirname(place))
  await rm(from, { recursive: true, force: true })
}
