/** A Hugging Face folder of a GPT-2: configuration, tokenizer, and where each weight lies. No weight is loaded here. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import { jsonReason } from '../../../contract/json-reason.ts'
import type { Gpt2Config } from '../models/language-model.ts'
import { loadTokenizer } from '../tokenizer/load.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { CheckedFiles } from './checked-files.ts'
import { endOfText } from './end-of-text.ts'
import { gpt2Shapes, parseGpt2Config, plainName } from './gpt2-layout.ts'
import { inspectWeights } from './inspect.ts'
import { bad, elements, readSafetensorsHeader, readTensor } from './safetensors.ts'
import type { SafetensorsHeader, TensorLocation } from './safetensors.ts'

export interface ModelFolder {
  /** real path: links are followed, as ONNX Runtime refuses those that leave the folder */
  readonly path: string
  readonly config: Gpt2Config
  /** hex sha256 of the weight file; of the files' hashes in the order of their names where there are shards */
  readonly sha256: string
  readonly tokenizer: Tokenizer
  /** what a person should know of how the folder is read, a sentence each */
  readonly notices: readonly string[]
  /** number of trained values; the head is `wte` and counts once */
  readonly parameters: number
  /** Where a weight lies, by its name without prefix: `wte.weight`, `h.0.attn.c_attn.weight`, `ln_f.bias` ... */
  tensor(name: string): TensorLocation
}

export interface OpenOptions {
  /** Files found good before are not read again. */
  checked?: CheckedFiles
}

/**
 * Opens a model folder and checks all of it: configuration, tokenizer, shapes, and every value of the weights.
 * @throws ErratumError `NotFound` without a folder, `BadFile` naming the file, what came, what was due and the cure
 */
export async function openModelFolder(path: string, { checked }: OpenOptions = {}): Promise<ModelFolder> {
  if (!existsSync(path) || !statSync(path).isDirectory())
    throw new ErratumError('NotFound', `There is no folder ${path}.`, {
      file: path,
      cure: 'Check the path of the model.'
    })
  const folder = realpathSync(path)
  const configFile = join(folder, 'config.json')
  const json = readJson(configFile)
  const stored = parseGpt2Config(configFile, json)
  const { tokenizer, notices } = loadTokenizer(folder)
  const { vocabulary } = stored
  const end = endOfText(folder, json as Record<string, unknown>, { vocabulary, endId: tokenizer.endId })
  const config: Gpt2Config = { ...stored, eosIds: end.eosIds, closingId: end.closingId }

  const headers = weightFiles(folder).map((file) => readSafetensorsHeader(realpathSync(file)))
  const tensors = collect(headers)
  let parameters = 0
  for (const [name, due] of gpt2Shapes(stored)) {
    checkTensor(folder, name, tensors.get(name), due)
    parameters += elements(due)
  }
  refuseSurplus(tensors, stored.layers)
  refuseUntiedHead(tensors)

  const hashes: string[] = []
  for (const header of headers) hashes.push(await sha256Of(header, checked))
  return {
    path: folder,
    config,
    sha256: hashes.length === 1 ? hashes[0] : createHash('sha256').update(hashes.join('')).digest('hex'),
    tokenizer,
    notices: [...notices, ...end.notices],
    parameters,
    tensor(name) {
      const location = tensors.get(name)
      if (location === undefined) throw new ErratumError('Internal', `A GPT-2 has no weight ${name}.`, { file: folder })
      return location
    }
  }
}

/** `model.safetensors`, or the shards of its index by name. */
function weightFiles(folder: string): string[] {
  const single = join(folder, 'model.safetensors')
  if (existsSync(single)) return [single]
  const index = join(folder, 'model.safetensors.index.json')
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
      if (typeof file !== 'string' || file !== basename(file) || file === '..')
        throw bad(index, `${JSON.stringify(file)} is not the name of a file in this folder`)
      return file
    })
    .sort()
    .map((file) => join(folder, file))
}

function collect(headers: readonly SafetensorsHeader[]): Map<string, TensorLocation> {
  const tensors = new Map<string, TensorLocation>()
  for (const header of headers)
    for (const [stored, location] of header.tensors) {
      const name = plainName(stored)
      if (name === null) continue
      if (tensors.has(name)) throw bad(header.file, `tensor ${name} is there twice`)
      tensors.set(name, location)
    }
  return tensors
}

function checkTensor(folder: string, name: string, location: TensorLocation | undefined, due: readonly number[]): void {
  if (location === undefined)
    throw bad(folder, `tensor ${name} is missing`, 'Download or export all of its files again.')
  const { file, shape, dtype } = location
  if (shape.length !== due.length || shape.some((size, axis) => size !== due[axis]))
    throw bad(
      file,
      `tensor ${name} has the shape [${shape.join(', ')}] and config.json makes [${due.join(', ')}] due`,
      'Use the config.json that belongs to the weights.'
    )
  if (dtype !== 'F32')
    throw bad(file, `tensor ${name} is stored as ${dtype} and F32 is due`, 'Save the model as float32 (model.float()).')
}

/** Weights of a layer that config.json does not count would be left out in silence. */
function refuseSurplus(tensors: ReadonlyMap<string, TensorLocation>, layers: number): void {
  for (const [name, { file }] of tensors) {
    const layer = /^h\.(\d+)\./.exec(name)?.[1]
    if (layer !== undefined && Number(layer) >= layers)
      throw bad(
        file,
        `tensor ${name} is there and config.json counts ${layers} layers`,
        'Use the config.json that belongs to the weights.'
      )
  }
}

function refuseUntiedHead(tensors: ReadonlyMap<string, TensorLocation>): void {
  const head = tensors.get('lm_head.weight')
  if (head === undefined) return
  const embedding = tensors.get('wte.weight')!
  const same =
    head.dtype === embedding.dtype &&
    head.byteLength === embedding.byteLength &&
    Buffer.compare(bytesOf(head), bytesOf(embedding)) === 0
  if (!same)
    throw bad(
      head.file,
      'its lm_head.weight differs from wte.weight',
      'Choose a GPT-2 whose head is tied to its embedding.'
    )
}

function bytesOf(location: TensorLocation): Uint8Array {
  const { data } = readTensor(location)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

async function sha256Of(header: SafetensorsHeader, checked: CheckedFiles | undefined): Promise<string> {
  const known = checked?.sha256Of(header.file) ?? null
  if (known !== null) return known
  const sha256 = await inspectWeights(header, (name) => plainName(name) !== null)
  checked?.remember(header.file, sha256)
  return sha256
}

function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw bad(file, 'it is missing', 'Use a complete Hugging Face model folder.')
  }
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw bad(file, `it is not JSON (${jsonReason(error)})`)
  }
}
