/**
 * Where transformers 5.24 would read a folder's texts otherwise than its `tokenizer.json` says. For GPT2Tokenizer (the
 * class of a GPT-2 without a `tokenizer_class`) it keeps vocabulary, merges, added tokens and post-processor and builds
 * the rest anew; other classes of its own do so too, each in its way. Only the plain fast class takes the file whole.
 */
import type { Frame, WordRule } from './text-steps.ts'
import type { Fields, TokenizerFiles } from './tokenizer-files.ts'

const WHOLE = ['PreTrainedTokenizerFast', 'TokenizersBackend']

/** Sentences for the person who opens the folder; none where nothing differs. */
export function differences(
  { whole, tokenizer, config, entries, named }: TokenizerFiles,
  read: { frame: Frame; words: WordRule }
): string[] {
  const given = typeof config.tokenizer_class === 'string' ? config.tokenizer_class : 'GPT2Tokenizer'
  const told: string[] = []
  const say = (what: string): void => {
    told.push(
      `transformers 5 reads this folder in another way (tokenizer_class ${given}): ${what}. Here tokenizer.json counts.`
    )
  }
  if (whole && /^GPT2Tokenizer(Fast)?$/.test(given)) {
    const model = (tokenizer.model ?? {}) as Fields
    const normalizer = tokenizer.normalizer as Fields | null | undefined
    const empty = normalizer == null || (Array.isArray(normalizer.normalizers) && normalizer.normalizers.length === 0)
    if (!empty) say('it drops the normalizer')
    if (!read.words.gpt2) say("it replaces the pre_tokenizer by GPT-2's own")
    else if (read.words.prefixSpace && config.add_prefix_space === undefined) say('it puts no space before a text')
    for (const field of ['unk_token', 'ignore_merges', 'byte_fallback', 'fuse_unk'])
      if (model[field]) say(`it drops ${field} of the model`)
  } else if (whole && WHOLE.includes(given)) {
    if (config.add_prefix_space === true && read.words.prefixSpace && !fileHasPrefix(tokenizer))
      say('it ignores add_prefix_space of tokenizer_config.json')
  } else if (whole) say('it has rules of its own for that class')

  if (whole) {
    const bos = named.get('bos_token')
    if (config.add_bos_token === true && bos !== undefined && read.frame.before.length === 0)
      say(`it puts ${bos} before a text (add_bos_token)`)
    if (config.add_bos_token === false && read.frame.before.length > 0)
      say('it puts nothing before a text (add_bos_token)')
  }
  const known = new Set([...tokensOf(tokenizer), ...entries.map(({ content }) => content)])
  const unknown = whole ? [...new Set(named.values())].filter((content) => !known.has(content)) : []
  if (unknown.length > 0)
    say(
      `it adds ${unknown.map((token) => JSON.stringify(token)).join(', ')}, which tokenizer_config.json names, as special tokens`
    )
  return told
}

function fileHasPrefix(tokenizer: Fields): boolean {
  const step = tokenizer.pre_tokenizer as Fields | null
  return step?.add_prefix_space === true
}

function tokensOf(tokenizer: Fields): string[] {
  const added = Array.isArray(tokenizer.added_tokens) ? (tokenizer.added_tokens as (Fields | null)[]) : []
  return added.flatMap((token) => (typeof token?.content === 'string' ? [token.content] : []))
}
