import { expect, it } from 'vitest'
import { promiseRun } from './run.ts'

/** `npm run promises` does 500. */
const SEQUENCES = 4

it(
  `what is told of promises is what is written, over ${SEQUENCES} random sequences`,
  { timeout: 900_000 },
  async () => {
    const { told, lies, sequences } = await promiseRun({ sequences: SEQUENCES, from: 1001 })
    expect(lies).toEqual([])
    expect(sequences).toBe(SEQUENCES)
    // There has to be something to lie about.
    expect(told.held).toBeGreaterThan(5)
    expect(told.broken).toBeGreaterThan(0)
    expect(told.edits).toBeGreaterThan(0)
  }
)
