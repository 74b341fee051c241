// The golden files are Hugging Face's own answers (make_golden.py).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ErratumError } from '../../../src/contract/errors.ts'
import { bytesOfEntry, CHARACTER_OF_BYTE } from '../../../src/main/engine/tokenizer/byte-alphabet.ts'
import { loadTokenizer } from '../../../src/main/engine/tokenizer/load.ts'
import type { LoadedTokenizer } from '../../../src/main/engine/tokenizer/load.ts'
import type { Tokenizer } from '../../../src/main/engine/tokenizer/tokenizer.ts'

interface Golden {
  rows: { ids: number[]; offsets: number[] }[]
  parts: { string: number; start: number; end: number; text: string }[]
}

interface TokenizerJson {
  model: { vocab: Record<string, number>; merges: [string, string][]; type: string }
  added_tokens: { id: number; content: string; special: boolean }[]
  pre_tokenizer: object
}

const golden = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, 'golden', name), 'utf8'))
const strings = golden('strings.json') as string[]
const small = golden('small-tokenizer.json') as TokenizerJson
const EOS = '<|endoftext|>'

const folder = mkdtempSync(join(tmpdir(), 'erratum-tokenizer-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function load(files: Record<string, unknown>): Tokenizer {
  return loaded(files).tokenizer
}

function loaded(files: Record<string, unknown>): LoadedTokenizer {
  const at = mkdtempSync(join(folder, 'model-'))
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(at, name), typeof content === 'string' ? content : JSON.stringify(content))
  return loadTokenizer(at)
}

function mergesText(merges: readonly (readonly [string, string])[]): string {
  return ['#version: 0.2', ...merges.map((pair) => pair.join(' ')), ''].join('\n')
}

function expectGolden(tokenizer: Tokenizer, { rows, parts }: Golden): void {
  const ours = rows.map((_, i) => {
    const { ids, offsets } = tokenizer.encode(strings[i])
    return { ids, offsets: offsets.flat() }
  })
  expect(ours).toEqual(rows)
  const texts = parts.map(({ string, start, end }) => tokenizer.decode(rows[string].ids.slice(start, end)))
  expect(texts).toEqual(parts.map((part) => part.text))
}

describe('a small BPE', () => {
  const tokenizer = () => load({ 'tokenizer.json': small })

  it('gives ids, offsets and decoded parts as Hugging Face does', () => {
    const { rows, parts } = golden('small.json') as Golden
    expect(rows).toHaveLength(250)
    expect(parts.some((part) => part.text.includes('\ufffd'))).toBe(true)
    expectGolden(tokenizer(), { rows, parts })
  })

  it('is the same from vocab.json and merges.txt', () => {
    const eosId = small.added_tokens[0].id
    const pair = {
      'vocab.json': { ...small.model.vocab, [EOS]: eosId },
      'merges.txt': mergesText(small.model.merges)
    }
    expectGolden(load(pair), golden('small.json') as Golden)
  })

  it('gives back every text whose bytes are all there, lone surrogates as U+FFFD', () => {
    const t = tokenizer()
    for (const text of strings.filter((s) => !s.includes(EOS))) {
      const { ids } = t.encode(text)
      expect(t.decode(ids)).toBe(text)
      expect(Buffer.concat(ids.map((id) => t.bytesOf(id))).toString('utf8')).toBe(text)
    }
    const lone = t.encode('a\ud83d b')
    expect(t.decode(lone.ids)).toBe('a\ufffd b')
    expect(lone.offsets.at(-1)![1]).toBe(4)
    expect(lone.offsets[1][0]).toBe(1)
  })

  it('covers the text with its offsets, without a gap', () => {
    const t = tokenizer()
    for (const text of strings) {
      const { offsets } = t.encode(text)
      let reached = 0
      for (const [start, end] of offsets) {
        expect(start).toBeLessThanOrEqual(reached)
        expect(end).toBeGreaterThanOrEqual(reached)
        reached = end
      }
      expect(reached).toBe(text.length)
    }
  })

  it('knows its end of text: one token, no bytes, left out when decoded', () => {
    const t = tokenizer()
    expect(t.vocabulary).toBe(Object.keys(small.model.vocab).length + 1)
    expect(t.endId).toBe(small.added_tokens[0].id)
    const { ids, offsets } = t.encode(`so${EOS} it`)
    const at = ids.indexOf(t.endId!)
    expect(offsets[at]).toEqual([2, 2 + EOS.length])
    expect(t.bytesOf(t.endId!)).toHaveLength(0)
    expect(t.decode(ids)).toBe('so it')
  })
})

