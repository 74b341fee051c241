/** A Hugging Face folder of a GPT-2: configuration, tokenizer, and where each weight lies. No weight is loaded here. */
import { createHash } from 'node:crypto'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import type { Gpt2Config } from '../models/language-model.ts'
import { loadTokenizer } from '../tokenizer/load.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { CheckedFiles } from './checked-files.ts'
import { endOfText } from './end-of-text.ts'
import { checkUnchanged, stampToRead } from './file-stamp.ts'
import type { FileStamp } from './file-stamp.ts'
import { checkFiles, readJson, weightFiles } from './folder-files.ts'
import type { WeightFile } from './folder-files.ts'
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
  /** in the order of their names */
  readonly weightFiles: readonly WeightFile[]
  /** Where a weight lies, by its name without prefix: `wte.weight`, `h.0.attn.c_attn.weight`, `ln_f.bias` ... */
  tensor(name: string): TensorLocation
  /** @throws ErratumError `BadFile` where a weight file is no longer the one that was opened */
  checkUnchanged(): void
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
  checkFiles(folder)
  const configFile = join(folder, 'config.json')
  const json = readJson(configFile)
  const stored = parseGpt2Config(configFile, json)
  const { tokenizer, notices } = loadTokenizer(folder)
  const { vocabulary } = stored
  const end = endOfText(folder, json as Record<string, unknown>, { vocabulary, endId: tokenizer.endId })
  const config: Gpt2Config = { ...stored, eosIds: end.eosIds, closingId: end.closingId }

  const files = weightFiles(folder)
  const stamps = await Promise.all(files.map(({ file }) => stampToRead(file)))
  const headers = files.map(({ file }) => readSafetensorsHeader(file))
  const tensors = collect(headers)
  checkLayers(configFile, stored.layers, tensors)
  let parameters = 0
  for (const [name, due] of gpt2Shapes(stored)) {
    checkTensor(folder, name, tensors.get(name), due)
    parameters += elements(due)
  }
  refuseUntiedHead(tensors)

  const hashes: string[] = []
  const unnoted: string[] = []
  for (const [i, header] of headers.entries())
    hashes.push(await sha256Of(header, stamps[i], checked, (notice) => unnoted.push(notice)))
  return {
    path: folder,
    config,
    sha256: hashes.length === 1 ? hashes[0] : createHash('sha256').update(hashes.join('')).digest('hex'),
    tokenizer,
    notices: [...notices, ...end.notices, ...unnoted],
    parameters,
    weightFiles: files,
    checkUnchanged() {
      for (const stamp of stamps) checkUnchanged(stamp)
    },
    tensor(name) {
      const location = tensors.get(name)
      if (location === undefined) throw new ErratumError('Internal', `A GPT-2 has no weight ${name}.`, { file: folder })
      return location
    }
  }
}

/** By their names without prefix. The head is tied to the embedding: either may be stored for both. */
function collect(headers: readonly SafetensorsHeader[]): Map<string, TensorLocation> {
  const tensors = new Map<string, TensorLocation>()
  for (const header of headers)
    for (const [stored, location] of header.tensors) {
      const name = plainName(stored)
      if (name === null) continue
      if (tensors.has(name)) throw bad(header.file, `tensor ${name} is there twice`)
      tensors.set(name, location)
    }
  const head = tensors.get('lm_head.weight')
  if (head && !tensors.has('wte.weight')) tensors.set('wte.weight', head)
  return tensors
}

function checkTensor(folder: string, name: string, location: TensorLocation | undefined, due: readonly number[]): void {
  if (location === undefined)
    throw bad(folder, `tensor ${name} is missing`, 'Download or export all of its files again.')
  const { file, shape, dtype } = location
  if (shape.length !== due.length || shape.some((size, axis) => size !== due[axis]))
    throw bad(
      file,
      `tensor ${name} has the shape [${shape.join(', ')}], but config.json asks for [${due.join(', ')}]`,
      'Use the config.json that belongs to the weights.'
    )
  if (dtype !== 'F32')
    throw bad(file, `tensor ${name} is stored as ${dtype}, expected F32`, 'Save the model as float32 (model.float()).')
}

/** Before anything is made of the configuration's number; weights of a layer that it does not count would be left out in silence. */
function checkLayers(configFile: string, layers: number, tensors: ReadonlyMap<string, TensorLocation>): void {
  const stored = new Set([...tensors.keys()].map((name) => /^h\.(\d+)\./.exec(name)?.[1]).filter((layer) => layer !== undefined)) // prettier-ignore
  if (stored.size !== layers || [...stored].some((layer) => Number(layer) >= layers))
    throw bad(
      configFile,
      `it counts ${layers} layers (n_layer), and the weights have ${stored.size}`,
      'Use the config.json that belongs to the weights.'
    )
}

function refuseUntiedHead(tensors: ReadonlyMap<string, TensorLocation>): void {
  const head = tensors.get('lm_head.weight')
  const embedding = tensors.get('wte.weight')!
  if (head === undefined || head === embedding) return
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

/** @param tell is told where the hash could not be kept: it is derived, so the model opens all the same */
async function sha256Of(
  header: SafetensorsHeader,
  stamp: FileStamp,
  checked: CheckedFiles | undefined,
  tell: (notice: string) => void
): Promise<string> {
  const known = checked?.sha256Of(stamp) ?? null
  if (known !== null) return known
  const sha256 = await inspectWeights(header, (name) => plainName(name) !== null)
  checkUnchanged(stamp, 'while it was read')
  try {
    checked?.remember(stamp, sha256)
  } catch (error) {
    tell(`The model is read whole again next time: its check could not be saved (${(error as Error).message}).`)
  }
  return sha256
}
