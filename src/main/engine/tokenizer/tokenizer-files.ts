/** The files of a model folder that say how a text becomes tokens, read and checked for their form. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import { jsonReason } from '../../../contract/json-reason.ts'
import type { AddedToken } from './added-tokens.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface TokenizerFiles {
  /** what errors name: `tokenizer.json`, or `vocab.json` where there is no `tokenizer.json` */
  readonly source: string
  /** `tokenizer.json`, or what stands for it */
  readonly tokenizer: Fields
  /** whether the folder has a `tokenizer.json` */
  readonly whole: boolean
  /** tokens of the folder's other files, in the order in which they are added */
  readonly entries: readonly TokenEntry[]
  /** `tokenizer_config.json`; empty without one */
  readonly config: Fields
  /** special tokens by name (`eos_token` ...), of tokenizer_config.json before special_tokens_map.json */
  readonly named: ReadonlyMap<string, string>
}

export interface TokenEntry extends Partial<AddedToken> {
  readonly content: string
  readonly file: string
  /** the id that the file claims */
  readonly id?: number
}

const CURE = 'Use the tokenizer files that were saved with the model.'
const NAMES = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token']
const LISTS = ['additional_special_tokens', 'extra_special_tokens']

/** @throws ErratumError `BadFile` */
export function readTokenizerFiles(folder: string): TokenizerFiles {
  const file = join(folder, 'tokenizer.json')
  const configFile = join(folder, 'tokenizer_config.json')
  const mapFile = join(folder, 'special_tokens_map.json')
  const addedFile = join(folder, 'added_tokens.json')
  const config = readFields(configFile) ?? {}
  const map = readFields(mapFile) ?? {}
  const whole = readFields(file)
  const special = namedTokens(map, mapFile)
  const entries = [
    ...addedTokens(readFields(addedFile) ?? {}, addedFile, new Set(special.map(({ content }) => content))),
    ...special,
    ...addedTokensDecoder(config.added_tokens_decoder, configFile)
  ]
  const named = new Map(
    [...namedTokens(map, mapFile), ...namedTokens(config, configFile)].flatMap(({ name, content }) =>
      name === null ? [] : [[name, content]]
    )
  )
  if (whole) return { source: file, tokenizer: whole, whole: true, entries, config, named }
  // Without tokenizer.json there is only what GPT-2's class is told: the tokens that tokenizer_config.json names too.
  const tokens = namedTokens(config, configFile)
  const [source, tokenizer] = fromVocabAndMerges(folder, config)
  return { source, tokenizer, whole: false, entries: [...entries, ...tokens], config, named }
}

/** `{content: id}` */
function addedTokens(fields: Fields, file: string, special: ReadonlySet<string>): TokenEntry[] {
  return Object.entries(fields)
    .map(([content, id]) => {
      if (!isId(id)) throw refuse(file, `the id of ${JSON.stringify(content)} is ${JSON.stringify(id)}`)
      return { content, id, file, special: special.has(content), normalized: !special.has(content) }
    })
    .sort((a, b) => a.id - b.id)
}

/** `{name: token}`, where a token is its content or a record of its flags, or a list of such. */
function namedTokens(fields: Fields, file: string): (TokenEntry & { name: string | null })[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (value === null || value === undefined || ![...NAMES, ...LISTS].includes(name)) return []
    const single = NAMES.includes(name)
    const list: unknown[] = single ? [value] : Array.isArray(value) ? value : Object.values(value)
    return list.map((token) => ({ ...tokenEntry(token, file, name, true), name: single ? name : null }))
  })
}

/** `{id: token}` of `tokenizer_config.json` */
function addedTokensDecoder(value: unknown, file: string): TokenEntry[] {
  if (value === undefined || value === null) return []
  if (typeof value !== 'object') throw refuse(file, 'its added_tokens_decoder is no record of tokens by id')
  return Object.entries(value)
    .map(([key, token]: [string, unknown]) => {
      const id = Number(key)
      if (!isId(id)) throw refuse(file, `its added_tokens_decoder has ${JSON.stringify(key)} for an id`)
      return { ...tokenEntry(token, file, `added_tokens_decoder.${key}`), id }
    })
    .sort((a, b) => a.id - b.id)
}

/** A token as Hugging Face writes it: its content, or a record. @param always it is special whatever its record says */
export function tokenEntry(value: unknown, file: string, place: string, always = false): TokenEntry {
  if (typeof value === 'string') return { content: value, file, special: always }
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Fields
  if (typeof fields.content !== 'string') throw refuse(file, `${place} is ${JSON.stringify(value)} and no token`)
  const flag = (name: string): boolean | undefined => {
    const given = fields[name]
    if (given === undefined || given === null || typeof given === 'boolean') return given ?? undefined
    throw refuse(file, `${place} has ${name} ${JSON.stringify(given)}`)
  }
  const special = always || (flag('special') ?? false)
  return {
    content: fields.content,
    file,
    singleWord: flag('single_word') ?? false,
    lstrip: flag('lstrip') ?? false,
    rstrip: flag('rstrip') ?? false,
    special,
    normalized: flag('normalized') ?? !special
  }
}

/** GPT-2's older pair of files, as a `tokenizer.json` would say it. */
function fromVocabAndMerges(folder: string, config: Fields): [string, Fields] {
  const file = join(folder, 'vocab.json')
  const mergesFile = join(folder, 'merges.txt')
  if (!existsSync(file) || !existsSync(mergesFile))
    throw refuse(folder, 'it has neither tokenizer.json nor vocab.json with merges.txt')
  const vocab = readFields(file)!
  const merges = readFileSync(mergesFile, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#version'))
  const broken = merges.find((line) => line.split(' ').length !== 2)
  if (broken !== undefined) throw refuse(mergesFile, `"${broken}" is no pair of entries`)
  const bos = tokenOf(config.bos_token) ?? END_OF_TEXT
  const bosId = vocab[bos]
  const before = config.add_bos_token === true && isId(bosId)
  return [
    file,
    {
      model: { type: 'BPE', vocab, merges },
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
      decoder: { type: 'ByteLevel' },
      post_processor: before
        ? {
            type: 'TemplateProcessing',
            single: [{ SpecialToken: { id: bos } }, { Sequence: { id: 'A' } }],
            special_tokens: { [bos]: { ids: [bosId] } }
          }
        : null,
      added_tokens: Object.hasOwn(vocab, END_OF_TEXT)
        ? [{ content: END_OF_TEXT, id: vocab[END_OF_TEXT], special: true }]
        : []
    }
  ]
}

export const END_OF_TEXT = '<|endoftext|>'

function tokenOf(value: unknown): string | null {
  const content = typeof value === 'object' && value !== null ? (value as Fields).content : value
  return typeof content === 'string' ? content : null
}

export function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31
}

function readFields(file: string): Fields | null {
  if (!existsSync(file)) return null
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw refuse(file, `it is not JSON (${jsonReason(error)})`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(file, 'it is not a JSON object')
  return value as Fields
}

export function refuse(file: string, reason: string, cure = CURE): ErratumError {
  return new ErratumError('BadFile', `${file} cannot be used as a tokenizer: ${reason}.`, { file, cure })
}