const data = process.env.ERRATUM_DATA
describe('the vocabulary of GPT-2', () => {
  it.skipIf(data === undefined)(
    'gives ids and offsets of 1,000 odd strings as Hugging Face does (needs ERRATUM_DATA/gpt2_vocab)',
    () => {
      const source = (name: string): string => readFileSync(join(data!, 'gpt2_vocab', name), 'utf8')
      const tokenizer = load({ 'vocab.json': source('encoder.json'), 'merges.txt': source('vocab.bpe') })
      const { rows, parts } = golden('gpt2.json') as Golden
      expect(rows).toHaveLength(1000)
      expect(tokenizer.vocabulary).toBe(50257)
      expect(tokenizer.endId).toBe(50256)
      expectGolden(tokenizer, { rows, parts })
    }
  )
})

describe('the byte alphabet', () => {
  it('is a bijection of 256 bytes, the space being Ġ', () => {
    expect(new Set(CHARACTER_OF_BYTE).size).toBe(256)
    expect(CHARACTER_OF_BYTE[32]).toBe('Ġ')
    expect(CHARACTER_OF_BYTE[10]).toBe('Ċ')
    CHARACTER_OF_BYTE.forEach((character, byte) => expect([...bytesOfEntry(character)!]).toEqual([byte]))
    expect(bytesOfEntry('a b')).toBeNull()
  })
})

const model = small.model
const words = small.pre_tokenizer as Record<string, unknown>
const json = (fields: Record<string, unknown>): Record<string, unknown> => ({
  'tokenizer.json': { ...small, ...fields }
})

describe('a token that is added', () => {
  const art = (flags: object) => ({ content: 'art', lstrip: false, rstrip: false, single_word: false, ...flags })
  const found = (flags: object, text: string): [number, number][] => {
    const t = load(json({ added_tokens: [...small.added_tokens, { id: 501, special: false, ...art(flags) }] }))
    const { ids, offsets } = t.encode(text)
    return offsets.filter((_, i) => ids[i] === 501)
  }

  it('is found inside longer words only where it may be', () => {
    const text = 'a party of art and artists'
    expect(found({}, text)).toEqual([[3, 6], [11, 14], [19, 22]]) // prettier-ignore
    expect(found({ single_word: true }, text)).toEqual([[11, 14]])
    expect(found({ single_word: true }, 'art_ (art) é\u0301art art\u200d art')).toEqual([[6, 9], [22, 25]]) // prettier-ignore
  })

  it('takes the white space along that it is told to', () => {
    expect(found({ lstrip: true }, 'x \n art  art')).toEqual([[1, 7], [7, 12]]) // prettier-ignore
    expect(found({ rstrip: true }, 'art \u0085\ufeff art')).toEqual([[0, 5], [7, 10]]) // prettier-ignore
  })
})

describe('what comes before a text', () => {
  const template = {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: EOS } }, { Sequence: { id: 'A' } }, { SpecialToken: { id: EOS } }],
    special_tokens: { [EOS]: { ids: [500] } }
  }

  it('comes before a beginning and not before a text that goes on', () => {
    const t = load(json({ post_processor: template, pre_tokenizer: { ...words, add_prefix_space: true } }))
    const plain = load(json({}))
    expect(t.encode('born')).toEqual({
      ids: [500, ...plain.encode(' born').ids],
      offsets: [[0, 0], ...plain.encode(' born').offsets.map((pair) => pair.map((at) => Math.max(0, at - 1)))]
    })
    expect(t.encode('born', { continues: true })).toEqual(plain.encode('born'))
    // Each part of a text behind a token begins anew.
    expect(t.encode(`x${EOS}born`, { continues: true }).ids).toEqual([
      ...plain.encode('x').ids,
      500,
      ...plain.encode(' born').ids
    ])
  })

  it('leaves out what would close a text, and says so', () => {
    expect(loaded(json({ post_processor: template })).notices.join()).toMatch(/ends each text with a token/)
  })
})

describe('what a person should know of a folder', () => {
  const notices = (fields: Record<string, unknown>, config: object = {}, more: object = {}): string =>
    loaded({ ...json(fields), 'tokenizer_config.json': config, ...more }).notices.join('\n')
  const digits = { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, words] }

  it('is nothing where all agree', () => {
    expect(notices({})).toBe('')
    expect(
      notices({
        pre_tokenizer: { type: 'Sequence', pretokenizers: [words] },
        normalizer: { type: 'Sequence', normalizers: [] }
      })
    ).toBe('')
    expect(
      notices({ pre_tokenizer: digits, normalizer: { type: 'NFC' } }, { tokenizer_class: 'PreTrainedTokenizerFast' })
    ).toBe('')
    expect(notices({}, { add_prefix_space: true })).toBe('')
  })

  const cases: [string, string, RegExp][] = [
    [
      'a pre-tokenizer that transformers replaces',
      notices({ pre_tokenizer: digits }, { tokenizer_class: 'GPT2Tokenizer' }),
      /replaces the pre_tokenizer/
    ],
    ['a normalizer that it drops', notices({ normalizer: { type: 'NFC' } }), /drops the normalizer/],
    ['a space that it does not put', notices({ pre_tokenizer: { ...words, add_prefix_space: true } }), /puts no space/],
    ['a class of its own', notices({}, { tokenizer_class: 'T5Tokenizer' }), /T5Tokenizer.*rules of its own/],
    ['a BOS that it puts', notices({}, { add_bos_token: true, bos_token: EOS }), /puts <\|endoftext\|> before/],
    ['a token that it adds', notices({}, { pad_token: '[PAD]' }), /adds "\[PAD\]"/],
    [
      'an id that is not kept',
      notices({ added_tokens: [{ id: 900, content: '<x>', special: true }] }),
      /id 900. It gets the id 500/
    ],
    [
      'a byte without an entry',
      notices({ model: { ...model, vocab: without('q'), merges: withoutMerges('q') } }),
      /no entry for 1 of the 256 bytes/
    ]
  ]
  it.each(cases)('%s', (_, said, reason) => {
    expect(said).toMatch(reason)
  })
})

