/** Making and opening the folder of a session. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import { badFile } from '../formats/bad-file.ts'
import { BlockStore, sha256 } from './block-store.ts'
import { replaceFile, syncFolder, writing } from './durable.ts'
import { HEADER_FILE, mendHeader, readHeader, writeHeader } from './header.ts'
import type { NewSessionHeader, SessionHeader } from './header.ts'
import { JournalWriter } from './journal.ts'
import { LOCK_FILE, SessionLock } from './lock.ts'
import { backUp, SCHEMA_VERSION } from './migrations.ts'
import { CALIBRATION_FILE, JOURNAL_FILE } from './names.ts'
import type { Notice } from './notice.ts'
import { damagedBlocks, removeUnfinished, tendBlocks } from './opening.ts'
import { problemOfLinks, readPlainFile } from './plain-file.ts'
import { replayJournal } from './replay.ts'
import { SessionStore } from './session-store.ts'
import type { SessionContent } from './session-store.ts'

/**
 * Makes a session in a folder that does not exist or is empty, and opens it for writing.
 * @param calibration file that is copied into the session; null where the model has no calibration
 * @throws ErratumError `Unwritable`, `BadInput` where the folder holds something, `Locked`
 */
export async function createSession(
  folder: string,
  header: NewSessionHeader,
  calibration: string | null = null
): Promise<SessionStore> {
  const place = resolve(folder)
  const calibrationBytes = calibration === null ? null : await readFile(calibration)
  const made = await writing(place, () => mkdir(place, { recursive: true }))
  const unmake = async (): Promise<void> => {
    if (made !== undefined) await rm(made, { recursive: true, force: true })
  }
  const { lock } = await SessionLock.acquire(place).catch(async (error: unknown) => {
    if (!(error instanceof ErratumError && error.code === 'Locked')) await unmake()
    throw error
  })
  try {
    await refuseOccupied(place)
    await writing(place, () => furnish(place, header, calibrationBytes))
  } catch (error) {
    await lock.release()
    await unmake()
    throw error
  }
  await lock.release()
  return openSession(place)
}

async function refuseOccupied(folder: string): Promise<void> {
  const others = (await readdir(folder)).filter((name) => !name.startsWith(LOCK_FILE))
  if (others.length === 0) return
  throw new ErratumError('BadInput', `${folder} is not empty: a session needs a folder of its own.`, {
    file: folder,
    cure: others.includes(HEADER_FILE) ? 'Open the session that is there.' : 'Choose another folder.'
  })
}

/** The header is written last: a folder with a header is a whole session. */
async function furnish(folder: string, header: NewSessionHeader, calibration: Buffer | null): Promise<void> {
  try {
    await new BlockStore(folder).create()
    await replaceFile(join(folder, JOURNAL_FILE), '')
    if (calibration !== null) await replaceFile(join(folder, CALIBRATION_FILE), calibration)
    const calibrationSha256 = calibration === null ? null : sha256(calibration)
    await syncFolder(folder)
    const createdAt = new Date().toISOString()
    await writeHeader(folder, { ...header, schemaVersion: SCHEMA_VERSION, createdAt, calibrationSha256 })
  } catch (error) {
    for (const name of ['blocks', 'trash', 'backup', JOURNAL_FILE, CALIBRATION_FILE, HEADER_FILE])
      await rm(join(folder, name), { recursive: true, force: true })
    throw error
  }
}

/**
 * Opens a session; `notices` of the result tell what was found damaged, which is set aside and never a reason to
 * refuse the rest. For reading only, nothing on the disk is touched and other processes may write. Where header or
 * calibration are not those that the session was made with, no route can be trusted: it opens for reading only, and the
 * `problem` of the result says so.
 * @throws ErratumError `NotFound`, `BadFile`, `Locked`, `Unwritable`
 */
