/**
 * `session.json`: what a session is built on. Written once, when the session is made. Its last field, `sha256`, is of all
 * bytes before the comma in front of it: another reach or another rule would change what the model writes, unseen.
 */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ErratumError } from '../../contract/errors.ts'
import { jsonReason } from '../../contract/json-reason.ts'
import { badFile } from '../formats/bad-file.ts'
import { replaceFile, syncFolder, writing } from './durable.ts'
import { migratedHeader, SCHEMA_VERSION } from './migrations.ts'
import { readPlainFile } from './plain-file.ts'

export const HEADER_FILE = 'session.json'
const BACKUP_FOLDER = 'backup'
/** the same bytes once more: without its header nothing of a session could be read */
const HEADER_COPY = join(BACKUP_FOLDER, HEADER_FILE)
const ASIDE_FOLDER = 'set-aside'

const distance = z.number().nonnegative()

/** Distances are Euclidean; `noise` is relative to the length of a key. */
const routing = {
  /** the farthest at which a key fires */
  reach: distance,
  /** share of the distance to the nearest rival within which a key fires, between 0 and 1 */
  margin: z.number().gt(0).lt(1),
  /** relative noise of a key between request shapes */
  noise: z.number().nonnegative(),
  /** first radius of a cluster; for the index mode `clusters` */
  radius: distance
}

export const sessionHeader = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  /** ISO 8601, UTC */
  createdAt: z.string(),
  model: z.object({ id: z.string(), path: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  key: z.object({
    /** -1: the embeddings, of a model with a single layer */
    layer: z.int().min(-1),
    parts: z.array(z.enum(['mean', 'weighted', 'last'])).min(1),
    metric: z.literal('euclidean'),
    /** whether `calibration.safetensors` centres and whitens the parts */
    whitened: z.boolean()
  }),
  loraLayers: z.array(z.int().nonnegative()).min(1),
  ...routing,
  /** the same four for the key of the paper's protocol */
  paper: z.object(routing),
  sentenceRule: z.object({
    version: z.union([z.literal(1), z.literal(2)]),
    terminators: z.string(),
    unspaced: z.string().optional(),
    unspacedBeforeCjk: z.string().optional(),
    closingMarks: z.string(),
    spacedClosingMarks: z.string().optional(),
    wordBreaks: z.string(),
    initials: z.boolean(),
    dottedLetters: z.int().nonnegative(),
    abbreviations: z.array(z.string()).readonly(),
    finalAbbreviations: z.array(z.string()).readonly().optional(),
    starters: z.array(z.string()).readonly().optional(),
    ordinalDigits: z.int().nonnegative().optional(),
    afterOrdinals: z.array(z.string()).readonly().optional()
  }),
  index: z.enum(['scopes', 'clusters']),
  /** of the copied calibration; null: the session has none */
  calibrationSha256: z.string().nullable(),
  /** of the editor, as it wrote them */
  settings: z.record(z.string(), z.json())
})

export type SessionHeader = z.infer<typeof sessionHeader>

/** What the maker of a session gives; the rest is filled in. */
export type NewSessionHeader = Omit<SessionHeader, 'schemaVersion' | 'createdAt' | 'calibrationSha256'>

/** @throws ErratumError `BadInput` with the field that makes no sense; nothing is written then */
export async function writeHeader(folder: string, header: SessionHeader): Promise<void> {
  const parsed = sessionHeader.safeParse(header)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue.path.join('.')
    throw new ErratumError('BadInput', `A session cannot have this ${field}: ${issue.message}.`, { field })
  }
  const sealed = JSON.stringify(parsed.data, null, 2).slice(0, -2)
  const text = `${sealed},\n  "sha256": "${sha256(sealed)}"\n}\n`
  // The copy first: a folder with a header is a whole session.
  await mkdir(join(folder, BACKUP_FOLDER), { recursive: true })
  await replaceFile(join(folder, HEADER_COPY), text)
  await replaceFile(join(folder, HEADER_FILE), text)
}

