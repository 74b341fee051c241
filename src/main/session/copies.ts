/**
 * Copies of a session: as a folder, or as one file. What is derived, and who writes, stays behind.
 *
 * A session may be copied while somebody writes it. The journal is taken first, up to its last whole record; blocks that
 * are moved meanwhile are found in their other place. Opening the copy moves each to where its journal says.
 */
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { ErratumError } from '../../contract/errors.ts'
import { readSealedZip, writeSealedZip } from '../formats/sealed-zip.ts'
import { moveDurably, syncFile, syncFolder, writing } from './durable.ts'
import { HEADER_FILE, readHeader } from './header.ts'
import { scanJournal } from './journal-format.ts'
import { readJournal } from './journal.ts'
import { CALIBRATION_FILE, JOURNAL_FILE } from './names.ts'

/** What a file with a copy of a session ends with. */
export const COPY_SUFFIX = '.erratum'

const FORMAT = { format: 'erratum session', version: 1 }
const FOLDERS = ['blocks', 'trash', 'set-aside', 'backup']
const PARTIAL = '.partial'

/** Writes the session into one file that does not exist yet. */
export async function packSession(session: string, file: string): Promise<void> {
  await refuseTaken(file)
  const { journal, paths } = await contentOf(session)
  const partial = file + PARTIAL
  const sources = [
    { path: JOURNAL_FILE, open: () => Promise.resolve(Readable.from([journal])) },
    ...paths.map((path) => ({ path, open: async () => createReadStream(await whereIs(session, path)) }))
  ]
  await writing(file, async () => {
    try {
      await mkdir(dirname(resolve(file)), { recursive: true })
      await writeSealedZip(partial, FORMAT, sources)
      await moveDurably(partial, file)
    } catch (error) {
      await rm(partial, { force: true })
      throw error
    }
  })
}

/**
 * Makes a session of such a file, in a folder that does not exist yet.
 * @throws ErratumError `BadFile` where a checksum fails or a path leaves the folder; no folder is left then
 */
export async function unpackSession(file: string, session: string): Promise<void> {
  if ((await stat(file).catch(() => null)) === null) throw new ErratumError('NotFound', `There is no file ${file}.`)
  await make(session, (partial) => readSealedZip(file, FORMAT.format, FORMAT.version, partial))
}

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
  const partial = resolve(session) + PARTIAL
  await writing(session, async () => {
    try {
      await rm(partial, { recursive: true, force: true })
      await mkdir(partial, { recursive: true })
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
  if ((await stat(place).catch(() => null)) === null) return
  throw new ErratumError('BadInput', `${place} is there already.`, { file: place, cure: 'Choose another name.' })
}

/** The journal's whole records, and the paths of all other files. */
async function contentOf(session: string): Promise<{ journal: Buffer; paths: string[] }> {
  await readHeader(session)
  const bytes = await readJournal(join(session, JOURNAL_FILE))
  const torn = scanJournal(bytes).damaged.at(-1)
  const journal = torn?.torn ? bytes.subarray(0, torn.start) : bytes
  const paths = [HEADER_FILE, CALIBRATION_FILE]
  for (const folder of FOLDERS) {
    const entries = await readdir(join(session, folder), { withFileTypes: true, recursive: true }).catch(() => [])
    for (const entry of entries) {
      const path = relative(session, join(entry.parentPath, entry.name)).split(sep).join('/')
      if (entry.isFile() && !path.includes(PARTIAL)) paths.push(path)
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
  for (const place of [join(session, path), join(session, other)])
    if ((await stat(place).catch(() => null)) !== null) return place
  throw new ErratumError('NotFound', `${path} of the session is gone.`, { file: join(session, path) })
}
