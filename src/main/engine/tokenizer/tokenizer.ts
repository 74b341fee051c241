/** What the rest of the program needs of a tokenizer. Offsets are UTF-16 positions in the text, [start, end). */
export interface Encoding {
  ids: number[]
  offsets: [number, number][]
}

export interface Tokenizer {
  readonly vocabulary: number
  readonly eosId: number
  encode(text: string): Encoding
  /** Incomplete UTF-8 sequences come out as U+FFFD. Special tokens are left out. */
  decode(ids: readonly number[]): string
  /** The bytes that one token stands for (empty for special tokens). */
  bytesOf(id: number): Uint8Array
}
