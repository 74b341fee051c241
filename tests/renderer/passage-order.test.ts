import { expect, it } from 'vitest'
import { PassageOrder } from '../../src/renderer/state/passage-order.ts'
import { passage } from './review-records.ts'

it('the list without passages finds the rest at their new places, and takes one back at its end', () => {
  const all = ['a', 'b', 'c', 'd'].map((id) => passage(id, []))
  const order = new PassageOrder(all)
  const left = order.remove(all, ['a', 'c'])
  expect(left.map(({ id }) => id)).toEqual(['b', 'd'])
  expect(order.find(left, 'd')?.id).toBe('d')
  expect(order.find(left, 'a')).toBeNull()
  const { passages, changes } = order.put(left, [{ ...all[3], waiting: true }, all[0]])
  expect(passages.map(({ id, waiting }) => [id, waiting])).toEqual([['b', false], ['d', true], ['a', false]]) // prettier-ignore
  expect(changes.map(({ before }) => before?.id)).toEqual(['d', undefined])
})
