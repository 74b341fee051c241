/** The sessions of this machine: listed, copied, renamed, moved to the trash; none is opened for it. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ErratumError, errorRecord } from '../../contract/errors.ts'
import type { SessionEntry } from '../../contract/types.ts'
import { COPY_SUFFIX, duplicateSession, packSession as pack, unpackSession } from '../session/copies.ts'
import { glanceAt } from '../session/glance.ts'
import { HEADER_FILE } from '../session/header.ts'
import { writerOf } from '../session/lock.ts'
import { moveSession } from '../session/moving.ts'
import { homeFolder } from './places.ts'
import { forgetSession, recentSessions, rememberSession } from './recent-sessions.ts'
import { locateModel } from './session-model.ts'
import { reviewUnder } from './review-glance.ts'

/** Where new sessions go. */
export const sessionsFolder = (): string => join(homeFolder(), 'sessions')

/** Those in the data folder, and those opened lately wherever they lie; changed last at the front. */
export async function listSessions(): Promise<SessionEntry[]> {
  const names = await readdir(sessionsFolder()).catch(() => [])
  const own = names.map((name) => join(sessionsFolder(), name)).filter(isSession)
  const recent = (await recentSessions()).filter((dir) => existsSync(dir))
  const entries = await Promise.all([...new Set([...own, ...recent])].map(entryOf))
  return entries.sort((a, b) => b.changedAt - a.changedAt)
}

/** One that cannot be read is listed with the reason, and hides no other. */
async function entryOf(dir: string): Promise<SessionEntry> {
  const writer = await writerOf(dir)
  const place = {
    dir,
    name: basename(dir),
    isOpen: writer !== null,
    usedOn: writer?.isElsewhere ? writer.host : null
  }
  try {
    const { header, history, log, changedAt, bytes } = await glanceAt(dir)
    const review = reviewUnder(log)
    return {
      ...place,
      model: { id: header.model.id, isThere: locateModel(header.model) !== null },
      batches: history.present.length,
      edits: history.present.reduce((sum, { edits }) => sum + edits.length, 0),
      passages: review.passages,
      corrections: review.corrections,
      changedAt,
      bytes,
      problem: null
    }
  } catch (error) {
    const unknown = { model: null, batches: null, edits: null, passages: null, corrections: null, bytes: null }
    return { ...place, ...unknown, changedAt: 0, problem: errorRecord(error).message }
  }
}

/**
 * A session into a folder or into one file, or such a file into a session; what the names say decides.
 * @returns where the copy is
 */
export async function copySession(from: string, to: string): Promise<string> {
  const target = resolve(to)
  if (to.endsWith(COPY_SUFFIX)) await pack(resolve(from), target)
  else {
    await (isSession(from) ? duplicateSession(resolve(from), target) : unpackSession(resolve(from), target))
    await rememberSession(target)
  }
  return target
}

/**
 * Where a session of this name would lie beside this one.
 * @throws ErratumError `BadInput` for a name that cannot be a folder's, or that another session has
 */
export async function renamedPlace(dir: string, name: string): Promise<string> {
  const place = join(dirname(resolve(dir)), checkName(name))
  await refuseTaken(place, basename(resolve(dir)))
  return place
}

/** Gives the session's folder another name beside the old one; its own name changes nothing. */
export async function renameSession(dir: string, name: string): Promise<string> {
  const to = await renamedPlace(dir, name)
  if (to === resolve(dir)) return to
  await moveSession(dir, to)
  await forgetSession(dir)
  await rememberSession(to)
  return to
}

/** Moves the session's folder to the trash of the data folder. @returns where it lies now */
export async function trashSession(dir: string): Promise<string> {
  const stamp = new Date().toISOString().replaceAll(':', '-').slice(0, 19)
  const to = join(homeFolder(), 'trash', `${basename(resolve(dir))}-${stamp}`)
  await moveSession(dir, to)
  await forgetSession(dir)
  return to
}

/**
 * The folder of a new session of this name.
 * @throws ErratumError `BadInput` for a name that cannot be a folder's, or that another session has
 */
export async function newSessionFolder(name: string): Promise<string> {
  const place = join(sessionsFolder(), checkName(name))
  await refuseTaken(place)
  return place
}

/** A copy beside the session, under a name that is free. */
export function duplicateHere(dir: string): Promise<string> {
  return copySession(dir, freePlace(`${resolve(dir)} copy`, ''))
}

/** Saves a copy as one file; without a name it lies beside the session. */
export function packSession(dir: string, file = freePlace(resolve(dir), COPY_SUFFIX)): Promise<string> {
  return copySession(dir, file.endsWith(COPY_SUFFIX) ? file : file + COPY_SUFFIX)
}

/** Makes a session of a copy in one file, in the data folder. */
export function unpackHere(file: string): Promise<string> {
  return copySession(file, freePlace(join(sessionsFolder(), checkName(basename(file, COPY_SUFFIX))), ''))
}

function freePlace(wished: string, suffix: string): string {
  for (let count = 1; ; count++) {
    const place = `${count === 1 ? wished : `${wished} ${count}`}${suffix}`
    if (!existsSync(place)) return place
  }
}

/** Names that differ in capitals alone are one name on many disks, and to a person. */
async function refuseTaken(place: string, own?: string): Promise<void> {
  const wished = basename(place).toLowerCase()
  const names = await readdir(dirname(place)).catch(() => [])
  const taken = names.find((name) => name !== own && name.toLowerCase() === wished)
  if (taken === undefined) return
  const what = isSession(join(dirname(place), taken)) ? 'session' : 'folder'
  throw new ErratumError('BadInput', `A ${what} named ${taken} already exists.`, {
    field: 'name',
    file: join(dirname(place), taken),
    cure: 'Choose another name.'
  })
}

const isSession = (dir: string): boolean => existsSync(join(dir, HEADER_FILE))

function checkName(name: string): string {
  const trimmed = name.trim()
  const odd = trimmed === '' || trimmed.startsWith('.') || /[/\\:*?"<>|\p{Cc}]/u.test(trimmed)
  if (!odd && trimmed.length <= 100) return trimmed
  throw new ErratumError('BadInput', `A session cannot be called "${name}".`, {
    field: 'name',
    cure: 'Use up to 100 letters, digits, spaces and dashes; no slashes, and no full stop in front.'
  })
}
