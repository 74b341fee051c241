/** What the rest of the program needs of a tokenizer. Offsets are UTF-16 positions in the text, [start, end). */
export interface Encoding {
  ids: number[]
  offsets: [number, number][]
}

export interface EncodeOptions {
  /** The text goes on from another: nothing that a tokenizer puts before a text comes before this one. */
  continues?: boolean
}

export interface Tokenizer {
  /** number of entries: the highest id and one more */
  readonly vocabulary: number
  /** what the tokenizer calls its end of text, if it names one; what ends a text that is written is the model's matter */
  readonly endId: number | null
  encode(text: string, options?: EncodeOptions): Encoding
  /** Incomplete UTF-8 sequences come out as U+FFFD. Special tokens are left out. */
  decode(ids: readonly number[]): string
  /** The bytes that one token stands for (empty for special tokens). */
  bytesOf(id: number): Uint8Array
}
