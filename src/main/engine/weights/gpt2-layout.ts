/** What a GPT-2 folder must hold: its configuration and the name and shape of every weight. */
import { ErratumError } from '../../../contract/errors.ts'
import type { Gpt2Config } from '../models/language-model.ts'
import { bad } from './safetensors.ts'

/** What `config.json` says of the arithmetic; end-of-text.ts reads what ends a text. */
export type StoredGpt2Config = Omit<Gpt2Config, 'eosIds' | 'closingId'>

/**
 * Reads GPT-2's fields of a `config.json`; absent ones take the defaults of Hugging Face.
 * @throws ErratumError `BadFile` for another architecture or a variant whose arithmetic differs
 */
export function parseGpt2Config(file: string, json: unknown): StoredGpt2Config {
  if (typeof json !== 'object' || json === null) throw bad(file, 'it is not a JSON object')
  const fields = json as Record<string, unknown>
  const type = fields.model_type
  if (type !== 'gpt2')
    throw bad(file, `its model_type is ${JSON.stringify(type)} and only gpt2 can be edited`, 'Choose a GPT-2 model.')

  const positive = (name: string, fallback?: number): number => {
    const value = fields[name] ?? fallback
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number
    throw new ErratumError(
      'BadFile',
      `${file}: ${name} is ${JSON.stringify(value)} and a positive whole number is due.`,
      {
        file,
        field: name,
        cure: 'Download or export the model again.'
      }
    )
  }
  const config = {
    layers: positive('n_layer', 12),
    heads: positive('n_head', 12),
    width: positive('n_embd', 768),
    positions: positive('n_positions', 1024),
    vocabulary: positive('vocab_size', 50257),
    layerNormEpsilon: Number(fields.layer_norm_epsilon ?? 1e-5)
  }
  if (!(config.layerNormEpsilon > 0)) throw bad(file, `its layer_norm_epsilon is ${config.layerNormEpsilon}`)
  if (config.width % config.heads !== 0)
    throw bad(file, `its width ${config.width} (n_embd) cannot be shared by ${config.heads} heads (n_head)`)

  const variant = (name: string, due: unknown): void => {
    const value = fields[name] ?? due
    if (value !== due)
      throw bad(
        file,
        `its ${name} is ${JSON.stringify(value)} and ${JSON.stringify(due)} is due`,
        'Choose a plain GPT-2 model.'
      )
  }
  variant('activation_function', 'gelu_new')
  variant('n_inner', 4 * config.width)
  variant('scale_attn_weights', true)
  variant('scale_attn_by_inverse_layer_idx', false)
  variant('tie_word_embeddings', true)
  variant('add_cross_attention', false)
  return config
}

/** The shape of every weight, by its name without prefix; [in, out] for GPT-2's Conv1D matrices. */
export function gpt2Shapes({ layers, width: D, positions, vocabulary }: StoredGpt2Config): Map<string, number[]> {
  const shapes = new Map<string, number[]>([
    ['wte.weight', [vocabulary, D]],
    ['wpe.weight', [positions, D]]
  ])
  const affine = (name: string, input: number, output: number): void => {
    shapes.set(`${name}.weight`, [input, output]).set(`${name}.bias`, [output])
  }
  const layerNorm = (name: string): void => {
    shapes.set(`${name}.weight`, [D]).set(`${name}.bias`, [D])
  }
  for (let layer = 0; layer < layers; layer++) {
    layerNorm(`h.${layer}.ln_1`)
    affine(`h.${layer}.attn.c_attn`, D, 3 * D)
    affine(`h.${layer}.attn.c_proj`, D, D)
    layerNorm(`h.${layer}.ln_2`)
    affine(`h.${layer}.mlp.c_fc`, D, 4 * D)
    affine(`h.${layer}.mlp.c_proj`, 4 * D, D)
  }
  layerNorm('ln_f')
  return shapes
}

/** A name as `gpt2Shapes` has it; null for the buffers of old files (the causal mask), which hold nothing learned. */
export function plainName(stored: string): string | null {
  const name = stored.replace(/^transformer\./, '')
  return /^h\.\d+\.attn\.(bias|masked_bias)$/.test(name) ? null : name
}
