/** A GPT-2 of a few thousand random values in a folder of its own, for tests that need one on the disk. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tensor } from '../../../src/main/engine/tensor.ts'
import { writeSafetensors } from '../../../src/main/engine/weights/safetensors.ts'

/** The tokenizer of tests/engine/tokenizer has this many entries; the last one ends a text. */
export const SMALL_VOCABULARY = 501
const SMALL_TOKENIZER = join(import.meta.dirname, '../tokenizer/golden/small-tokenizer.json')

export const TINY = { n_layer: 2, n_head: 3, n_embd: 12, n_positions: 16, vocab_size: SMALL_VOCABULARY }

export type TinyFields = Partial<typeof TINY>

export function tinyConfig(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    model_type: 'gpt2',
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
    eos_token_id: SMALL_VOCABULARY - 1,
    ...TINY,
    ...fields
  }
}

/** Weights by their names without prefix: N(0, 0.02)-like, layer norms near 1 and 0; the same for the same seed. */
export function tinyWeights(fields: TinyFields = {}, seed = 1, spread = 0.1): Record<string, Tensor> {
  const { n_layer, n_embd: D, n_positions, vocab_size } = { ...TINY, ...fields }
  let state = seed >>> 0
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  const tensor = (shape: number[], mean = 0): Tensor => ({
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => mean + spread * uniform())
  })
  const weights: Record<string, Tensor> = {
    'wte.weight': tensor([vocab_size, D]),
    'wpe.weight': tensor([n_positions, D])
  }
  const add = (name: string, shape: number[], mean = 0): void => {
    weights[`${name}.weight`] = tensor(shape, mean)
    weights[`${name}.bias`] = tensor(shape.slice(-1))
  }
  for (let layer = 0; layer < n_layer; layer++) {
    add(`h.${layer}.ln_1`, [D], 1)
    add(`h.${layer}.attn.c_attn`, [D, 3 * D])
    add(`h.${layer}.attn.c_proj`, [D, D])
    add(`h.${layer}.ln_2`, [D], 1)
    add(`h.${layer}.mlp.c_fc`, [D, 4 * D])
    add(`h.${layer}.mlp.c_proj`, [4 * D, D])
  }
  add('ln_f', [D], 1)
  return weights
}

export interface TinyFolder {
  config?: Record<string, unknown>
  weights?: Record<string, Tensor>
  tokenizer?: boolean
}

/** Writes the folder; `weights` and `config` replace the tiny ones. */
export function writeTinyFolder(
  folder: string,
  { config = tinyConfig(), weights = tinyWeights(), tokenizer = true }: TinyFolder = {}
): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  writeSafetensors(join(folder, 'model.safetensors'), weights, { format: 'pt' })
  if (tokenizer) copyFileSync(SMALL_TOKENIZER, join(folder, 'tokenizer.json'))
  return folder
}
