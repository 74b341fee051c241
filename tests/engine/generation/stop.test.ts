import { expect, it } from 'vitest'
import { stopAfter } from '../../../src/main/engine/generation/stop.ts'

const rule = { eosId: 9, maxNewTokens: 3, positions: 8 }

it('ends at the end of a text, at the length asked for, where the context runs out, in this order', () => {
  expect(stopAfter([], 4, rule)).toBeNull()
  expect(stopAfter([1, 2], 4, rule)).toBeNull()
  expect(stopAfter([1, 2, 3], 4, rule)).toBe('length')
  expect(stopAfter([1, 2], 6, rule)).toBe('context')
  expect(stopAfter([1, 2, 3], 5, rule)).toBe('length')
  expect(stopAfter([1, 2, 9], 5, rule)).toBe('eos')
  expect(stopAfter([], 8, rule)).toBe('context')
  expect(stopAfter([], 4, { ...rule, maxNewTokens: 0 })).toBe('length')
})
