/**
 * The steps of a `tokenizer.json` that a text goes through before the BPE: normalizer, pre_tokenizer and
 * post_processor. @huggingface/tokenizers 0.2.0 carries them out; here they are put into the words in which it does
 * what the Rust library `tokenizers` 0.23 does, and what it cannot do that way is refused by name.
 *
 * Where the two libraries differ in a step as it stands: `\s` of JavaScript counts U+FEFF and not U+0085, `\d` and `\w`
 * are ASCII, Punctuation glues its characters, a removed String is kept, Lowercase knows a final sigma, and `$` in what
 * replaces something is a reference.
 */
import { NotUnderstood } from './not-understood.ts'
import { libraryRegex } from './regex-dialect.ts'

/** A step as the library is given it. */
export type Step = Readonly<Record<string, unknown>>

/**
 * GPT-2's rule of words. Given as text and not left to the library's built-in one: `\s` here is Unicode's white space,
 * as in Hugging Face.
 */
const WORDS =
  "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\p{White_Space}\\p{L}\\p{N}]+|\\p{White_Space}+(?!\\P{White_Space})|\\p{White_Space}+"
const PUNCTUATION = '[\\p{P}!-/:-@\\[-`{-~]'
const WORD = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]'

export interface WordRule {
  /** what splits a text first; null: nothing does */
  readonly parts: Step | null
  /** what splits each part into words; the last step writes them in GPT-2's byte alphabet */
  readonly words: Step
  /** a space is put before each part that does not begin with one */
  readonly prefixSpace: boolean
  /** the words are those of GPT-2 */
  readonly gpt2: boolean
}

/** @param prefixSpace `add_prefix_space` of tokenizer_config.json; it counts where ByteLevel is the only step */
export function wordRule(preTokenizer: unknown, prefixSpace: boolean | null): WordRule {
  const steps = flatten(preTokenizer, 'pretokenizers', 'pre_tokenizer')
  const first = steps.slice(0, -1)
  const last = steps.at(-1)
  if (last?.type !== 'ByteLevel' || first.some(({ type }) => type === 'ByteLevel'))
    throw new NotUnderstood(
      `its words are not written in bytes (pre_tokenizer: ${names(steps)}; expected: ByteLevel as the last step)`
    )
  const ownRule = flag(last.use_regex, true, 'pre_tokenizer: use_regex')
  const spaced = flag(last.add_prefix_space, false, 'pre_tokenizer: add_prefix_space')
  const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false }
  const alone = first.length === 0
  return {
    parts: alone ? null : { type: 'Sequence', pretokenizers: first.map(wordStep) },
    words: { type: 'Sequence', pretokenizers: ownRule ? [split(WORDS), bytes] : [bytes] },
    prefixSpace: alone ? (prefixSpace ?? spaced) : spaced,
    gpt2: alone ? ownRule : first.length === 1 && !ownRule && !spaced && isGpt2(first[0])
  }
}

/** GPT-2's rule as its own library and others write it. */
const GPT2 = ["'s|'t|'re|'ve|'m|'ll|'d", "'(?:[sdmt]|ll|ve|re)"].map(
  (short) => short + '| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+'
)

function isGpt2({ type, pattern, behavior, invert }: Step): boolean {
  const regex = (pattern as { Regex?: unknown } | undefined)?.Regex
  return (
    type === 'Split' &&
    GPT2.includes(regex as string) &&
    (behavior === 'Isolated' || (behavior === 'Removed' && invert === true))
  )
}

function wordStep(step: Step): Step {
  switch (step.type) {
    case 'Digits':
      return split(flag(step.individual_digits, false, 'Digits: individual_digits') ? '\\p{N}' : '\\p{N}+')
    case 'Whitespace':
      return split(`${WORD}+|[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}\\p{White_Space}]+`, 'Removed', true)
    case 'WhitespaceSplit':
      return split('\\p{White_Space}', 'Removed')
    case 'CharDelimiterSplit':
      return split(literal(text(step.delimiter, 'CharDelimiterSplit: delimiter')), 'Removed')
    case 'Punctuation':
      return splitBy(PUNCTUATION, step.behavior ?? 'Isolated', 'Punctuation')
    case 'Split': {
      const invert = flag(step.invert, false, 'Split: invert')
      const pattern = regexOf(step.pattern, 'Split')
      if (!invert) return splitBy(pattern, step.behavior, 'Split')
      if (step.behavior === 'Removed') return split(pattern, 'Removed', true)
      if (step.behavior === 'Isolated') return split(pattern)
      throw new NotUnderstood(`pre_tokenizer: Split with invert and behavior ${JSON.stringify(step.behavior)}`)
    }
    default:
      throw new NotUnderstood(`pre_tokenizer: ${JSON.stringify(step.type)} is not known here`)
  }
}

function splitBy(pattern: string, behavior: unknown, name: string): Step {
  if (behavior === 'Isolated') return split(pattern)
  if (behavior === 'Removed') return split(pattern, 'Removed')
  if (behavior === 'Contiguous') return split(`(?:${pattern})+`)
  throw new NotUnderstood(`pre_tokenizer: ${name} with behavior ${JSON.stringify(behavior)}`)
}

