/**
 * A folder's files as one zip that tells when it is no longer what was written: `manifest.json`, its last entry, names
 * every other entry with its length and sha256. Entries are streamed; nothing is held whole in memory.
 */
import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Entry, ZipFile } from 'yauzl'
import { z } from 'zod'
import { ErratumError } from '../../contract/errors.ts'
import { jsonReason } from '../../contract/json-reason.ts'
import { badFile } from './bad-file.ts'

export interface ZipSource {
  /** with slashes, relative */
  readonly path: string
  open(): Promise<Readable>
}

/** What a zip is expected to be. */
export interface ExpectedZip {
  readonly format: string
  /** the newest that can be read */
  readonly version: number
  /** of the path of an entry: `derived` ones are not unpacked, and a zip with an `unknown` one is refused */
  readonly placeOf: (path: string) => 'kept' | 'derived' | 'unknown'
  /** of the disk that it is unpacked to */
  readonly freeBytes: number
}

const MANIFEST = 'manifest.json'
/** A manifest of eighty thousand files is smaller. */
const LARGEST_MANIFEST_BYTES = 16 * 1024 * 1024
const MOST_ENTRIES = 100_000

const fileSchema = z.object({ bytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
const manifestSchema = z.object({ format: z.string(), version: z.int(), files: z.record(z.string(), fileSchema) })
type Manifest = z.infer<typeof manifestSchema>

/** Writes the zip; on return it is on the disk. @param format what the zip is, with a version, for its manifest */
export async function writeSealedZip(
  file: string,
  format: Pick<Manifest, 'format' | 'version'>,
  sources: readonly ZipSource[]
): Promise<void> {
  const { ZipFile: Zip } = await import('yazl')
  const zip = new Zip()
  const files: Manifest['files'] = {}
  const failed = new Promise<never>((_, reject) => zip.on('error', reject))
  for (const source of sources)
    zip.addReadStreamLazy(source.path, { compress: !source.path.endsWith('.safetensors') }, (give) => {
      source.open().then((stream) => {
        const seal = new Seal((sealed) => (files[source.path] = sealed))
        pipeline(stream, seal).catch((error: unknown) => seal.destroy(error as Error))
        give(null, seal)
      }, give)
    })
  zip.addReadStreamLazy(MANIFEST, { compress: false }, (give) => {
    give(null, Readable.from([Buffer.from(JSON.stringify({ ...format, files } satisfies Manifest))]))
  })
  zip.end()
  await Promise.race([pipeline(zip.outputStream, createWriteStream(file, { flags: 'wx', flush: true })), failed])
}

/**
 * Unpacks a zip into a folder that is there and empty.
 * @throws ErratumError `BadFile` where it is no such zip, an entry's path leaves the folder, or a checksum fails,
 * `Unwritable` where the disk has no room for it
 */
export async function readSealedZip(
  file: string,
  { format, version, placeOf, freeBytes }: ExpectedZip,
  folder: string
): Promise<void> {
  const zip = await openZip(file)
  try {
    const entries = await entriesOf(file, zip)
    const manifest = await manifestOf(file, zip, entries.get(MANIFEST))
    const clash = clashOf(Object.keys(manifest.files))
    if (clash) throw refused(file, `${clash[0]} and ${clash[1]} are the same name on some disks`, clash[1])
    if (manifest.format !== format) throw refused(file, `it is a ${manifest.format} and no ${format}`)
    if (manifest.version > version)
      throw badFile(
        { file, field: 'version' },
        `it has format ${manifest.version} and this program reads up to ${version}`,
        'Open it with a newer Erratum.'
      )
    const named = Object.entries(manifest.files).filter(([path]) => placeOf(path) !== 'derived')
    const unknown = named.find(([path]) => placeOf(path) === 'unknown' && inside(file, folder, path))
    if (unknown) throw refused(file, `a ${format} has no file ${unknown[0]}`, unknown[0])
    refuseTooLarge(file, sum(named), freeBytes)
    for (const [path, due] of named) {
      const entry = entries.get(path)
      if (!entry) throw refused(file, `${path} is missing`, path)
      await unpack(file, zip, entry, due, inside(file, folder, path))
    }
    const stranger = [...entries.keys()].find((path) => path !== MANIFEST && !Object.hasOwn(manifest.files, path))
    if (stranger !== undefined) throw refused(file, `its manifest does not name ${stranger}`, stranger)
  } finally {
    zip.close()
  }
}

const sum = (files: readonly [string, { bytes: number }][]): number =>
  files.reduce((total, [, { bytes }]) => total + bytes, 0)

/** Looked at before anything is written: a small file may unpack to a very large one. */
function refuseTooLarge(file: string, bytes: number, freeBytes: number): void {
  if (bytes < freeBytes) return
  const megabytes = (n: number): string => `${Math.ceil(n / 1e6)} MB`
  throw new ErratumError(
    'Unwritable',
    `${file} unpacks to ${megabytes(bytes)}, and the disk has ${megabytes(freeBytes)} free.`,
    { file, cure: 'Free some space, or choose a folder on another disk. Nothing was unpacked.' }
  )
}

/** Two of the paths that differ in capitals or in how their characters are composed alone; null: there are none. */
export function clashOf(paths: readonly string[]): [string, string] | null {
  const known = new Map<string, string>()
  for (const path of paths) {
    const plain = path.normalize('NFC').toUpperCase().toLowerCase()
    const there = known.get(plain)
    if (there !== undefined) return [there, path]
    known.set(plain, path)
  }
  return null
}

/** Passes bytes on and tells their length and hash at their end. */
class Seal extends Transform {
  private bytes = 0
  private readonly hash: Hash = createHash('sha256')
  private readonly told: (sealed: Manifest['files'][string]) => void

  constructor(told: (sealed: Manifest['files'][string]) => void) {
    super()
    this.told = told
  }

  override _transform(chunk: Buffer, _: unknown, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length
    this.hash.update(chunk)
    done(null, chunk)
  }

  override _flush(done: () => void): void {
    this.told({ bytes: this.bytes, sha256: this.hash.digest('hex') })
    done()
  }
}

async function openZip(file: string): Promise<ZipFile> {
  const yauzl = await import('yauzl')
  return new Promise((give, reject) =>
    yauzl.open(file, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (!error) give(zip)
      else if ((error as NodeJS.ErrnoException).code === undefined) reject(refused(file, error.message))
      else reject(error)
    })
  )
}

/** By path. The library refuses absolute paths and `..`; names that occur twice are refused here. */
function entriesOf(file: string, zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  return new Promise((give, reject) => {
    zip.on('error', (error) => reject(refused(file, error.message)))
    zip.on('end', () => give(entries))
    zip.on('entry', (entry) => {
      const refusal = entries.has(entry.fileName)
        ? refused(file, `${entry.fileName} occurs twice`, entry.fileName)
        : entries.size === MOST_ENTRIES
          ? refused(file, `it has more than ${MOST_ENTRIES} entries`)
          : null
      if (refusal) {
        reject(refusal)
        return
      }
      entries.set(entry.fileName, entry)
      zip.readEntry()
    })
    zip.readEntry()
  })
}

async function manifestOf(file: string, zip: ZipFile, entry: Entry | undefined): Promise<Manifest> {
  if (!entry) throw refused(file, `it has no ${MANIFEST}`)
  if (entry.uncompressedSize > LARGEST_MANIFEST_BYTES)
    throw refused(file, `its ${MANIFEST} has ${entry.uncompressedSize} bytes, more than any copy needs`, MANIFEST)
  try {
    return manifestSchema.parse(JSON.parse((await buffer(await streamOf(zip, entry))).toString('utf8')))
  } catch (error) {
    throw refused(file, `its ${MANIFEST} cannot be read (${jsonReason(error).split('\n')[0]})`, MANIFEST)
  }
}

/** Where an entry goes: inside the folder, or nowhere. */
function inside(file: string, folder: string, path: string): string {
  const place = resolve(folder, path)
  const odd = path.includes('\\') || path.includes(':') || path.includes('\0')
  if (odd || place !== join(folder, path) || !place.startsWith(resolve(folder) + sep))
    throw refused(file, `the path ${path} leaves the folder`, path)
  return place
}

async function unpack(
  file: string,
  zip: ZipFile,
  entry: Entry,
  due: Manifest['files'][string],
  place: string
): Promise<void> {
  // Looked at first, so that no entry can fill the disk.
  if (entry.uncompressedSize !== due.bytes)
    throw refused(file, `${entry.fileName} has ${entry.uncompressedSize} bytes and had ${due.bytes}`, entry.fileName)
  await mkdir(dirname(place), { recursive: true })
  let sha256 = ''
  const seal = new Seal((sealed) => (sha256 = sealed.sha256))
  const handle = await open(place, 'wx')
  try {
    await pipeline(await streamOf(zip, entry), seal, handle.createWriteStream({ flush: true }))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error
    throw refused(file, `${entry.fileName} is damaged (${(error as Error).message})`, entry.fileName)
  } finally {
    await handle.close().catch(() => undefined)
  }
  if (sha256 !== due.sha256) throw refused(file, `${entry.fileName} is damaged: its checksum differs`, entry.fileName)
}

function streamOf(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((give, reject) =>
    zip.openReadStream(entry, (error, stream) => {
      if (error) reject(error)
      else give(stream)
    })
  )
}

function refused(file: string, reason: string, field?: string): ErratumError {
  return badFile({ file, field }, reason, 'Take another copy of the file; nothing of this one was used.')
}
