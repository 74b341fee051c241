/** What is measured, and who does it. */
import type { EditPoints } from '../../src/main/engine/models/language-model.ts'
import type { ModelFolder } from '../../src/main/engine/weights/model-folder.ts'

export type Work =
  /** all layers over `TOKENS` tokens, with the logits of the last row or of all */
  | { readonly kind: 'forward'; readonly rows: 'last' | 'all' }
  /** loss and gradients of A and B above the split, all rows with loss; a block for all samples, or one for each */
  | { readonly kind: 'step'; readonly samples: number; readonly blocks: 'shared' | 'perSample' }
  /** greedy, after a prompt of `PROMPT` tokens that is read before the clock starts */
  | { readonly kind: 'decode'; readonly tokens: number }
  /** a chain of `MATMULS` products of two square matrices of `MATRIX` rows */
  | { readonly kind: 'matmul' }

export const TOKENS = 128
export const PROMPT = 64
export const MOST_SAMPLES = 4
export const MATRIX = 1024
export const MATMULS = 6

export interface Measured {
  readonly milliseconds: number
  /** logits of the last row; the loss; the ids written; nothing */
  readonly values: readonly number[]
}

export interface Contender {
  readonly name: string
  /** Does the work once. `values` are left empty unless they are to be compared. */
  measure(work: Work, withValues: boolean): Promise<Measured>
  release(): Promise<void>
}

/** A model with what all contenders compute on, written to one file that all of them read. */
export interface Subject {
  readonly title: string
  readonly folder: ModelFolder
  readonly points: EditPoints
  readonly rank: number
  /** tokens of a decoding turn */
  readonly decoded: number
  /** safetensors: ids [T], targets [B, T] (both as float32), hidden [B, T, D], a.i [B, D, R], b.i [B, R, F] */
  readonly inputs: string
}

export function works({ decoded }: Subject): Work[] {
  return [
    { kind: 'forward', rows: 'last' },
    { kind: 'forward', rows: 'all' },
    { kind: 'step', samples: 1, blocks: 'shared' },
    { kind: 'step', samples: MOST_SAMPLES, blocks: 'shared' },
    { kind: 'step', samples: MOST_SAMPLES, blocks: 'perSample' },
    { kind: 'decode', tokens: decoded },
    { kind: 'matmul' }
  ]
}

export function titleOf(work: Work): string {
  switch (work.kind) {
    case 'forward':
      return `forward, ${TOKENS} tokens, logits of ${work.rows === 'last' ? 'the last row' : 'all rows'}`
    case 'step':
      return `training step, batch ${work.samples}${work.blocks === 'perSample' ? ', a block for each sample' : work.samples > 1 ? ', one block' : ''}`
    case 'decode':
      return `greedy decoding after ${PROMPT} tokens`
    case 'matmul':
      return `${MATMULS} products of ${MATRIX} x ${MATRIX} matrices`
  }
}