export interface ReadHeader {
  readonly header: SessionHeader
  /** that the file has; the header is as the present version has it */
  readonly schemaVersion: number
  /** the file is not as it was written, and its copy is no better: no route can be trusted; null: nothing is wrong */
  readonly problem: ErratumError | null
  /** why the copy of the file was read in its place, and what it says; null: it was not */
  readonly fromCopy: { readonly reason: ErratumError; readonly text: string } | null
}

/** @throws ErratumError `NotFound` where the folder is no session, `BadFile` where its header cannot be read */
export async function readHeader(folder: string): Promise<ReadHeader> {
  const file = join(folder, HEADER_FILE)
  const own = await textOf(folder, file)
  const found = typeof own === 'string' ? checkHeader(file, own) : { refusal: own }
  if ('header' in found && found.problem === null) return { ...found, fromCopy: null }
  const reason = 'header' in found ? found.problem! : found.refusal
  const text = await readPlainFile(join(folder, HEADER_COPY)).then(String, () => null)
  const copy = text === null ? null : checkHeader(join(folder, HEADER_COPY), text)
  if (copy && 'header' in copy && copy.problem === null) return { ...copy, fromCopy: { reason, text: text! } }
  if ('header' in found) return { ...found, fromCopy: null }
  throw found.refusal
}

/** Puts the copy in the place of a damaged header, whose bytes are kept. */
export async function mendHeader(folder: string, text: string): Promise<string> {
  const file = join(folder, HEADER_FILE)
  return writing(file, async () => {
    const aside = join(folder, ASIDE_FOLDER)
    await mkdir(aside, { recursive: true })
    await syncFolder(folder)
    const kept = join(aside, `session-damaged-${Date.now()}.json`)
    await replaceFile(kept, await readPlainFile(file))
    await replaceFile(file, text)
    return kept
  })
}

/** The text, or why what stands there is not read. */
async function textOf(folder: string, file: string): Promise<string | ErratumError> {
  try {
    return (await readPlainFile(file)).toString('utf8')
  } catch (error) {
    if (error instanceof ErratumError) return error
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    throw new ErratumError('NotFound', `${folder} is not a session: it has no ${HEADER_FILE}.`, {
      file: folder,
      cure: 'Give the folder that the session was saved in.'
    })
  }
}

const BACKUP = 'Put the file back from a backup.'

function checkHeader(
  file: string,
  text: string
): Pick<ReadHeader, 'header' | 'schemaVersion' | 'problem'> | { refusal: ErratumError } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { refusal: badFile({ file }, `it is not JSON (${jsonReason(error)})`, BACKUP) }
  }
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion
  if (typeof version === 'number' && version > SCHEMA_VERSION) {
    const reason = `the session has format ${version} and this program reads up to ${SCHEMA_VERSION}`
    const refusal = badFile({ file, field: 'schemaVersion' }, reason, 'Open it with a newer Erratum.')
    // Unless a flipped bit says so, it is no damage, and an older copy is no header of it.
    if (problemOf(file, text, value) === null) throw refusal
    return { refusal }
  }
  const parsed = sessionHeader.safeParse(migratedHeader(value))
  if (parsed.success)
    return { header: parsed.data, schemaVersion: version as number, problem: problemOf(file, text, value) }
  const issue = parsed.error.issues[0]
  return { refusal: badFile({ file, field: issue.path.join('.') }, issue.message, BACKUP) }
}

const SEAL = /,\n {2}"sha256": "([0-9a-f]{64})"\n\}\n$/

/** Sessions that were made before there was a checksum have none, and nothing can be said of them. */
function problemOf(file: string, text: string, value: unknown): ErratumError | null {
  if (!Object.hasOwn(value as object, 'sha256')) return null
  const seal = SEAL.exec(text)
  if (seal && sha256(text.slice(0, seal.index)) === seal[1]) return null
  const cure = `${BACKUP} Until then the session opens for reading.`
  return badFile({ file }, 'it is not as it was written: its checksum differs', cure)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
