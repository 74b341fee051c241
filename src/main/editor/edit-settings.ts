/** How edits are trained, as one record; the defaults for known models and the paper's preset. */
import type { EditPoints, Gpt2Config } from '../engine/models/language-model.ts'

export interface EditSettings {
  /** partial rank p: rank of one batch's block */
  readonly rank: number
  /** iterations of Adam for every batch */
  readonly iterations: number
  /** more iterations, at most, while a target is not yet written exactly; 0: none are added */
  readonly extraIterations: number
  /** of Adam, for the clean form (scale 1, B = 0 at the start) */
  readonly learningRate: number
  /** the learning rate halves every so many iterations */
  readonly halveEvery: number
  /** edits in a batch, which share one block */
  readonly batchSize: number
  /** a batch ends early when all its targets are exact and its loss (nats a token) is below; 0: never */
  readonly enoughLoss: number
  readonly index: 'scopes' | 'clusters'
  readonly seed: number
}

/** Learning rate of the reference code's GPT2-XL setting in the clean form: 1e-3 sqrt(350). */
const REFERENCE_LEARNING_RATE = 0.0187

/** Partial rank 2, 50 iterations, none added, clusters: as in the paper (Experiments; reference code for the schedule). */
export const PAPER_SETTINGS: EditSettings = {
  rank: 2,
  iterations: 50,
  extraIterations: 0,
  learningRate: REFERENCE_LEARNING_RATE,
  halveEvery: 25,
  batchSize: 4,
  enoughLoss: 0,
  index: 'clusters',
  seed: 0
}

/** Small models need a wider block and more time for text that is not their own; GPT-2 and larger as the paper, finished to exactness. */
export function defaultSettings(config: Gpt2Config): EditSettings {
  const small = config.width < 768
  return {
    rank: small ? 16 : 4,
    iterations: small ? 200 : 60,
    extraIterations: small ? 200 : 120,
    learningRate: REFERENCE_LEARNING_RATE,
    halveEvery: small ? 100 : 40,
    batchSize: 4,
    enoughLoss: 0.02,
    index: 'scopes',
    seed: 0
  }
}

/**
 * The reference edits GPT2-XL (48 layers) at `h.36` and `h.37` with keys of `h.35`; the same relative depth elsewhere.
 * Models of few layers take their upper half, as two layers there are too little to hold a sentence. A single layer gets
 * the blocks, and keys are read from the embeddings below it.
 */
export function defaultEditPoints(config: Gpt2Config): EditPoints {
  if (config.layers === 1) return { keyLayer: -1, loraLayers: [0] }
  if (config.layers < 12) {
    const keyLayer = Math.max(0, Math.ceil(config.layers / 2) - 1)
    const loraLayers = Array.from({ length: config.layers - keyLayer - 1 }, (_, i) => keyLayer + 1 + i).slice(0, 3)
    return { keyLayer, loraLayers }
  }
  const keyLayer = Math.round((35 / 48) * config.layers) - (config.layers === 12 ? 1 : 0)
  return { keyLayer, loraLayers: [keyLayer + 1, keyLayer + 2] }
}
