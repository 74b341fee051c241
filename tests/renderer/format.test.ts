import { expect, it } from 'vitest'
import { figure, timeLeft } from '../../src/renderer/state/format.ts'
import { count } from '../../src/contract/words.ts'

it('figures have three digits, and what was not measured is not zero', () => {
  expect([1.0412, 38.24, 412.6, 1234.5, 0.05, NaN].map(figure)).toEqual([
    '1.04',
    '38.2',
    '413',
    '1,235',
    '0.05',
    'not measured'
  ])
})

it('time left is told in the two largest units', () => {
  expect([0.2, 59.4, 70, 3600, 3725].map(timeLeft)).toEqual([
    '1 s left',
    '1 min 0 s left',
    '1 min 10 s left',
    '1 h 0 min left',
    '1 h 2 min left'
  ])
})

it('counts agree with their noun', () => {
  expect([0, 1, 1392].map((n) => count(n, 'edit', 'edits'))).toEqual(['0 edits', '1 edit', '1,392 edits'])
})
