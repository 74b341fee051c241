/** Tiny GPT-2s whose weights follow from a seed alone; random_gpt2.py makes the same numbers. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlockWeights, EditPoints, Gpt2Config } from '../../src/main/engine/models/language-model.ts'
import type { ModelSource } from '../../src/main/engine/models/gpt2-language-model.ts'
import type { Tensor } from '../../src/main/engine/tensor.ts'
import { readSafetensorsHeader, writeSafetensors } from '../../src/main/engine/weights/safetensors.ts'

export interface RandomGpt2 {
  layers: number
  heads: number
  width: number
  positions: number
  vocabulary: number
  seed: number
  keyLayer: number
  loraLayers: number[]
}

/** Uniform numbers in [-0.5, 0.5): a linear congruential generator modulo 2^32. */
export class Stream {
  private state: number

  constructor(seed: number) {
    this.state = seed
  }

  next(): number {
    this.state = (Math.imul(1664525, this.state) + 1013904223) >>> 0
    return this.state / 2 ** 32 - 0.5
  }

  floats(count: number, scale = 1, offset = 0): Float32Array {
    return Float32Array.from({ length: count }, () => offset + scale * this.next())
  }

  ids(count: number, vocabulary: number): number[] {
    return Array.from({ length: count }, () => Math.floor((this.next() + 0.5) * vocabulary))
  }
}

/** In the order in which the stream is drawn. */
export function randomTensors({ layers, width: D, positions, vocabulary, seed }: RandomGpt2): Record<string, Tensor> {
  const stream = new Stream(seed)
  const tensors: Record<string, Tensor> = {}
  const draw = (name: string, shape: number[], scale: number, offset = 0): void => {
    const data = stream.floats(
      shape.reduce((a, b) => a * b, 1),
      scale,
      offset
    )
    tensors[name] = { dtype: 'float32', shape, data }
  }
  draw('wte.weight', [vocabulary, D], 1)
  draw('wpe.weight', [positions, D], 0.5)
  for (let i = 0; i < layers; i++) {
    for (const part of ['ln_1', 'ln_2']) {
      draw(`h.${i}.${part}.weight`, [D], 0.4, 1)
      draw(`h.${i}.${part}.bias`, [D], 0.4)
    }
    const matrices: [string, number, number][] = [
      ['attn.c_attn', D, 3 * D],
      ['attn.c_proj', D, D],
      ['mlp.c_fc', D, 4 * D],
      ['mlp.c_proj', 4 * D, D]
    ]
    for (const [part, rows, columns] of matrices) {
      draw(`h.${i}.${part}.weight`, [rows, columns], 4 / Math.sqrt(rows))
      draw(`h.${i}.${part}.bias`, [columns], 0.4)
    }
  }
  draw('ln_f.weight', [D], 0.4, 1)
  draw('ln_f.bias', [D], 0.4)
  return tensors
}

/** Writes the weights into a temporary folder and opens them there. There is no tokenizer: texts are ids. */
export function randomGpt2(
  model: RandomGpt2,
  change: (tensors: Record<string, Tensor>) => void = () => undefined
): { source: ModelSource; points: EditPoints; file: string } {
  const tensors = randomTensors(model)
  change(tensors)
  const file = join(mkdtempSync(join(tmpdir(), 'erratum-gpt2-')), 'model.safetensors')
  writeSafetensors(file, tensors)
  const header = readSafetensorsHeader(file)
  const { layers, heads, width, positions, vocabulary, keyLayer, loraLayers } = model
  const end = { eosIds: [vocabulary - 1], closingId: vocabulary - 1 }
  const config: Gpt2Config = { layers, heads, width, positions, vocabulary, ...end, layerNormEpsilon: 1e-5 }
  const noText = (): never => {
    throw new Error('This model has no tokenizer.')
  }
  return {
    file,
    points: { keyLayer, loraLayers },
    source: {
      config,
      sha256: 'random',
      tokenizer: { vocabulary, endId: null, encode: noText, decode: noText, bytesOf: noText },
      tensor: (name) => header.tensors.get(name) ?? noText()
    }
  }
}

export function randomBlock({ width: D, loraLayers }: RandomGpt2, seed: number, rank: number): BlockWeights {
  const stream = new Stream(seed)
  const layers = loraLayers.map(() => ({ a: stream.floats(D * rank), b: stream.floats(rank * 4 * D) }))
  return { rank, a: layers.map(({ a }) => a), b: layers.map(({ b }) => b) }
}

/** As equality of logits is meant: max abs difference / max(1, max abs of what is due). */
export function logitDifference(came: ArrayLike<number>, due: ArrayLike<number>): number {
  return maxDifference(came, due) / Math.max(1, maxAbs(due))
}

/** As equality of gradients is meant: max abs difference / max abs of what is due. */
export function gradientDifference(came: ArrayLike<number>, due: ArrayLike<number>): number {
  const largest = maxAbs(due)
  return largest === 0 ? maxAbs(came) : maxDifference(came, due) / largest
}

function maxDifference(came: ArrayLike<number>, due: ArrayLike<number>): number {
  if (came.length !== due.length) return Infinity
  let most = 0
  for (let i = 0; i < due.length; i++) {
    const difference = Math.abs(came[i] - due[i])
    if (!(difference <= most)) most = difference // NaN stays
  }
  return most
}

const maxAbs = (values: ArrayLike<number>): number => {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]))
  return most
}

export function argmax(values: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i
  return best
}
