/**
 * A byte-level BPE tokenizer (GPT-2's kind) from a Hugging Face `tokenizer.json`, with character offsets. Encoding is
 * @huggingface/tokenizers' work; it gives no offsets, so they are derived from the bytes that each token stands for.
 */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { bytesOfEntry, CHARACTER_OF_BYTE } from './byte-alphabet.ts'
import type { Encoding, Tokenizer } from './tokenizer.ts'

/** What of a `tokenizer.json` matters here. */
export interface TokenizerRecord {
  readonly vocab: Readonly<Record<string, number>>
  /** pairs, or both parts in one string with a space between */
  readonly merges: readonly (string | readonly [string, string])[]
  readonly addedTokens: readonly AddedTokenRecord[]
}

export interface AddedTokenRecord {
  readonly id: number
  readonly content: string
  readonly special: boolean
}

/**
 * GPT-2's rule of words. It is given to the library as text and not left to its built-in one: `\s` here is Unicode's
 * white space, as in Hugging Face, where JavaScript's differs in two characters (U+0085 and U+FEFF).
 */
const WORDS =
  "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\p{White_Space}\\p{L}\\p{N}]+|\\p{White_Space}+(?!\\P{White_Space})|\\p{White_Space}+"

/** @throws Error with a reason where the record is no byte-level BPE that can write every text */
export function byteLevelTokenizer(record: TokenizerRecord, eosId: number): Tokenizer {
  const { vocab, merges, addedTokens } = record
  const missing = CHARACTER_OF_BYTE.findIndex((character) => !Object.hasOwn(vocab, character))
  if (missing >= 0)
    throw new Error(`its vocabulary has no entry for the byte ${missing}, so it cannot write every text`)

  const special = new Set(addedTokens.filter((token) => token.special).map((token) => token.id)).add(eosId)
  const bytes: Uint8Array[] = []
  for (const [entry, id] of Object.entries(vocab)) bytes[id] = bytesOfEntry(entry) ?? new TextEncoder().encode(entry)
  for (const { id, content } of addedTokens) bytes[id] = new TextEncoder().encode(content)
  const library = new HuggingFaceTokenizer(
    {
      model: { type: 'BPE', vocab, merges, unk_token: null, ignore_merges: false },
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, use_regex: false }
        ]
      },
      post_processor: null,
      decoder: { type: 'ByteLevel' },
      added_tokens: addedTokens.map((token) => ({
        ...token,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false
      }))
    },
    {}
  )
  const none = new Uint8Array(0)

  return {
    vocabulary: bytes.length,
    eosId,
    encode(text) {
      const ids = text === '' ? [] : library.encode(text, { add_special_tokens: false }).ids
      return { ids, offsets: offsetsOf(text, ids, bytes) }
    },
    decode(ids) {
      const parts = ids.map((id) => (special.has(id) ? none : (bytes[id] ?? none)))
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(parts))
    },
    bytesOf: (id) => (special.has(id) ? none : (bytes[id] ?? none))
  }
}

/** Walks text and tokens side by side. A token that holds a part of a character's bytes gets the whole character. */
function offsetsOf(text: string, ids: readonly number[], bytes: readonly Uint8Array[]): Encoding['offsets'] {
  const offsets: Encoding['offsets'] = []
  let start = 0 // the character in which the next byte lies: UTF-16 units [start, end)
  let end = 0
  let left = 0 // bytes of that character that no token has taken yet
  for (const id of ids) {
    let first = -1
    for (let wanted = bytes[id].length; wanted > 0;) {
      if (left === 0) {
        const point = text.codePointAt(end)!
        start = end
        end += point > 0xffff ? 2 : 1
        left = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4 // a lone surrogate is U+FFFD: 3
      }
      if (first < 0) first = start
      const taken = Math.min(wanted, left)
      wanted -= taken
      left -= taken
    }
    offsets.push([first, end])
  }
  return offsets
}
