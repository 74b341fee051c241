/** The files of a Hugging Face model folder: which belong to the model, and which of them hold its weights. */
import { closeSync, existsSync, readFileSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { jsonReason } from '../../../contract/json-reason.ts'
import { bad, openToRead } from './safetensors.ts'

/** A weight file, under the name that it has in the folder. */
export interface WeightFile {
  readonly name: string
  /** real path: links are followed, as ONNX Runtime refuses those that leave the folder */
  readonly file: string
}

const SINGLE = 'model.safetensors'
export const WEIGHT_INDEX = 'model.safetensors.index.json'
/** Configuration and tokenizer. A read-me and the like tell of the model as it was. */
const OTHER_FILE =
  /^(.*config\.json|tokenizer\.json|special_tokens_map\.json|added_tokens\.json|vocab\.json|merges\.txt|chat_template\.jinja)$/
/** Vocabularies of a million entries take some tens of megabytes. */
const LARGEST_TEXT_BYTES = 256 << 20

/** Configuration and tokenizer files of the folder, by name. */
export function textFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => OTHER_FILE.test(name))
}

/**
 * Refuses what cannot be a file of a model before anything is read: a pipe would hold the reader up for ever.
 * @throws ErratumError `BadFile` naming the file
 */
export function checkFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    const isText = OTHER_FILE.test(name) || name === WEIGHT_INDEX
    if (!isText && !name.endsWith('.safetensors')) continue
    const file = join(folder, name)
    const stats = statSync(file, { throwIfNoEntry: false })
    if (!stats) throw bad(file, 'it is a link to a file that is not there', COMPLETE)
    if (!stats.isFile()) throw bad(file, 'it is not a regular file', COMPLETE)
    if (isText && stats.size > LARGEST_TEXT_BYTES)
      throw bad(file, `it is ${stats.size} bytes long, more than the ${LARGEST_TEXT_BYTES} allowed`)
    refuseStandIn(file)
  }
}

/** `model.safetensors`, or the shards of its index by name. */
export function weightFiles(folder: string): WeightFile[] {
  return weightNames(folder).map((name) => {
    const file = join(folder, name)
    if (!existsSync(file)) throw bad(file, 'it is missing', 'Download or export all files of the model again.')
    return { name, file: realpathSync(file) }
  })
}

function weightNames(folder: string): string[] {
  if (existsSync(join(folder, SINGLE))) return [SINGLE]
  const index = join(folder, WEIGHT_INDEX)
  if (!existsSync(index))
    throw bad(
      folder,
      'it has neither model.safetensors nor model.safetensors.index.json',
      'Save the model with save_pretrained(..., safe_serialization=True).'
    )
  const map = (readJson(index) as { weight_map?: unknown } | null)?.weight_map
  const files = typeof map === 'object' && map !== null ? [...new Set(Object.values(map) as unknown[])] : []
  if (files.length === 0) throw bad(index, 'it has no weight_map')
  return files
    .map((file) => {
      // A shard lies beside its index: a path that leads elsewhere is not followed.
      if (typeof file !== 'string' || file === '' || file !== basename(file) || file === '..' || file === '.')
        throw bad(index, `${JSON.stringify(file)} is not the name of a file in this folder`)
      return file
    })
    .sort()
}

/** @throws ErratumError `BadFile` */
export function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw bad(file, 'it is missing', COMPLETE)
  }
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw bad(file, `it is not JSON (${jsonReason(error)})`)
  }
}

/**
 * Some files stand for others: a Git LFS pointer, or the text of a link where a copy did not keep links.
 * @throws ErratumError `BadFile` with the cure
 */
function refuseStandIn(file: string): void {
  const start = beginning(file)
  if (start.startsWith('version https://git-lfs.github.com/'))
    throw bad(
      file,
      'it is a Git LFS pointer and not the file itself',
      'Run `git lfs pull` there, or download the file.'
    )
  if (/^(\.\.?\/)+[^\s{}"]+$/.test(start.trimEnd()))
    throw bad(
      file,
      `it holds only the path of another file (${start.trimEnd()}), as a copy leaves it that does not keep links`,
      'Copy the model with its links followed (`cp -rL`), or download it again.'
    )
}

const COMPLETE = 'Use a complete Hugging Face model folder.'
const START_BYTES = 300

function beginning(file: string): string {
  const handle = openToRead(file)
  try {
    const bytes = Buffer.alloc(START_BYTES)
    return bytes.toString('latin1', 0, readSync(handle, bytes, 0, START_BYTES, 0))
  } finally {
    closeSync(handle)
  }
}
