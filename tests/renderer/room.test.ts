import { expect, it } from 'vitest'
import { refusalOf, warningOf } from '../../src/renderer/state/room.svelte.ts'

const counts = { header: 10, sentences: [20, 30, 20, 20], context: 80 }

it('a correction has to end within what the model reads', () => {
  expect([0, 1, 2].map((i) => refusalOf(counts, i))).toEqual([null, null, null])
  expect(refusalOf(counts, 3)).toMatch('20 tokens too long: the model reads 80 in all')
  expect(refusalOf({ ...counts, context: 79 }, 2)).toMatch('1 token too long')
})

it('what it pushes beyond is told by number', () => {
  expect(warningOf(counts, 1)).toMatch('Sentence 4 lies beyond')
  expect(warningOf({ ...counts, context: 60 }, 1)).toMatch('Sentences 3 to 4 lie beyond')
  expect(warningOf({ ...counts, context: 100 }, 1)).toBeNull()
})
