import fc from 'fast-check'
import type { IndexedEdit, KeyRecord, ScopeSettings } from '../../../src/main/editor/neuron-index/types.ts'

/**
 * Random sessions over a tiny alphabet, so that prompts meet, restate and continue each other. Equal prompts have equal
 * keys. Keys are lattice points (ties), ordinary points, or lie within about the noise of an earlier key.
 */
export interface Session {
  readonly edits: IndexedEdit[]
  readonly settings: ScopeSettings
  readonly width: number
  /** anything a test still wants to draw, from the same seed */
  readonly random: () => number
}

export const sessions = fc
  .record({
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    width: fc.integer({ min: 1, max: 16 }),
    batches: fc.integer({ min: 1, max: 5 }),
    alphabet: fc.integer({ min: 1, max: 3 }),
    margin: fc.constantFrom(0.99, 0.8, 0.75, 0.5),
    reach: fc.constantFrom(0, 0.5, 2, 50),
    noise: fc.constantFrom(0, 1e-4, 1e-2)
  })
  .map(({ seed, width, batches, alphabet, ...settings }): Session => {
    const random = randomOf(seed)
    const edits = randomEdits({ random, width, batches, alphabet, ...settings })
    return { edits, settings, width, random }
  })

interface Recipe extends ScopeSettings {
  random: () => number
  width: number
  batches: number
  alphabet: number
}

function randomEdits({ random, width, batches, alphabet, margin, noise }: Recipe): IndexedEdit[] {
  const below = (n: number): number => Math.floor(random() * n)
  const ids = (n: number): number[] => Array.from({ length: n }, () => below(alphabet + 1))
  const keys = new Map<string, Float32Array>()
  const keyOf = (promptIds: readonly number[]): Float32Array => {
    const known = keys.get(promptIds.join())
    if (known) return known
    const key = newKey()
    keys.set(promptIds.join(), key)
    return key
  }
  const newKey = (): Float32Array => {
    const kind = random()
    const others = [...keys.values()]
    if (kind < 0.4) return Float32Array.from({ length: width }, () => below(7) - 3)
    if (kind < 0.8 || others.length === 0) return gaussian(random, width)
    // Near the threshold of what can be told apart, on both sides of it.
    const other = others[below(others.length)]
    return displaced(random, other, (0.5 + random()) * (1 + 1 / margin) * noise * Math.hypot(...other))
  }
  const edits: IndexedEdit[] = []
  for (let batch = 0; batch < batches; batch++)
    for (let n = 1 + below(3); n > 0; n--) {
      const records: KeyRecord[] = []
      let promptIds = ids(1 + below(3))
      for (let pieces = 1 + below(3); pieces > 0; pieces--) {
        const says = ids(1 + below(3))
        records.push({ promptIds, says, key: keyOf(promptIds) })
        promptIds = [...promptIds, ...says]
      }
      edits.push({ editId: `e${edits.length}`, block: `b${batch}`, order: edits.length * 3 + 1, records })
    }
  return edits
}

/** A point at a given distance from another, in a random direction. */
export function displaced(random: () => number, from: Float32Array, distance: number): Float32Array {
  const step = gaussian(random, from.length)
  const scale = distance / (Math.hypot(...step) || 1)
  return from.map((value, i) => value + step[i] * scale)
}

export function gaussian(random: () => number, width: number): Float32Array {
  return Float32Array.from({ length: width }, () => {
    return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  })
}

/** Uniform numbers in [0, 1) from a seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The same elements in a random order. */
export function shuffled<T>(random: () => number, elements: readonly T[]): T[] {
  const out = [...elements]
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[out[i], out[j]] = [out[j], out[i]]
  }
  return out
}
