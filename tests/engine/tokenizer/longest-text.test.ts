// Texts that cannot fit are refused before they are tokenized, and no text that fits is.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ErratumError } from '../../../src/contract/errors.ts'
import { bounded, longestText } from '../../../src/main/engine/tokenizer/longest-text.ts'
import type { Tokenizer } from '../../../src/main/engine/tokenizer/tokenizer.ts'

/** Entries of one to `longest` letters: a text's fewest tokens are its letters by the longest. */
function tokenizerOf(longest: number): { tokenizer: Tokenizer; encoded: string[] } {
  const encoded: string[] = []
  const tokenizer = {
    vocabulary: longest,
    endId: null,
    eosId: 0,
    encode(text: string) {
      encoded.push(text)
      const ids = text.match(new RegExp(`.{1,${longest}}`, 'gsu'))?.map((piece) => piece.length - 1) ?? []
      return { ids, offsets: [] }
    },
    decode: (ids: readonly number[]) => ids.map((id) => 'a'.repeat(id + 1)).join(''),
    bytesOf: (id: number) => new Uint8Array(id + 1)
  }
  return { tokenizer, encoded }
}

describe('a bounded tokenizer', () => {
  it('takes every text that has no more tokens than the context', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 3000 }), (longest, tokens, length) => {
        const { tokenizer } = tokenizerOf(longest)
        const text = 'a'.repeat(length)
        const { ids } = tokenizer.encode(text)
        if (ids.length <= tokens) expect(bounded(tokenizer, tokens).encode(text).ids).toEqual(ids)
        expect(longestText(tokenizer, tokens)).toBe(tokens * Math.max(64, longest))
      })
    )
  }) // prettier-ignore

  it('refuses a huge one with its length, and does not tokenize it', () => {
    const { tokenizer, encoded } = tokenizerOf(100)
    const limited = bounded(tokenizer, 10)
    const refusal = (() => {
      try {
        limited.encode('a'.repeat(5_000_000))
      } catch (error) {
        return error as ErratumError
      }
    })()
    expect(refusal).toBeInstanceOf(ErratumError)
    expect([refusal!.code, refusal!.details]).toMatchObject(['DoesNotFit', { characters: 5_000_000, longest: 1000 }])
    expect(encoded).toEqual([])
    expect([limited.vocabulary, limited.decode([0])]).toEqual([100, 'a'])
  })
})
