import { expect, it } from 'vitest'
import { stepWord, wordAt, wordFrom, wordStarts } from '../../src/renderer/state/word-places.ts'

const text = 'He was  “born” in Orrin.'

it('words begin after white space, however wide', () => {
  expect(wordStarts(text).map((start) => wordFrom(text, start))).toEqual(['He', 'was', '“born”', 'in', 'Orrin.'])
})

it('keys walk from word to word and stop at both ends', () => {
  expect([stepWord(text, null, 1), stepWord(text, null, -1)]).toEqual([0, 18])
  expect([stepWord(text, 3, 1), stepWord(text, 3, -1), stepWord(text, 0, -1), stepWord(text, 18, 1)]).toEqual([
    8, 0, 0, 18
  ])
  expect(stepWord(' ', null, 1)).toBeNull()
})

it('a place inside a word is that word', () => {
  expect([wordAt(text, 0), wordAt(text, 5), wordAt(text, 9)]).toEqual([0, 3, 8])
})
