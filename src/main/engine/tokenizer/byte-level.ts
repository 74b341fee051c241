/**
 * A byte-level BPE tokenizer (GPT-2's kind) with character offsets. Normalizer, words and merges are
 * @huggingface/tokenizers' work; it gives no offsets, so they are derived from the bytes that each token stands for.
 */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import type { AddedTokens } from './added-tokens.ts'
import type { Model, Normalizer, PreTokenizer } from '@huggingface/tokenizers'
import { align, type Alignment } from './alignment.ts'
import { bytesOfEntry, CHARACTER_OF_BYTE } from './byte-alphabet.ts'
import { NotUnderstood } from './not-understood.ts'
import type { Frame, Step, WordRule } from './text-steps.ts'
import type { Encoding, Tokenizer } from './tokenizer.ts'

export interface BytePairModel {
  readonly vocab: ReadonlyMap<string, number>
  /** the earlier, the sooner two parts are joined */
  readonly merges: readonly (readonly [string, string])[]
  /** stands for a byte without an entry; null: such bytes are left out */
  readonly unknown: string | null
  /** a run of such bytes in a word is one unknown */
  readonly fuseUnknown: boolean
  /** a word that is an entry is taken whole */
  readonly ignoreMerges: boolean
}

export interface ByteLevelParts {
  readonly model: BytePairModel
  readonly normalizer: Step | null
  readonly words: WordRule
  readonly frame: Frame
  readonly added: AddedTokens
  /** ids that are left out when decoding */
  readonly hidden: ReadonlySet<number>
  readonly endId: number | null
}

/** @throws NotUnderstood where the library cannot build one of the steps */
export function byteLevelTokenizer({ model, words, frame, added, hidden, endId, ...rest }: ByteLevelParts): Tokenizer {
  const { vocab } = model
  const library = libraryOf(model, rest.normalizer, words)
  const normalize = rest.normalizer && ((text: string): string => library.normalizer!.normalize(text))
  const splitters = added.splitters(normalize)

  const bytes: Uint8Array[] = []
  for (const [entry, id] of vocab) bytes[id] = bytesOfEntry(entry) ?? new TextEncoder().encode(entry)
  // An added token that is an entry too stands for what the entry stands for.
  for (const [id, { content }] of added.all()) bytes[id] ??= new TextEncoder().encode(content)
  const none = new Uint8Array(0)
  const bytesOf = (id: number): Uint8Array => (hidden.has(id) ? none : (bytes[id] ?? none))

  /** Reads text without added tokens. `place`: where a stretch of it lies in the whole text. */
  function read(given: string, into: Encoding, place: Alignment, continues: boolean): void {
    const text = given.toWellFormed()
    const parts = library.parts ? library.parts.pre_tokenize(text) : [text]
    let reached = 0
    for (const [n, part] of parts.entries()) {
      const start = text.indexOf(part, reached)
      reached = start + part.length
      const spaced = words.prefixSpace && !part.startsWith(' ') && !(continues && n === 0)
      let at = spaced ? start - 1 : start // a space that was put there has no width
      for (const word of library.words.pre_tokenize(spaced ? ' ' + part : part)) {
        const spelled = Buffer.from(bytesOfEntry(word)!).toString('utf8')
        const { startOf, endOf } = characterEnds(spelled, at, start)
        for (const { id, from, to } of pieces(word, model, library.model)) {
          into.ids.push(id)
          into.offsets.push(place(startOf[from], endOf[to - 1]))
        }
        at += spelled.length
      }
    }
  }

  return {
    vocabulary: bytes.length,
    endId,
    encode(text, { continues = false } = {}) {
      const encoding: Encoding = { ids: [], offsets: [] }
      const { ids, offsets } = encoding
      if (!continues) frame.before.forEach((id) => (ids.push(id), offsets.push([0, 0])))
      for (const section of splitters.raw(text)) {
        if (section.id !== null) {
          ids.push(section.id)
          offsets.push([section.start, section.end])
          continue
        }
        const raw = text.slice(section.start, section.end)
        const normalized = normalize ? normalize(raw.toWellFormed()) : raw
        const original = align(raw, normalized, normalize)
        const place = (from: number, to: number): [number, number] => {
          const [start, end] = original(from, to)
          return [section.start + start, section.start + end]
        }
        for (const part of splitters.normalized(normalized)) {
          const bare = continues && section.start === 0 && part.start === 0
          if (part.id !== null) {
            ids.push(part.id)
            offsets.push(place(part.start, part.end))
          } else
            read(
              normalized.slice(part.start, part.end),
              encoding,
              (a, b) => place(part.start + a, part.start + b),
              bare
            )
        }
      }
      return encoding
    },
    decode: (ids) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(ids.map(bytesOf))),
    bytesOf
  }
}

