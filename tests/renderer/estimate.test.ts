import { expect, it } from 'vitest'
import { secondsOfRound } from '../../src/renderer/state/estimate.ts'

const setup = {
  batchSize: 4,
  iterations: 60,
  extraIterations: 20,
  // two batches: 4 edits at 30 iterations and 2 edits at 50, in 22 s together
  measured: { batches: 2, edits: 6, iterations: 80, seconds: 22, sampleIterations: 220 }
}

it('is what the measured batches took for as many edits and iterations', () => {
  expect(secondsOfRound(setup, 6, 60)).toBeCloseTo(6 * 40 * 0.1)
  expect(secondsOfRound(setup, 3, 60)).toBeCloseTo(3 * 40 * 0.1)
})

it('is no more than the iterations that are allowed', () => {
  expect(secondsOfRound(setup, 6, 10)).toBeCloseTo(6 * 30 * 0.1)
})

it('is not known before the first batch', () => {
  const measured = { batches: 0, edits: 0, iterations: 0, seconds: 0, sampleIterations: 0 }
  expect(secondsOfRound({ ...setup, measured }, 6, 60)).toBeNull()
})
