/** Small sessions for the tests: real blocks and keys, filled from a seed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_SENTENCE_RULE } from '../../src/main/editor/sentence-ends.ts'
import type { NewSessionHeader } from '../../src/main/session/header.ts'
import type { NewBatch } from '../../src/main/session/new-batch.ts'

export const HEADER: NewSessionHeader = {
  model: { id: 'tiny', path: '/models/tiny', sha256: 'ab'.repeat(32) },
  key: { layer: 2, parts: ['mean', 'last'], metric: 'euclidean', whitened: true },
  loraLayers: [3, 4],
  reach: 3.5,
  margin: 0.8,
  noise: 1e-3,
  radius: 2,
  paper: { reach: 9, margin: 0.7, noise: 1e-4, radius: 5 },
  sentenceRule: DEFAULT_SENTENCE_RULE,
  index: 'scopes',
  settings: { rank: 2, iterations: 60, learningRate: 0.0187 }
}

export interface SampleSize {
  width?: number
  inner?: number
  rank?: number
  edits?: number
  promptTokens?: number
}

/** mulberry32: the same numbers for the same seed, in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Batch number `n`: two layers; edit e has e % 3 + 1 decisions. */
export function sampleBatch(
  n: number,
  { width = 6, inner = 8, rank = 2, edits = 3, promptTokens = 5 }: SampleSize = {}
): NewBatch {
  const random = randomFrom(n + 1)
  const floats = (count: number): Float32Array => Float32Array.from({ length: count }, () => random() * 2 - 1)
  const ids = (count: number): number[] => Array.from({ length: count }, () => Math.floor(random() * 1000))
  const decisionsOf = (e: number): number[] => Array.from({ length: (e % 3) + 1 }, (_, r) => promptTokens + 3 * r)
  return {
    blockId: `block-${n}`,
    weights: { rank, a: [floats(width * rank), floats(width * rank)], b: [floats(rank * inner), floats(rank * inner)] },
    loraLayers: [3, 4],
    edits: Array.from({ length: edits }, (_, e) => ({
      editId: `${n}.${e}`,
      prompt: `This is a Wikipedia passage about person ${n}.`,
      join: ' ',
      target: `Sentence ${e} — of person ${n}. It goes on.`,
      promptIds: ids(promptTokens),
      targetIds: ids(9),
      decisions: decisionsOf(e),
      extra: { subject: `person ${n}` }
    })),
    keys: {
      deployment: Array.from({ length: edits }, (_, e) => decisionsOf(e).map(() => floats(2 * width))),
      paper: Array.from({ length: edits }, () => floats(inner))
    },
    training: { iterations: 60, seconds: 1.5, loss: 0.01 }
  }
}

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'erratum-session-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
