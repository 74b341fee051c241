/** A model folder's tokenizer: `tokenizer.json`, or GPT-2's older pair `vocab.json` and `merges.txt`. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import { byteLevelTokenizer } from './byte-level.ts'
import type { AddedTokenRecord, TokenizerRecord } from './byte-level.ts'
import type { Tokenizer } from './tokenizer.ts'

const END_OF_TEXT = '<|endoftext|>'
const CURE = 'Use a folder with the tokenizer of a GPT-2 (byte-level BPE).'

/**
 * @param eosId id of the end of a text (`config.json`), or null: the entry `<|endoftext|>` then
 * @throws ErratumError `BadFile` where there is no tokenizer or none that is byte-level BPE
 */
export function loadTokenizer(folder: string, eosId: number | null): Tokenizer {
  const file = join(folder, 'tokenizer.json')
  const [source, record] = existsSync(file) ? [file, fromTokenizerJson(file)] : fromVocabAndMerges(folder)
  const eos =
    eosId ?? record.addedTokens.find((token) => token.content === END_OF_TEXT)?.id ?? record.vocab[END_OF_TEXT]
  if (eos === undefined) throw refuse(source, `neither config.json nor the tokenizer names an end of text`)
  try {
    return byteLevelTokenizer(record, eos)
  } catch (error) {
    throw refuse(source, (error as Error).message)
  }
}

interface TokenizerJson {
  model?: {
    type?: string
    vocab?: unknown
    merges?: unknown
    continuing_subword_prefix?: string | null
    end_of_word_suffix?: string | null
    byte_fallback?: boolean
  }
  normalizer?: unknown
  pre_tokenizer?: { type?: string; add_prefix_space?: boolean; use_regex?: boolean } | null
  added_tokens?: { id?: unknown; content?: unknown; special?: unknown }[]
}

function fromTokenizerJson(file: string): TokenizerRecord {
  const { model, normalizer, pre_tokenizer: words, added_tokens: added = [] } = (readJson(file) ?? {}) as TokenizerJson
  if (model?.type !== undefined && model.type !== 'BPE') throw refuse(file, `its model is ${model.type} and not BPE`)
  if (!isVocab(model?.vocab) || !Array.isArray(model.merges)) throw refuse(file, 'it has no vocabulary or no merges')
  if (model.continuing_subword_prefix || model.end_of_word_suffix || model.byte_fallback)
    throw refuse(file, 'its BPE marks parts of words in another way than GPT-2')
  if (normalizer != null) throw refuse(file, 'it changes the text before it is split (normalizer)')
  if (words?.type !== 'ByteLevel' || words.add_prefix_space === true || words.use_regex === false)
    throw refuse(file, 'its words are not split as by GPT-2 (pre_tokenizer: ByteLevel without a space put in front)')
  const addedTokens = added.map(({ id, content, special }): AddedTokenRecord => {
    if (typeof id !== 'number' || typeof content !== 'string' || content === '')
      throw refuse(file, 'an added token has no id or no text')
    return { id, content, special: special === true }
  })
  return { vocab: model.vocab, merges: model.merges as TokenizerRecord['merges'], addedTokens }
}

function fromVocabAndMerges(folder: string): [string, TokenizerRecord] {
  const file = join(folder, 'vocab.json')
  const mergesFile = join(folder, 'merges.txt')
  if (!existsSync(file) || !existsSync(mergesFile))
    throw refuse(folder, 'it has neither tokenizer.json nor vocab.json with merges.txt')
  const vocab = readJson(file)
  if (!isVocab(vocab)) throw refuse(file, 'it is no vocabulary (a record of ids)')
  const merges = readFileSync(mergesFile, 'utf8')
    .split(/\r?\n/)
    .filter((line, number) => line !== '' && !(number === 0 && line.startsWith('#version')))
  const at = merges.findIndex((line) => line.split(' ').length !== 2)
  if (at >= 0) throw refuse(mergesFile, `"${merges[at]}" is no pair of entries`)
  const eos = vocab[END_OF_TEXT]
  return [
    file,
    { vocab, merges, addedTokens: eos === undefined ? [] : [{ id: eos, content: END_OF_TEXT, special: true }] }
  ]
}

function isVocab(value: unknown): value is Record<string, number> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((id) => Number.isSafeInteger(id) && (id as number) >= 0)
  )
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (error) {
    throw refuse(file, `it is not JSON (${(error as Error).message})`)
  }
}

function refuse(file: string, reason: string): ErratumError {
  return new ErratumError('BadFile', `${file} cannot be used as a tokenizer: ${reason}.`, { file, cure: CURE })
}
