/** How the passages are drawn that a passage is compared with. */
import type { Sampling } from '../engine/generation/sampler.ts'

/**
 * Number `k` (from 0) of a passage that was drawn with `seed` itself: the model's own probabilities, and a seed that is
 * not the passage's, or the sample would be the passage over again.
 */
export function sampleSampling(seed: number, k: number): Required<Pick<Sampling, 'temperature' | 'seed'>> {
  return { temperature: 1, seed: seed + 1 + k }
}
