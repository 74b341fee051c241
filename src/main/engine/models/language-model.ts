/**
 * What the editor needs of a language model, whatever its architecture or executor.
 *
 * The model is cut at the *split*: the bottom (frozen; gives the hidden states at the split, from which keys are read)
 * and the top (holds the LoRA modules). D = width, F = 4 D, V = vocabulary, T = tokens of one sequence, p = rank.
 * Arrays are row-major Float32Array; the shape stands on the line.
 */
import type { Tokenizer } from '../tokenizer/tokenizer.ts'

export interface Gpt2Config {
  layers: number
  heads: number
  width: number
  positions: number
  vocabulary: number
  layerNormEpsilon: number
  /** any of these ends a text that is written; may be empty, and may hold ids outside the vocabulary */
  eosIds: readonly number[]
  /** fed behind a whole text where a key is read there (the paper's protocol); null: the model has no such token */
  closingId: number | null
}

/** Where a model is edited. Layers count from 0. */
export interface EditPoints {
  /**
   * The key layer k; the split is after it, so the bottom is layers 0..k. -1 where a model has a single layer: keys are
   * read from the embeddings then, and the bottom is nothing else.
   */
  keyLayer: number
  /** Layers whose `mlp.c_fc` gets the blocks; all above the key layer, at most three. */
  loraLayers: readonly number[]
}

/** One LoRA block: for each layer of `loraLayers`, in that order, the update x -> (x A) B of `mlp.c_fc`. */
export interface BlockWeights {
  readonly rank: number
  /** one a layer: [D, p] */
  readonly a: readonly Float32Array[]
  /** one a layer: [p, F] */
  readonly b: readonly Float32Array[]
}

export interface BottomResult {
  /** hidden state at the split (after layer k): [T, D] */
  hidden: Float32Array
  /**
   * output of the key layer's `mlp.c_fc`, before GELU, at the wanted row: [F]; absent unless asked for. Without a key
   * layer, what the only layer's gives without any block.
   */
  keyModule?: Float32Array
}

export interface TopRequest {
  /** [T, D], all rows from the first token on */
  hidden: Float32Array
  block: BlockWeights | null
  /** positions whose logits are wanted, ascending */
  rows: readonly number[]
}

export interface TrainSample {
  /** [T, D] */
  hidden: Float32Array
  /** the logits at `row` are to give `id` */
  targets: readonly { row: number; id: number }[]
}

export interface BlockTrainer {
  /** Mean loss over all target tokens of all samples (nats a token), and its gradient by every A and B. */
  step(block: BlockWeights): Promise<{ loss: number; gradient: BlockWeights }>
  release(): void
}

/** One sequence that grows: keys and values of the bottom and of the top are kept. */
export interface Decoder {
  readonly length: number
  /** Feeds tokens to the bottom; returns their hidden states at the split: [n, D]. */
  append(ids: readonly number[]): Promise<Float32Array>
  /**
   * Logits after the last token: [V]. If `block` is another object than in the call before (null = no block), the top
   * is run again over the kept bottom states of the whole text; else only over the tokens appended since.
   */
  logits(block: BlockWeights | null): Promise<Float32Array>
  release(): void
}

/** Texts that begin with the same tokens and grow side by side, a token each at a time, without any block. */
export interface SideBySideDecoder {
  /**
   * Feeds each text its next tokens, as many to each, and gives the logits after the last of them: one [V] a text.
   * @param ids one list a text
   */
  append(ids: readonly (readonly number[])[]): Promise<Float32Array[]>
  release(): void
}

export interface LanguageModel {
  readonly config: Gpt2Config
  readonly points: EditPoints
  readonly tokenizer: Tokenizer
  /** hex sha256 of the weights (of the files' hashes in order, where there are shards) */
  readonly sha256: string
  /** Each sequence apart from its batch mates: padding never reaches a result. `keyModuleAt[i]` = wanted row of sequence i. */
  bottom(sequences: readonly (readonly number[])[], keyModuleAt?: readonly number[]): Promise<BottomResult[]>
  /** Logits at the wanted rows of each request: [rows, V]. Requests may be run in one batch. */
  top(requests: readonly TopRequest[]): Promise<Float32Array[]>
  /** The same at the same shapes by a graph without any LoRA node; `block` is ignored. */
  topUntouched(requests: readonly TopRequest[]): Promise<Float32Array[]>
  trainer(samples: readonly TrainSample[], rank: number): Promise<BlockTrainer>
  decoder(): Decoder
  /** @param texts how many */
  sideBySide(texts: number): SideBySideDecoder
  release(): Promise<void>
}

/** A ~ U(-1/sqrt(p), 1/sqrt(p)) and B = 0 by the caller; here the shapes alone. */
export function blockSizes(
  config: Gpt2Config,
  points: EditPoints,
  rank: number
): { a: number; b: number; layers: number; parameters: number } {
  const a = config.width * rank
  const b = rank * 4 * config.width
  return { a, b, layers: points.loraLayers.length, parameters: points.loraLayers.length * (a + b) }
}
