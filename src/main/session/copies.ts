/**
 * Copies of a session: as a folder, or as one file. What is derived, and who writes, stays behind.
 *
 * A session may be copied while somebody writes it. The journal is taken first, up to its last whole record; blocks that
 * are moved meanwhile are found in their other place. Opening the copy moves each to where its journal says.
 */
import { constants, createReadStream } from 'node:fs'
import { copyFile, lstat, mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { ErratumError } from '../../contract/errors.ts'
import { BLOCK_KEYS } from '../formats/block-keys.ts'
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from '../formats/peft-block.ts'
import { readSealedZip, writeSealedZip } from '../formats/sealed-zip.ts'
import { moveDurably, moveToNewName, syncFile, syncFolder, writing } from './durable.ts'
import { HEADER_FILE, readHeader } from './header.ts'
import { scanJournal } from './journal-format.ts'
import { readJournal } from './journal.ts'
import { LOCK_FILE } from './lock.ts'
import { CALIBRATION_FILE, INDEX_FOLDER, isBlockId, JOURNAL_FILE, partialName } from './names.ts'
import { PLACE_FILE } from './place-file.ts'
import { isPlainFile, problemOfLinks } from './plain-file.ts'
import { SNAPSHOT_FILE } from './snapshot.ts'

/** What a file with a copy of a session ends with. */
export const COPY_SUFFIX = '.erratum'

const FORMAT = { format: 'erratum session', version: 1 }
const FOLDERS = ['blocks', 'trash', 'set-aside', 'backup']
/** A link is not followed, even one that was put there a moment ago. Windows has no such flag. */
const READ = (constants.O_RDONLY | constants.O_NOFOLLOW) as unknown as string

/** Writes the session into one file that does not exist yet. */
export async function packSession(session: string, file: string): Promise<void> {
  await refuseTaken(file)
  const { journal, paths } = await contentOf(session)
  const partial = partialName(resolve(file))
  const sources = [
    { path: JOURNAL_FILE, open: () => Promise.resolve(Readable.from([journal])) },
    ...paths.map((path) => ({
      path,
      open: async () => createReadStream(await whereIs(session, path), { flags: READ })
    }))
  ]
  await writing(file, async () => {
    try {
      await mkdir(dirname(resolve(file)), { recursive: true })
      await writeSealedZip(partial, FORMAT, sources)
      await moveToNewName(partial, resolve(file))
    } catch (error) {
      await rm(partial, { force: true })
      throw error
    }
  })
}

/**
 * Makes a session of such a file, in a folder that does not exist yet.
 * @param freeBytes of the disk, if it need not be asked
 * @throws ErratumError `BadFile` where a checksum fails, or a file is none of a session's; `Unwritable` where the disk has
 * no room for it; no folder is left then
 */
export async function unpackSession(file: string, session: string, freeBytes?: number): Promise<void> {
  if ((await lstat(file).catch(() => null)) === null) throw new ErratumError('NotFound', `There is no file ${file}.`)
  await make(session, async (partial) => {
    const free = freeBytes ?? (await freeBytesAt(partial))
    await readSealedZip(file, { ...FORMAT, placeOf, freeBytes: free }, partial)
  })
}

async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

const BLOCK_FILES: readonly string[] = [ADAPTER_WEIGHTS, ADAPTER_CONFIG, BLOCK_KEYS]

/** Whether a file of this name belongs into a session; `derived`: it is made anew where it is missing, or is a lock. */
export function placeOf(path: string): 'kept' | 'derived' | 'unknown' {
  const [first, ...rest] = path.split('/')
  const name = rest.at(-1) ?? ''
  if (rest.length === 0 && (first.startsWith(LOCK_FILE) || first === SNAPSHOT_FILE || first === PLACE_FILE))
    return 'derived'
  if (first === INDEX_FOLDER) return 'derived'
  const isKept =
    (rest.length === 0 && [HEADER_FILE, CALIBRATION_FILE, JOURNAL_FILE].includes(first)) ||
    (rest.length === 2 && ['blocks', 'trash'].includes(first) && isBlockId(rest[0]) && BLOCK_FILES.includes(name)) ||
    (rest.length === 1 && first === 'set-aside' && /^[\w-][\w.-]*$/.test(name)) ||
    (first === 'backup' && (path === `backup/${HEADER_FILE}` || BACKUP.test(rest.join('/'))))
  return isKept ? 'kept' : 'unknown'
}

const BACKUP = /^schema-\d{1,4}\/(session\.json|journal\.jsonl)$/

/** Copies the session into a folder that does not exist yet. */
export async function duplicateSession(session: string, to: string): Promise<void> {
  const { journal, paths } = await contentOf(session)
  await make(to, async (partial) => {
    await writeFile(join(partial, JOURNAL_FILE), journal, { flush: true })
    for (const path of paths) {
      const place = join(partial, path)
      await mkdir(dirname(place), { recursive: true })
      await copyFile(await whereIs(session, path), place)
      await syncFile(place)
    }
  })
}

/** Fills a folder beside its place and renames it: it is a whole session, or not there. */
async function make(session: string, fill: (partial: string) => Promise<void>): Promise<void> {
  await refuseTaken(session)
  const partial = partialName(resolve(session))
  await writing(session, async () => {
    await mkdir(dirname(partial), { recursive: true })
    await mkdir(partial)
    try {
      await fill(partial)
      await readHeader(partial)
      await syncFolder(partial)
      await moveDurably(partial, resolve(session))
    } catch (error) {
      await rm(partial, { recursive: true, force: true })
      throw error
    }
  })
}

async function refuseTaken(place: string): Promise<void> {
  if ((await lstat(place).catch(() => null)) === null) return
  throw new ErratumError('BadInput', `${place} is there already.`, { file: place, cure: 'Choose another name.' })
}

/** The journal's whole records, and the paths of all other files. */
async function contentOf(session: string): Promise<{ journal: Buffer; paths: string[] }> {
  await readHeader(session)
  const links = await problemOfLinks(session)
  if (links) throw links
  const bytes = await readJournal(join(session, JOURNAL_FILE))
  const torn = scanJournal(bytes).damaged.at(-1)
  const journal = torn?.torn ? bytes.subarray(0, torn.start) : bytes
  const paths = [HEADER_FILE, CALIBRATION_FILE]
  for (const folder of FOLDERS) {
    const entries = await readdir(join(session, folder), { withFileTypes: true, recursive: true }).catch(() => [])
    for (const entry of entries) {
      const path = relative(session, join(entry.parentPath, entry.name)).split(sep).join('/')
      if (entry.isFile() && placeOf(path) === 'kept') paths.push(path)
    }
  }
  const there = await Promise.all(paths.map(async (path) => (await whereIs(session, path).catch(() => null)) !== null))
  return { journal, paths: paths.filter((_, i) => there[i]) }
}

/** A block may have been moved to the trash, or back, since it was seen. */
async function whereIs(session: string, path: string): Promise<string> {
  const other = path.startsWith('blocks/')
    ? path.replace('blocks/', 'trash/')
    : path.startsWith('trash/')
      ? path.replace('trash/', 'blocks/')
      : path
  for (const place of [join(session, path), join(session, other)]) if (await isPlainFile(place)) return place
  throw new ErratumError('NotFound', `${path} of the session is gone.`, { file: join(session, path) })
}
