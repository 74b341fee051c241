/** How long training will take, from what the batches of this session took. */
import type { TrainingSetup } from '../../contract/types.ts'

/**
 * One round of training, in seconds; null as long as no batch was measured. Batches end early when they are exact, so
 * the iterations that they took so far are what is expected, up to the most that is allowed.
 */
export function secondsOfRound(setup: TrainingSetup, edits: number, iterations: number): number | null {
  const { measured, extraIterations } = setup
  if (measured.batches === 0 || measured.sampleIterations === 0) return null
  const expected = Math.min(measured.iterations / measured.batches, iterations + extraIterations)
  return edits * expected * (measured.seconds / measured.sampleIterations)
}
