import { expect, it } from 'vitest'
import { crashRun } from './run.ts'

/** `npm run crash` does 200. */
const KILLS = 20

it(`loses nothing that was acknowledged when the engine is killed, ${KILLS} times`, { timeout: 900_000 }, async () => {
  const report = await crashRun({ kills: KILLS, seed: 7 })
  expect(report.problems).toEqual([])
  expect(report.held).toBe(KILLS)
  expect(report.acknowledged).toBeGreaterThan(KILLS)
})
