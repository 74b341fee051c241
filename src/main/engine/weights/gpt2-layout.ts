/** What a GPT-2 folder must hold: its configuration and the name and shape of every weight. */
import { ErratumError } from '../../../contract/errors.ts'
import type { Gpt2Config } from '../models/language-model.ts'
import { bad } from './safetensors.ts'

/** What `config.json` says of the arithmetic; end-of-text.ts reads what ends a text. */
export type StoredGpt2Config = Omit<Gpt2Config, 'eosIds' | 'closingId'>

/** The names under which transformers takes these fields too (`GPT2Config.attribute_map`); they win where both are given. */
const SYNONYMS: Readonly<Record<string, string>> = {
  n_layer: 'num_hidden_layers',
  n_head: 'num_attention_heads',
  n_embd: 'hidden_size',
  n_positions: 'max_position_embeddings'
}

/** Names of GELU in its tanh form in transformers' ACT2FN: one function, equal to float32 rounding (2.4e-7 on [-8, 8]). */
const TANH_GELUS: readonly unknown[] = [
  'gelu_new',
  'gelu_pytorch_tanh',
  'gelu_fast',
  'gelu_accurate',
  'gelu_python_tanh'
]

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
    const given = [SYNONYMS[name], name].find((one) => one !== undefined && (fields[one] ?? null) !== null)
    const value = given === undefined ? fallback : fields[given]
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number
    throw badField(file, given ?? name, value, 'a positive whole number')
  }
  const config = {
    layers: positive('n_layer', 12),
    heads: positive('n_head', 12),
    width: positive('n_embd', 768),
    positions: positive('n_positions', 1024),
    vocabulary: positive('vocab_size', 50257),
    layerNormEpsilon: epsilon(file, fields.layer_norm_epsilon ?? 1e-5)
  }
  if (config.width % config.heads !== 0)
    throw bad(file, `its width ${config.width} (n_embd) cannot be shared by ${config.heads} heads (n_head)`)

  const variant = (name: string, due: unknown): void => {
    const value = fields[name] ?? due
    if (value !== due)
      throw bad(
        file,
        `its ${name} is ${JSON.stringify(value)}, expected ${JSON.stringify(due)}`,
        'Choose a plain GPT-2 model.'
      )
  }
  if (!TANH_GELUS.includes(fields.activation_function ?? 'gelu_new')) variant('activation_function', 'gelu_new')
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

/** What wrappers of a module (torch.compile, DDP, FSDP, activation checkpoints, DeepSpeed) put into the names of its weights. */
const WRAPPERS: ReadonlySet<string> = new Set([
  '_orig_mod',
  'module',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
  '_forward_module'
])

/** The name as transformers saves it: without what wrappers put in. */
export function unwrappedName(stored: string): string {
  return stored
    .split('.')
    .filter((part) => !WRAPPERS.has(part))
    .join('.')
}

/** A name as `gpt2Shapes` has it; null for the buffers of old files (the causal mask), which hold nothing learned. */
export function plainName(stored: string): string | null {
  const name = unwrappedName(stored).replace(/^transformer\./, '')
  return /^h\.\d+\.attn\.(bias|masked_bias)$/.test(name) ? null : name
}

/** As float32 it must be a positive number: 1e-50 would be 0 there. */
function epsilon(file: string, value: unknown): number {
  if (typeof value === 'number' && Math.fround(value) > 0 && Number.isFinite(Math.fround(value))) return value
  throw badField(file, 'layer_norm_epsilon', value, 'a positive number')
}

/** @param value as JSON.parse gave it: 1e999 is Infinity */
function badField(file: string, field: string, value: unknown, expected: string): ErratumError {
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return new ErratumError('BadFile', `${file}: ${field} is ${shown}, expected ${expected}.`, {
    file,
    field,
    cure: 'Download or export the model again.'
  })
}
