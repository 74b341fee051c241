/**
 * A text that cannot fit a model's context is refused by its length before it is tokenized: some megabytes would take the
 * tokenizer minutes, or all memory.
 */
import { ErratumError } from '../../../contract/errors.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Special tokens stand for no bytes of their own; none is written with more characters than this. */
const LONGEST_SPECIAL = 64

const longestEntries = new WeakMap<Tokenizer, number>()

/** Characters (UTF-16) that a text of so many tokens has at most: each token is at most as long as the longest entry. */
export function longestText(tokenizer: Tokenizer, tokens: number): number {
  let longest = longestEntries.get(tokenizer)
  if (longest === undefined) {
    longest = LONGEST_SPECIAL
    for (let id = 0; id < tokenizer.vocabulary; id++) longest = Math.max(longest, tokenizer.bytesOf(id).length)
    longestEntries.set(tokenizer, longest)
  }
  return tokens * longest
}

/**
 * The same tokenizer, which refuses texts that have more tokens than these however they are cut.
 * @throws ErratumError `DoesNotFit` from `encode`, with `characters` and `longest`
 */
export function bounded(tokenizer: Tokenizer, tokens: number): Tokenizer {
  const encode: Tokenizer['encode'] = (text, ...options) => {
    const longest = longestText(tokenizer, tokens)
    if (text.length <= longest) return tokenizer.encode(text, ...options)
    throw new ErratumError(
      'DoesNotFit',
      `A text of ${text.length} characters does not fit: the model's context of ${tokens} tokens holds ${longest} at most.`,
      { characters: text.length, longest, cure: 'Shorten it, or split it into several.' }
    )
  }
  return Object.create(tokenizer, { encode: { value: encode, enumerable: true } }) as Tokenizer
}
