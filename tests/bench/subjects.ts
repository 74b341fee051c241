/** The models that are measured, and the random inputs that all contenders share. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultEditPoints, defaultSettings } from '../../src/main/editor/edit-settings.ts'
import { randomFrom } from '../../src/main/engine/generation/random.ts'
import type { Gpt2Config } from '../../src/main/engine/models/language-model.ts'
import type { Tensor } from '../../src/main/engine/tensor.ts'
import { gpt2Shapes } from '../../src/main/engine/weights/gpt2-layout.ts'
import { openModelFolder } from '../../src/main/engine/weights/model-folder.ts'
import { elements, writeSafetensors } from '../../src/main/engine/weights/safetensors.ts'
import { MOST_SAMPLES, TOKENS, type Subject } from './work.ts'

/** GPT-2 small, and a small stand-in that shows whether the benchmark itself works. */
export const GPT2_SMALL = { layers: 12, heads: 12, width: 768, positions: 1024, vocabulary: 50257 }
export const TINY = { layers: 12, heads: 4, width: 64, positions: 256, vocabulary: 9000 }

export async function openSubject(title: string, path: string, decoded: number, work: string): Promise<Subject> {
  const folder = await openModelFolder(path)
  const points = defaultEditPoints(folder.config)
  const { rank } = defaultSettings(folder.config)
  const inputs = join(work, `${title.replaceAll(/\W+/g, '-')}-inputs.safetensors`)
  writeSafetensors(inputs, randomInputs(folder.config, points.loraLayers.length, rank))
  return { title, folder, points, rank, decoded, inputs }
}

/** A Hugging Face folder with random weights. Texts are not read: the tokenizer is any that fits the vocabulary. */
export function writeRandomModel(
  path: string,
  size: typeof GPT2_SMALL,
  tokenizer: { file: string; eosId: number }
): void {
  const { layers, heads, width, positions, vocabulary } = size
  mkdirSync(path, { recursive: true })
  const config = {
    model_type: 'gpt2',
    n_layer: layers,
    n_head: heads,
    n_embd: width,
    n_positions: positions,
    vocab_size: vocabulary,
    eos_token_id: tokenizer.eosId
  }
  writeFileSync(join(path, 'config.json'), JSON.stringify(config, null, 2) + '\n')
  copyFileSync(tokenizer.file, join(path, 'tokenizer.json'))
  const random = noise(1)
  const tensors: Record<string, Tensor> = {}
  for (const [name, shape] of gpt2Shapes({ ...size, layerNormEpsilon: 1e-5 })) {
    // Norms start at one; all else as GPT-2 is initialised, with twice the spread so that logits tell tokens apart.
    const norm = /ln_\w+\.weight$/.test(name)
    const data = norm ? new Float32Array(elements(shape)).fill(1) : random(elements(shape), 0.14)
    tensors[name] = { dtype: 'float32', shape, data }
  }
  writeSafetensors(join(path, 'model.safetensors'), tensors)
}

function randomInputs({ width: D, vocabulary }: Gpt2Config, loraLayers: number, rank: number): Record<string, Tensor> {
  const random = noise(2)
  const uniform = randomFrom(3)
  const ids = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => Math.floor(uniform() * vocabulary))
  const floats = (data: Float32Array, ...shape: number[]): Tensor => ({ dtype: 'float32', shape, data })
  const B = MOST_SAMPLES
  const tensors: Record<string, Tensor> = {
    ids: floats(ids(TOKENS), TOKENS),
    targets: floats(ids(B * TOKENS), B, TOKENS),
    hidden: floats(random(B * TOKENS * D, 2), B, TOKENS, D)
  }
  for (let i = 0; i < loraLayers; i++) {
    tensors[`a.${i}`] = floats(random(B * D * rank, 0.2), B, D, rank)
    tensors[`b.${i}`] = floats(random(B * rank * 4 * D, 0.2), B, rank, 4 * D)
  }
  return tensors
}

/** Uniform numbers around zero, of this width. */
function noise(seed: number): (count: number, width: number) => Float32Array {
  const uniform = randomFrom(seed)
  return (count, width) => {
    const values = new Float32Array(count)
    for (let i = 0; i < count; i++) values[i] = width * (uniform() - 0.5)
    return values
  }
}