interface Library {
  readonly normalizer: Normalizer | null
  readonly parts: PreTokenizer | null
  readonly words: PreTokenizer
  readonly model: Model
}

function libraryOf(model: BytePairModel, normalizer: Step | null, rule: WordRule): Library {
  const { merges } = model
  const bpe = { type: 'BPE', vocab: Object.fromEntries(model.vocab), merges, unk_token: null, ignore_merges: false }
  const made = (steps: Step | null, of: object): HuggingFaceTokenizer =>
    new HuggingFaceTokenizer(
      { model: of, normalizer, pre_tokenizer: steps, post_processor: null, decoder: null, added_tokens: [] },
      {}
    )
  try {
    const whole = made(rule.words, bpe)
    const parts = made(rule.parts, { ...bpe, vocab: {}, merges: [] }).pre_tokenizer
    return { normalizer: whole.normalizer, parts, words: whole.pre_tokenizer!, model: whole.model! }
  } catch (error) {
    throw new NotUnderstood((error as Error).message)
  }
}

interface Piece {
  id: number
  /** bytes of the word, [from, to) */
  from: number
  to: number
}

/**
 * The tokens of one word in the byte alphabet. As in the Rust library, a byte without an entry is gone before anything
 * is joined, or stands between its neighbours as the unknown token.
 */
function pieces(word: string, model: BytePairModel, library: Model): Piece[] {
  const { vocab, unknown, fuseUnknown, ignoreMerges } = model
  const whole = ignoreMerges ? vocab.get(word) : undefined
  if (whole !== undefined) return [{ id: whole, from: 0, to: word.length }]
  const found: Piece[] = []
  let run: number[] = [] // bytes that are read together
  const flush = (): void => {
    if (run.length === 0) return
    let at = 0
    for (const entry of library.encode([run.map((i) => word[i]).join('')])) {
      found.push({ id: vocab.get(entry)!, from: run[at], to: run[at + entry.length - 1] + 1 })
      at += entry.length
    }
    run = []
  }
  let fusing = false
  for (let i = 0; i < word.length; i++) {
    if (vocab.has(word[i])) {
      run.push(i)
      fusing = false
    } else if (unknown !== null) {
      flush()
      if (fusing && fuseUnknown) found[found.length - 1].to = i + 1
      else found.push({ id: vocab.get(unknown)!, from: i, to: i + 1 })
      fusing = true
    }
  }
  flush()
  return found
}

/** For each byte of a word at `at`: where its character begins and ends, never before `least`. */
function characterEnds(word: string, at: number, least: number): { startOf: number[]; endOf: number[] } {
  const startOf: number[] = []
  const endOf: number[] = []
  let place = at
  for (const character of word) {
    const end = place + character.length
    for (let i = Buffer.byteLength(character); i > 0; i--) {
      startOf.push(Math.max(least, place))
      endOf.push(Math.max(least, end))
    }
    place = end
  }
  return { startOf, endOf }
}

/** Bytes that no entry of the vocabulary stands for. */
export function missingBytes(vocab: ReadonlyMap<string, number>): number[] {
  return CHARACTER_OF_BYTE.flatMap((character, byte) => (vocab.has(character) ? [] : [byte]))
}
