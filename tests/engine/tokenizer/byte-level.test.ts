// The golden files are Hugging Face's own answers (make_golden.py).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ErratumError } from '../../../src/contract/errors.ts'
import { bytesOfEntry, CHARACTER_OF_BYTE } from '../../../src/main/engine/tokenizer/byte-alphabet.ts'
import { loadTokenizer } from '../../../src/main/engine/tokenizer/load.ts'
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

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'erratum-tokenizer-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function load(files: Record<string, unknown>, eosId: number | null = null): Tokenizer {
  const at = mkdtempSync(join(folder, 'model-'))
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(at, name), typeof content === 'string' ? content : JSON.stringify(content))
  return loadTokenizer(at, eosId)
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
    expect(t.eosId).toBe(small.added_tokens[0].id)
    const { ids, offsets } = t.encode(`so${EOS} it`)
    const at = ids.indexOf(t.eosId)
    expect(offsets[at]).toEqual([2, 2 + EOS.length])
    expect(t.bytesOf(t.eosId)).toHaveLength(0)
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
      expect(tokenizer.eosId).toBe(50256)
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

describe('what is no tokenizer of a GPT-2 is refused with the file and the reason', () => {
  const incomplete = Object.fromEntries(Object.entries(small.model.vocab).filter(([entry]) => entry !== '!'))
  const model = small.model
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['no file', {}, /neither tokenizer\.json nor vocab\.json/],
    ['not JSON', { 'tokenizer.json': '{' }, /not JSON/],
    [
      'another kind of model',
      { 'tokenizer.json': { ...small, model: { ...model, type: 'Unigram' } } },
      /Unigram and not BPE/
    ],
    ['a byte without an entry', { 'tokenizer.json': { ...small, model: { ...model, vocab: incomplete } } }, /byte 33/],
    ['a normalizer', { 'tokenizer.json': { ...small, normalizer: { type: 'NFC' } } }, /normalizer/],
    [
      'another rule of words',
      { 'tokenizer.json': { ...small, pre_tokenizer: { type: 'Whitespace' } } },
      /pre_tokenizer/
    ],
    [
      'a space in front',
      { 'tokenizer.json': { ...small, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } } },
      /pre_tokenizer/
    ],
    ['no end of text', { 'tokenizer.json': { ...small, added_tokens: [] } }, /end of text/],
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
