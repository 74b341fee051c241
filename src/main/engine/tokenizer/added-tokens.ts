/**
 * Added tokens: entries beside the vocabulary that are found in a text before it is split into words. This is the rule
 * of the Rust library `tokenizers` 0.23, in ids, flags and order; @huggingface/tokenizers 0.2.0 has another one (it
 * takes a `single_word` token inside longer words, keeps the ids of the file, and searches in one pass).
 */
export interface AddedToken {
  readonly content: string
  /** found only where no letter, digit or underscore touches it */
  readonly singleWord: boolean
  /** takes the white space to its left along */
  readonly lstrip: boolean
  /** takes the white space to its right along */
  readonly rstrip: boolean
  /** searched, itself normalised, in the normalised text; else in the text as it came */
  readonly normalized: boolean
  /** left out when ids are decoded */
  readonly special: boolean
}

/** A part of a text, UTF-16 [start, end): an added token, or text that is to be read (null). */
export interface Section {
  readonly start: number
  readonly end: number
  readonly id: number | null
}

/** What counts as part of a word for `singleWord`: `\w` of Rust's regex library. */
const WORD = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u
const SPACE = /^\p{White_Space}$/u

export class AddedTokens {
  private readonly vocab: ReadonlyMap<string, number>
  private readonly ids = new Map<string, number>()
  /** by id: the last one added counts */
  private readonly tokens = new Map<number, AddedToken>()
  /** the first record of each special token: what it is searched by stays, even if its flags are replaced */
  private readonly specials = new Map<string, AddedToken>()
  private highest = -1

  /** @param vocab ids of the vocabulary proper */
  constructor(vocab: ReadonlyMap<string, number>) {
    this.vocab = vocab
  }

  /** Adds a token, or replaces the flags of one that is there. @returns its id, which is never the caller's choice */
  add(token: AddedToken): number {
    const known = this.idOf(token.content)
    const size = this.vocab.size
    const id = known ?? (this.highest >= size ? this.highest + 1 : size)
    this.highest = Math.max(this.highest, id)
    if (token.special && !this.specials.has(token.content)) this.specials.set(token.content, token)
    this.ids.set(token.content, id)
    this.tokens.set(id, token)
    return id
  }

  /** The id of an entry, added or of the vocabulary. */
  idOf(content: string): number | undefined {
    return this.ids.get(content) ?? this.vocab.get(content)
  }

  all(): ReadonlyMap<number, AddedToken> {
    return this.tokens
  }

  /** A splitter for texts as they come, and one for normalised texts. @param normalize null: nothing is changed */
  splitters(normalize: ((text: string) => string) | null): { raw: Splitter; normalized: Splitter } {
    const raw = new Map<string, number>()
    const normalized = new Map<string, number>()
    for (const token of [...this.specials.values(), ...this.tokens.values()]) {
      const id = this.idOf(token.content)!
      if (!token.normalized) raw.set(token.content, id)
      else {
        const content = normalize === null ? token.content : normalize(token.content)
        if (!normalized.has(content)) normalized.set(content, id)
      }
    }
    return { raw: splitter(raw, this.tokens), normalized: splitter(normalized, this.tokens) }
  }
}

export type Splitter = (text: string) => Section[]

function splitter(contents: ReadonlyMap<string, number>, tokens: ReadonlyMap<number, AddedToken>): Splitter {
  if (contents.size === 0) return (text) => (text === '' ? [] : [{ start: 0, end: text.length, id: null }])
  // The leftmost match, and of those the longest: alternatives are tried in order.
  const longestFirst = [...contents.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(
    longestFirst.map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'),
    'gu'
  )
  return (text) => {
    const sections: Section[] = []
    let reached = 0
    for (const match of text.matchAll(pattern)) {
      const id = contents.get(match[0])!
      const { singleWord, lstrip, rstrip } = tokens.get(id)!
      let start = match.index
      let end = start + match[0].length
      if (singleWord && (WORD.test(characterBefore(text, start)) || WORD.test(characterAt(text, end)))) continue
      // White space that the token before has taken stays with it.
      if (lstrip) while (start > reached && SPACE.test(characterBefore(text, start))) start--
      if (rstrip) while (end < text.length && SPACE.test(characterAt(text, end))) end++
      if (reached < start) sections.push({ start: reached, end: start, id: null })
      sections.push({ start, end, id })
      reached = end
    }
    if (reached < text.length) sections.push({ start: reached, end: text.length, id: null })
    return sections
  }
}

function characterAt(text: string, at: number): string {
  const point = text.codePointAt(at)
  return point === undefined ? '' : String.fromCodePoint(point)
}

function characterBefore(text: string, at: number): string {
  const low = text.charCodeAt(at - 1)
  const pair = at > 1 && low >= 0xdc00 && low <= 0xdfff && /[\ud800-\udbff]/.test(text[at - 2])
  return text.slice(pair ? at - 2 : at - 1, at)
}