function without(...entries: string[]): Record<string, number> {
  const kept = Object.keys(model.vocab).filter((entry) => !entries.some((gone) => entry.includes(gone)))
  return Object.fromEntries(kept.map((entry, id) => [entry, id]))
}

function withoutMerges(gone: string): [string, string][] {
  return model.merges.filter(([a, b]) => !(a + b).includes(gone))
}

describe('what is not understood is refused with the file and the reason', () => {
  const steps = (...pretokenizers: object[]) => json({ pre_tokenizer: { type: 'Sequence', pretokenizers } })
  const bytes = { ...words, use_regex: false }
  const split = (Regex: string, behavior = 'Isolated') => ({
    type: 'Split',
    pattern: { Regex },
    behavior,
    invert: false
  })
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['no file', {}, /neither tokenizer\.json nor vocab\.json/],
    ['not JSON', { 'tokenizer.json': '{' }, /not JSON/],
    ['no object', { 'tokenizer.json': '[]' }, /not a JSON object/],
    ['another kind of model', json({ model: { ...model, type: 'Unigram' } }), /"Unigram" and not BPE/],
    ['no vocabulary', json({ model: { ...model, vocab: [] } }), /no vocabulary/],
    ['an id twice', json({ model: { ...model, vocab: { ...model.vocab, ab: 3 } } }), /the same id 3/],
    ['an id that is none', json({ model: { ...model, vocab: { ...model.vocab, ab: -1 } } }), /the id of "ab" is -1/],
    ['a merge without its entry', json({ model: { ...model, merges: ['! "'] } }), /needs the entry "!\\""/],
    ['marks at the ends of words', json({ model: { ...model, end_of_word_suffix: '</w>' } }), /end_of_word_suffix/],
    ['merges dropped at random', json({ model: { ...model, dropout: 0.1 } }), /dropout/],
    ['an unknown token that is not there', json({ model: { ...model, unk_token: '<unk>' } }), /lacks its unk_token/],
    [
      'characters by their bytes',
      json({ model: { ...model, vocab: without('q'), merges: withoutMerges('q'), byte_fallback: true } }),
      /byte_fallback/
    ],
    ['a normalizer of BERT', json({ normalizer: { type: 'BertNormalizer' } }), /normalizer: "BertNormalizer"/],
    ['words not in bytes', json({ pre_tokenizer: { type: 'Whitespace' } }), /pre_tokenizer: Whitespace/],
    ['steps after the bytes', steps(words, { type: 'Digits' }), /ByteLevel as the last step/],
    ['a step of another kind', steps({ type: 'UnicodeScripts' }, words), /"UnicodeScripts" is not known/],
    ['a behavior of another kind', steps(split('x', 'MergedWithNext'), words), /MergedWithNext/],
    ['an anchor', steps(split('^x'), bytes), /an anchor in the pattern/],
    ['a pattern that is none', steps(split('(x'), bytes), /cannot be used/],
    ['a decoder of another kind', json({ decoder: { type: 'Metaspace' } }), /decoder: "Metaspace"/],
    ['a post-processor of another kind', json({ post_processor: { type: 'Other' } }), /post_processor: "Other"/],
    [
      'a template without its token',
      json({
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: 'x' } }, { Sequence: {} }],
          special_tokens: {}
        }
      }),
      /TemplateProcessing/
    ],
    ['an added token that is none', { ...json({}), 'added_tokens.json': { '<x>': 'a' } }, /the id of "<x>" is "a"/],
    [
      'a flag that is none',
      { ...json({}), 'tokenizer_config.json': { added_tokens_decoder: { 501: { content: 'x', lstrip: 1 } } } },
      /lstrip 1/
    ],
    ['a broken merge', { 'vocab.json': model.vocab, 'merges.txt': 'a b c\n' }, /"a b c" is no pair/]
  ]
  it.each(cases)('%s', (_, files, reason) => {
    let thrown: unknown
    try {
      load(files)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(ErratumError)
    const { code, message, details } = thrown as ErratumError
    expect(code).toBe('BadFile')
    expect(message).toMatch(reason)
    expect(details.file).toContain(folder)
    expect(details.cure).toBeTruthy()
  })
})
