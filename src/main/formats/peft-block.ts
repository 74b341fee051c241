/**
 * A LoRA block as a PEFT adapter folder, so that a trained block runs in Python as it is.
 *
 * PEFT stores the transposes of ours: `lora_A.weight` [p, D] and `lora_B.weight` [F, p] for A [D, p] and B [p, F].
 * Its scale is lora_alpha / r: both are p here, which gives the scale 1 that the block was trained with. A config
 * without `lora_alpha` loads without an error and is wrong (PEFT's default is 8).
 */
import { jsonReason } from '../../contract/json-reason.ts'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { BlockWeights } from '../engine/models/language-model.ts'
import { readSafetensorsHeader, readTensor, writeSafetensors } from '../engine/weights/safetensors.ts'
import type { TensorLocation } from '../engine/weights/safetensors.ts'
import { badFile } from './bad-file.ts'

export const ADAPTER_WEIGHTS = 'adapter_model.safetensors'
export const ADAPTER_CONFIG = 'adapter_config.json'

export interface PeftBlock {
  readonly weights: BlockWeights
  /** layers whose `mlp.c_fc` the block updates, ascending, one for each pair of `weights` */
  readonly loraLayers: readonly number[]
  readonly baseModel: string
}

const MODULE = /^transformer\.h\.(\d+)\.mlp\.c_fc$/
const moduleOf = (layer: number): string => `transformer.h.${layer}.mlp.c_fc`
const tensorOf = (layer: number, part: 'A' | 'B'): string => `base_model.model.${moduleOf(layer)}.lora_${part}.weight`

const adapterConfig = z.looseObject({
  peft_type: z.literal('LORA'),
  base_model_name_or_path: z.string().nullable().default(null),
  r: z.int().positive(),
  lora_alpha: z.number(),
  target_modules: z.array(z.string().regex(MODULE)).min(1),
  fan_in_fan_out: z.literal(true)
})

/** Writes the two files of the adapter into an existing folder; the same block always gives the same bytes. */
export function writePeftBlock(folder: string, { weights, loraLayers, baseModel }: PeftBlock): void {
  const { rank, a, b } = weights
  const tensors: Parameters<typeof writeSafetensors>[1] = Object.fromEntries(
    loraLayers.flatMap((layer, i) => {
      const width = a[i].length / rank
      const inner = b[i].length / rank
      return [
        [tensorOf(layer, 'A'), { dtype: 'float32', shape: [rank, width], data: transpose(a[i], width, rank) }],
        [tensorOf(layer, 'B'), { dtype: 'float32', shape: [inner, rank], data: transpose(b[i], rank, inner) }]
      ]
    })
  )
  writeSafetensors(join(folder, ADAPTER_WEIGHTS), tensors, { format: 'pt' })
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: rank,
    lora_alpha: rank,
    lora_dropout: 0,
    bias: 'none',
    target_modules: loraLayers.map(moduleOf),
    fan_in_fan_out: true,
    inference_mode: true
  }
  writeFileSync(join(folder, ADAPTER_CONFIG), JSON.stringify(config, null, 2) + '\n')
}

/**
 * Reads an adapter that updates `mlp.c_fc` of a GPT-2 at scale 1.
 * @throws ErratumError `BadFile` for anything else, with the field that is wrong
 */
export function readPeftBlock(folder: string): PeftBlock {
  const { rank, loraLayers, baseModel, tensorAt } = checkPeftBlock(folder)
  const read = (layer: number, part: 'A' | 'B'): Float32Array => {
    const location = tensorAt(layer, part)
    const [rows, columns] = location.shape
    return transpose(readTensor(location).data as Float32Array, rows, columns)
  }
  const weights = {
    rank,
    a: loraLayers.map((layer) => read(layer, 'A')),
    b: loraLayers.map((layer) => read(layer, 'B'))
  }
  return { weights, loraLayers, baseModel }
}

/** The same without reading the weights. @throws ErratumError `BadFile`, as reading does */
export function checkPeftBlock(folder: string): {
  rank: number
  loraLayers: number[]
  baseModel: string
  tensorAt: (layer: number, part: 'A' | 'B') => TensorLocation
} {
  const configFile = join(folder, ADAPTER_CONFIG)
  const config = readConfig(configFile)
  const rank = config.r
  if (config.lora_alpha !== rank)
    throw badFile(
      { file: configFile, field: 'lora_alpha' },
      `the scale lora_alpha / r = ${config.lora_alpha} / ${rank} is not 1`,
      'Multiply lora_B by that scale and set lora_alpha to r.'
    )
  const loraLayers = config.target_modules.map((name) => Number(MODULE.exec(name)![1])).sort((x, y) => x - y)
  const file = join(folder, ADAPTER_WEIGHTS)
  const { tensors } = readSafetensorsHeader(file)
  const tensorAt = (layer: number, part: 'A' | 'B'): TensorLocation => {
    const name = tensorOf(layer, part)
    const location = tensors.get(name)
    if (!location)
      throw badFile({ file, field: name }, 'this tensor is missing', 'Export the adapter with all its modules.')
    checkRank(file, name, location, part, rank)
    return location
  }
  for (const layer of loraLayers) for (const part of ['A', 'B'] as const) tensorAt(layer, part)
  return { rank, loraLayers, tensorAt, baseModel: config.base_model_name_or_path ?? '' }
}

function readConfig(file: string): z.infer<typeof adapterConfig> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw badFile({ file }, jsonReason(error), 'Export the adapter again.')
  }
  const parsed = adapterConfig.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw badFile(
    { file, field: issue.path.join('.') },
    issue.message,
    'Only LoRA adapters of mlp.c_fc with full module names and fan_in_fan_out can be read.'
  )
}

function checkRank(file: string, name: string, location: TensorLocation, part: 'A' | 'B', rank: number): void {
  const { dtype, shape } = location
  const due = part === 'A' ? `[${rank}, in]` : `[out, ${rank}]`
  if (dtype !== 'F32' || shape.length !== 2 || shape[part === 'A' ? 0 : 1] !== rank)
    throw badFile(
      { file, field: name },
      `it is ${dtype} [${shape.join(', ')}] and F32 ${due} is due`,
      'Export the adapter as float32 with the rank of its config.'
    )
}

/** [rows, columns] -> [columns, rows] */
function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c]
  return out
}
