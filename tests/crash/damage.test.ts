import { expect, it } from 'vitest'
import { damageRun, TARGETS } from './damage.ts'

/** `npm run crash -- damage` does 60, and cuts the journal at every byte. */
const [FLIPS, CUTS] = [4, 40]

it('names whatever is damaged, and opens all the rest', { timeout: 900_000 }, async () => {
  const { counts, problems } = await damageRun({ flips: FLIPS, cuts: CUTS, seed: 3 })
  expect(problems).toEqual([])
  for (const target of TARGETS) {
    const { damages, named, withoutEffect, held } = counts[target]
    expect([named + withoutEffect, held], target).toEqual([damages, damages])
    expect(damages, target).toBeGreaterThanOrEqual(FLIPS)
    // Which bytes of a table say something differs from run to run; open-workbench.test.ts damages those that do.
    if (target !== 'header' && !target.startsWith('table ')) expect(withoutEffect, target).toBe(0)
  }
})