function split(pattern: string, behavior = 'Isolated', invert = false): Step {
  return { type: 'Split', pattern: { Regex: pattern }, behavior, invert }
}

/** A normaliser for the library; null: it changes no text. */
export function normalizerSteps(normalizer: unknown): Step | null {
  const steps = flatten(normalizer, 'normalizers', 'normalizer').flatMap(normalizerStep)
  return steps.length === 0 ? null : { type: 'Sequence', normalizers: steps }
}

function normalizerStep(step: Step): Step[] {
  const replace = (pattern: string, content = ''): Step => ({ type: 'Replace', pattern: { Regex: pattern }, content })
  switch (step.type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
    case 'StripAccents':
      return [step]
    case 'Lowercase':
      // A final sigma is lowered like any other one: character by character.
      return [replace('Σ', 'σ'), step]
    case 'Replace': {
      const content = text(step.content, 'Replace: content')
      return [replace(regexOf(step.pattern, 'Replace'), content.replaceAll('$', '$$$$'))]
    }
    default:
      // Strip and Prepend among them: what they do at a text's beginning they would do to each text that goes on.
      throw new NotUnderstood(`normalizer: ${JSON.stringify(step.type)} is not known here`)
  }
}

/** Ids that a post-processor puts before and behind a text. */
export interface Frame {
  readonly before: readonly number[]
  readonly behind: readonly number[]
}

export function frameOf(postProcessor: unknown): Frame {
  const frames = flatten(postProcessor, 'processors', 'post_processor').map(frameStep)
  const [frame, ...more] = frames.filter(({ before, behind }) => before.length + behind.length > 0)
  // The second one would see a pair of texts.
  if (more.length > 0) throw new NotUnderstood('post_processor: more than one step adds tokens')
  return frame ?? { before: [], behind: [] }
}

function frameStep(step: Step): Frame {
  switch (step.type) {
    case 'ByteLevel':
      return { before: [], behind: [] }
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [pairId(step.cls)], behind: [pairId(step.sep)] }
    case 'TemplateProcessing':
      return template(step)
    default:
      throw new NotUnderstood(`post_processor: ${JSON.stringify(step.type)} is not known here`)
  }
}

interface TemplatePart {
  SpecialToken?: { id?: unknown }
  Sequence?: { id?: unknown }
}

function template({ single, special_tokens: tokens }: Step): Frame {
  const broken = new NotUnderstood('post_processor: its TemplateProcessing has no template of one text and its tokens')
  if (!Array.isArray(single)) throw broken
  const parts = single as (TemplatePart | null)[]
  const at = parts.findIndex((part) => part?.Sequence !== undefined)
  if (at < 0 || parts.some((part, i) => i !== at && part?.SpecialToken === undefined)) throw broken
  const idsOf = (part: TemplatePart | null): number[] => {
    const name = part?.SpecialToken?.id
    const known = typeof name === 'string' && typeof tokens === 'object' && tokens !== null ? tokens : {}
    const entry = (Object.hasOwn(known, name as string) ? known[name as keyof typeof known] : null) as {
      ids?: unknown
    } | null
    if (!Array.isArray(entry?.ids) || !entry.ids.every((id) => Number.isSafeInteger(id) && id >= 0)) throw broken
    return entry.ids as number[]
  }
  return { before: parts.slice(0, at).flatMap(idsOf), behind: parts.slice(at + 1).flatMap(idsOf) }
}

function pairId(value: unknown): number {
  const id: unknown = Array.isArray(value) ? value[1] : undefined
  if (Number.isSafeInteger(id) && (id as number) >= 0) return id as number
  throw new NotUnderstood('post_processor: a token without an id')
}

/** The steps of a sequence, sequences within it opened up; none where there is nothing. */
function flatten(value: unknown, field: string, place: string): Step[] {
  if (value === null || value === undefined) return []
  if (typeof value !== 'object' || typeof (value as Step).type !== 'string')
    throw new NotUnderstood(`${place}: it is no step with a type`)
  const step = value as Step
  if (step.type !== 'Sequence') return [step]
  const inner = step[field]
  if (!Array.isArray(inner)) throw new NotUnderstood(`${place}: a Sequence without ${field}`)
  return inner.flatMap((each) => flatten(each, field, place))
}

function names(steps: readonly Step[]): string {
  return steps.map(({ type }) => String(type)).join(', ') || 'none'
}

function flag(value: unknown, fallback: boolean, name: string): boolean {
  if (value === undefined) return fallback
  if (typeof value === 'boolean') return value
  throw new NotUnderstood(`${name} is ${JSON.stringify(value)}`)
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string') return value
  throw new NotUnderstood(`${name} is ${JSON.stringify(value)}`)
}

function regexOf(pattern: unknown, name: string): string {
  const { Regex, String: plain } = (pattern ?? {}) as { Regex?: unknown; String?: unknown }
  if (typeof Regex === 'string') return libraryRegex(Regex)
  if (typeof plain === 'string') return literal(plain)
  throw new NotUnderstood(`${name}: a pattern that is neither Regex nor String`)
}

function literal(content: string): string {
  return content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
