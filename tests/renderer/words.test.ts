import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wordDiff } from '../../src/renderer/state/words.ts'

const sentence = fc
  .array(fc.constantFrom('she', 'was', 'born', 'in', 'Orrin', 'Tarn', '1820', '1843'), { maxLength: 9 })
  .map((w) => w.join(' '))

describe('the word diff', () => {
  it('reads neighbouring changes as one', () => {
    expect(wordDiff('She studied medicine at Tarn.', 'She studied river mosses at Tarn.')).toEqual([
      { text: 'She studied ', kind: 'same' },
      { text: 'medicine', kind: 'removed' },
      { text: 'river mosses', kind: 'added' },
      { text: ' at Tarn.', kind: 'same' }
    ])
  })

  it('gives both texts back, whatever changed', () => {
    fc.assert(
      fc.property(sentence, sentence, (before, after) => {
        const runs = wordDiff(before, after)
        expect(
          runs
            .filter((r) => r.kind !== 'added')
            .map((r) => r.text)
            .join('')
        ).toBe(before)
        expect(
          runs
            .filter((r) => r.kind !== 'removed')
            .map((r) => r.text)
            .join('')
        ).toBe(after)
      })
    )
  })
})
