/**
 * A model folder's tokenizer. The folder's `tokenizer.json` (or `vocab.json` with `merges.txt`) as the Rust library
 * `tokenizers` reads it, then the tokens of `added_tokens.json`, `special_tokens_map.json` and of `added_tokens_decoder`
 * in `tokenizer_config.json`, the later winning, and that file's `add_prefix_space`.
 */
import { AddedTokens } from './added-tokens.ts'
import { byteLevelTokenizer, missingBytes } from './byte-level.ts'
import type { BytePairModel } from './byte-level.ts'
import { NotUnderstood } from './not-understood.ts'
import { frameOf, normalizerSteps, wordRule } from './text-steps.ts'
import { END_OF_TEXT, isId, readTokenizerFiles, refuse, tokenEntry } from './tokenizer-files.ts'
import type { Fields, TokenizerFiles, TokenEntry } from './tokenizer-files.ts'
import { differences } from './transformers-difference.ts'
import type { Tokenizer } from './tokenizer.ts'

export interface LoadedTokenizer {
  readonly tokenizer: Tokenizer
  /** what a person should know of it, a sentence each */
  readonly notices: readonly string[]
}

const CURE = 'Use a model with a byte-level BPE tokenizer whose steps are known (docs/formats.md lists them).'

/** @throws ErratumError `BadFile` where there is no tokenizer, or one with a part that is not understood */
export function loadTokenizer(folder: string): LoadedTokenizer {
  const files = readTokenizerFiles(folder)
  try {
    return build(files)
  } catch (error) {
    if (error instanceof NotUnderstood) throw refuse(files.source, error.message, CURE)
    throw error
  }
}

function build(files: TokenizerFiles): LoadedTokenizer {
  const { tokenizer: json, config, source } = files
  const model = bytePairModel(json.model, source)
  const prefixSpace = config.add_prefix_space
  const words = wordRule(json.pre_tokenizer, typeof prefixSpace === 'boolean' ? prefixSpace : null)
  const decoder = (json.decoder ?? { type: 'ByteLevel' }) as Fields
  if (decoder.type !== 'ByteLevel')
    throw new NotUnderstood(`decoder: ${JSON.stringify(decoder.type)} and not ByteLevel`)

  const notices: string[] = []
  const added = new AddedTokens(model.vocab)
  const fromFile = Array.isArray(json.added_tokens) ? (json.added_tokens as unknown[]) : []
  const own = fromFile.map((token, i): TokenEntry => {
    const id = (token as Fields | null)?.id
    return { ...tokenEntry(token, source, `added_tokens[${i}]`), ...(isId(id) ? { id } : {}) }
  })
  for (const entry of [...own, ...files.entries]) add(added, entry, notices)

  const frame = frameOf(json.post_processor)
  const named = [...files.named.values(), END_OF_TEXT].map((content) => added.idOf(content))
  const special = [...added.all()].flatMap(([id, token]) => (token.special ? [id] : []))
  const hidden = new Set([...special, ...named.filter((id) => id !== undefined)])
  const endId = added.idOf(files.named.get('eos_token') ?? END_OF_TEXT) ?? null
  const tokenizer = byteLevelTokenizer({
    model,
    normalizer: normalizerSteps(json.normalizer),
    words,
    frame,
    added,
    hidden,
    endId
  })

  const missing = missingBytes(model.vocab).length
  if (missing > 0)
    notices.push(
      `The vocabulary has no entry for ${missing} of the 256 bytes: characters that need one of them are ${model.unknown === null ? 'left out' : `read as ${model.unknown}`}.`
    )
  if (frame.behind.length > 0)
    notices.push(
      'tokenizer.json ends each text with a token of its own (post_processor). It is left out here, because a text is written on from its end.'
    )
  return { tokenizer, notices: [...notices, ...differences(files, { frame, words })] }
}

/** A token named without flags replaces nothing. */
function add(added: AddedTokens, entry: TokenEntry, notices: string[]): void {
  const { content, file, id: claimed, special = false } = entry
  if (content === '') return
  const plain = entry.lstrip === undefined
  const known = [...added.all().values()].some((token) => token.content === content)
  if (plain && known) return
  const { singleWord = false, lstrip = false, rstrip = false, normalized = !special } = entry
  const id = added.add({ content, singleWord, lstrip, rstrip, special, normalized })
  if (claimed !== undefined && claimed !== id)
    notices.push(
      `${file} gives the token ${JSON.stringify(content)} the id ${claimed}. It gets the id ${id}, as in the library tokenizers.`
    )
}

function bytePairModel(value: unknown, source: string): BytePairModel {
  const model = (value ?? {}) as Fields
  if (model.type !== undefined && model.type !== 'BPE')
    throw new NotUnderstood(`its model is ${JSON.stringify(model.type)} and not BPE`)
  for (const field of ['continuing_subword_prefix', 'end_of_word_suffix'])
    if (model[field]) throw new NotUnderstood(`its BPE marks parts of words (model: ${field})`)
  if (model.dropout) throw new NotUnderstood('its BPE drops merges at random (model: dropout)')
  const vocab = vocabOf(model.vocab, source)
  if (!Array.isArray(model.merges)) throw refuse(source, 'it has no merges')
  const merges = (model.merges as unknown[])
    .filter((merge) => typeof merge !== 'string' || !merge.startsWith('#version'))
    .map((merge): [string, string] => {
      const pair: unknown = typeof merge === 'string' ? merge.split(' ') : merge
      if (!Array.isArray(pair) || pair.length !== 2)
        throw refuse(source, `the merge ${JSON.stringify(merge)} is no pair of entries`)
      const [a, b] = pair as [string, string]
      const unknown = [a, b, `${a}${b}`].find((entry) => !vocab.has(entry))
      if (unknown !== undefined)
        throw refuse(
          source,
          `the merge ${JSON.stringify(merge)} needs the entry ${JSON.stringify(unknown)}, which the vocabulary lacks`
        )
      return [a, b]
    })
  const unknown = typeof model.unk_token === 'string' ? model.unk_token : null
  if (unknown !== null && !vocab.has(unknown))
    throw refuse(source, `its vocabulary lacks its unk_token ${JSON.stringify(unknown)}`)
  if (model.byte_fallback === true && missingBytes(vocab).length > 0)
    throw new NotUnderstood('its BPE writes unknown characters by their bytes (model: byte_fallback)')
  return { vocab, merges, unknown, fuseUnknown: model.fuse_unk === true, ignoreMerges: model.ignore_merges === true }
}

function vocabOf(value: unknown, source: string): Map<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(source, 'it has no vocabulary')
  const vocab = new Map<string, number>()
  const taken = new Map<number, string>()
  for (const [entry, id] of Object.entries(value)) {
    if (!isId(id)) throw refuse(source, `the id of ${JSON.stringify(entry)} is ${JSON.stringify(id)}`)
    const other = taken.get(id)
    if (other !== undefined)
      throw refuse(source, `${JSON.stringify(other)} and ${JSON.stringify(entry)} have the same id ${id}`)
    taken.set(id, entry)
    vocab.set(entry, id)
  }
  if (vocab.size === 0) throw refuse(source, 'its vocabulary is empty')
  return vocab
}