export async function openSession(folder: string, { readOnly = false } = {}): Promise<SessionStore> {
  const place = resolve(folder)
  const { header, schemaVersion, problem: headerProblem, fromCopy } = await readHeader(place)
  const calibrationProblem = await problemOfCalibration(place, header)
  const linkProblem = await problemOfLinks(place)
  const problem = headerProblem ?? linkProblem ?? calibrationProblem
  if (readOnly) {
    const read = await readSession(place, false, header)
    const headerDamage = headerProblem ?? fromCopy?.reason
    if (headerDamage) read.notices.unshift(told('damaged-header', headerDamage))
    if (calibrationProblem) read.notices.unshift(told('damaged-calibration', calibrationProblem))
    if (linkProblem) read.notices.unshift(told('link', linkProblem))
    return new SessionStore({ ...read, folder: place, header, schemaVersion, problem, writer: null })
  }
  if (problem) throw problem

  const { lock, staleHolder } = await SessionLock.acquire(place)
  try {
    await writing(place, () => removeUnfinished(place))
    const tended = await tendHeader(place)
    const read = await readSession(place, true, header)
    read.notices.unshift(...tended)
    if (staleHolder !== null) {
      const message = `Process ${staleHolder.pid} ended without closing the session.`
      read.notices.unshift({ kind: 'stale-lock', message })
    }
    const { bytes, lastSeq } = read.replayed
    const journal = await JournalWriter.open(join(place, JOURNAL_FILE), bytes, lastSeq)
    const writer = { journal, lock }
    return new SessionStore({ ...read, folder: place, header, schemaVersion: SCHEMA_VERSION, problem: null, writer })
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * Puts a damaged header back from its copy, and brings an older session to the present format. The header is read again,
 * since only now nobody else can write it.
 */
async function tendHeader(folder: string): Promise<Notice[]> {
  const { header, schemaVersion, problem, fromCopy } = await readHeader(folder)
  if (problem) throw problem
  const notices: Notice[] = []
  if (fromCopy) {
    const kept = await mendHeader(folder, fromCopy.text)
    const message = `${fromCopy.reason.message} It has been put back from its copy; what it was is kept in ${kept}.`
    notices.push({ kind: 'restored-header', message, file: join(folder, HEADER_FILE) })
  }
  if (schemaVersion === SCHEMA_VERSION) return notices
  const backup = await backUp(folder, schemaVersion, [HEADER_FILE, JOURNAL_FILE])
  await writing(folder, () => writeHeader(folder, header))
  const message = `The session was brought from format ${schemaVersion} to ${SCHEMA_VERSION}; what it was is kept in ${backup}.`
  return [...notices, { kind: 'migrated', message, file: backup }]
}

/** Other whitening gives other keys: no route could be trusted, so that a changed calibration is no mere notice. */
async function problemOfCalibration(
  folder: string,
  { calibrationSha256 }: SessionHeader
): Promise<ErratumError | null> {
  if (calibrationSha256 === null) return null
  const file = join(folder, CALIBRATION_FILE)
  const bytes = await readPlainFile(file).catch(() => null)
  if (bytes !== null && sha256(bytes) === calibrationSha256) return null
  const reason =
    bytes === null
      ? 'the file is missing or no regular file'
      : 'it is not the calibration that the session was made with'
  return badFile({ file }, reason, 'Put the file back from a backup. Until then the session opens for reading.')
}

const told = (kind: Notice['kind'], { message, details }: ErratumError): Notice => ({
  kind,
  message,
  file: details.file
})

/** @param mend whether what is damaged or half-done is set aside on the disk too */
async function readSession(folder: string, mend: boolean, { loraLayers }: SessionHeader): Promise<SessionContent> {
  const blocks = new BlockStore(folder)
  const replayed = await replayJournal(folder, mend)
  const { history } = replayed
  const notices = [...replayed.notices]
  if (mend) {
    await writing(folder, () => blocks.create())
    notices.push(...(await tendBlocks(blocks, history)))
  }
  const { damaged, notices: broken } = await damagedBlocks(blocks, history.present, loraLayers)
  notices.push(...broken)
  return { notices, replayed, damaged, blocks }
}
