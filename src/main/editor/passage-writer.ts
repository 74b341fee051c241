/**
 * Writes a passage: each sentence as if the whole text before it were its prompt.
 *
 * The route is decided at the end of the prompt, wherever a sentence ends, and wherever the tokens so far are exactly
 * the prompt of a live edit; where it differs from the last one, the top is run again over the kept bottom states.
 */
import { ErratumError } from '../../contract/errors.ts'
import { draw, describe } from '../engine/generation/sampler.ts'
import type { Sampling } from '../engine/generation/sampler.ts'
import type { BlockWeights, Decoder, LanguageModel } from '../engine/models/language-model.ts'
import { isDecisionPoint, LOOK_BACK, promptStart } from './edit-sample.ts'
import { SentenceCounter } from './sentence-counter.ts'
import { DEFAULT_SENTENCE_RULE } from './sentence-ends.ts'
import { KeyReader } from './key.ts'
import type { KeySpec, KeyToken } from './key.ts'
import type { NeuronIndex, Route } from './neuron-index/types.ts'
import type { SentenceRule } from './sentence-ends.ts'

/** Everything that decides which block writes where: an ordinary value, passed on. */
export interface Routing {
  readonly key: KeySpec
  readonly rule: SentenceRule
  readonly index: NeuronIndex
  /** whether these ids are exactly the prompt of a live record: a sentence start that a person made by hand is one */
  readonly isLivePrompt: (ids: readonly number[]) => boolean
  /** the block's weights; the same object for the same id */
  readonly block: (id: string) => Promise<BlockWeights>
}

export interface WrittenToken {
  id: number
  /** What this token completes: a character whose bytes are spread over several tokens comes with the last of them. */
  text: string
  /** natural logarithm of the model's probability (temperature 1) */
  logprob: number
  /** 1 = the likeliest */
  rank: number
}

/** A decision: from the token at `position` on (prompt counted), this route. */
export interface RouteTaken extends Route {
  readonly position: number
}

/** All that a decision was made from, so that another index can be asked how it would have decided. */
export interface Decision {
  /** tokens that were written before it */
  readonly after: number
  /** a sentence or the prompt ended there: it is a place for a decision whatever the index holds */
  readonly ended: boolean
  /** ids of the text there as it was written; `read`: as its key was read; `kept`: as writing went on from there */
  readonly ids: readonly number[]
  readonly read: readonly number[]
  readonly kept: readonly number[]
  /** [K] */
  readonly key: Float32Array
  readonly block: string | null
}

export interface Written {
  text: string
  tokens: WrittenToken[]
  routes: RouteTaken[]
  stop: 'eos' | 'sentences' | 'length' | 'context'
  seconds: number
}

export interface WriteLimits {
  maxNewTokens?: number
  /** stop after so many sentences; tokens that had to be written to know that one had ended are not given back */
  sentences?: number
  signal?: AbortSignal
  onToken?: (token: WrittenToken) => void
  /** the prompt ended in a space: the first token begins with it, and the text that is given back goes on behind it */
  afterSpace?: boolean
  onDecision?: (decision: Decision) => void
  /** of every token that writing went on from, those included that are not given back */
  onAppend?: (id: number) => void
  /** writing ends (as by length) after the first token that this refuses; `index` counts from 0 */
  accept?: (id: number, index: number) => boolean
}

/** Writes on from a prompt as it stands: what comes back continues it to the letter. */
export function writeFrom(
  model: LanguageModel,
  prompt: string,
  routing: Routing | null,
  sampling: Sampling,
  limits: WriteLimits = {}
): Promise<Written> {
  const { ids, afterSpace } = promptStart(model.tokenizer, prompt)
  return writePassage(model, ids, routing, sampling, { ...limits, afterSpace })
}

/** Of logits [V], those of tokens that begin with a space, and of the end of the text; the others are ruled out. */
export function spacedAlone({ tokenizer, config }: LanguageModel, logits: Float32Array): Float32Array {
  return logits.map((logit, id) =>
    config.eosIds.includes(id) || tokenizer.bytesOf(id)[0] === SPACE ? logit : -Infinity
  )
}

const SPACE = 0x20

export async function writePassage(
  model: LanguageModel,
  promptIds: readonly number[],
  routing: Routing | null,
  sampling: Sampling,
  limits: WriteLimits = {}
): Promise<Written> {
  const started = performance.now()
  const { tokenizer, config } = model
  const characters = new TextDecoder('utf-8', { ignoreBOM: true })
  checkPrompt(model, promptIds)
  let draft = new Draft(model, routing)
  const tokens: WrittenToken[] = []
  const routes: RouteTaken[] = []
  let block: BlockWeights | null = null
  const rule = routing?.rule ?? DEFAULT_SENTENCE_RULE
  const counter = limits.sentences === undefined ? null : new SentenceCounter(tokenizer.decode(promptIds), rule)
  const longest = limits.maxNewTokens ?? Infinity
  let stop: Written['stop'] = 'length'
  let told = 0
  /** The space that the prompt ends in is there already. */
  const given = (n: number): WrittenToken => {
    const token = tokens[n]
    return n === 0 && limits.afterSpace ? { ...token, text: token.text.replace(/^ /, '') } : token
  }
  /** Tokens are told once nothing can take them back. */
  const tell = (): void => {
    for (; told < Math.min(tokens.length, longest); told++) limits.onToken?.(given(told))
  }

  const decide = async (ended: boolean): Promise<void> => {
    if (!routing) return
    const ids = limits.onDecision ? [...draft.ids] : []
    const readAnew = ownTokens(model, promptIds, draft.ids)
    const read = readAnew === null ? draft : await Draft.of(model, routing, readAnew)
    const key = read.key()
    const route = routing.index.route(key, read.ids)
    routes.push({ position: promptIds.length + tokens.length, ...route })
    block = route.block === null ? null : await routing.block(route.block)
    const asRead = [...read.ids]
    // Under a block the text goes on from the tokens that the block was trained with; else as if nobody had looked.
    const [kept, left] = block ? [read, draft] : [draft, read]
    if (left !== kept) left.release()
    draft = kept
    limits.onDecision?.({
      after: tokens.length,
      ended,
      ids,
      read: asRead,
      kept: [...kept.ids],
      key,
      block: route.block
    })
  }

  try {
    await draft.append(promptIds)
    await decide(true)
    while (tokens.length < longest || (counter?.settled === false && tokens.length < longest + LOOK_AHEAD)) {
      if (limits.signal?.aborted) throw new ErratumError('Cancelled', 'Writing was cancelled.')
      if (draft.ids.length >= config.positions) {
        stop = 'context'
        break
      }
      const logits = await draft.decoder.logits(block)
      const isFirst = tokens.length === 0
      const id = draw(isFirst && limits.afterSpace ? spacedAlone(model, logits) : logits, sampling, tokens.length)
      const isEos = config.eosIds.includes(id)
      const text = characters.decode(tokenizer.bytesOf(id), { stream: true })
      if (isEos) counter?.finish()
      else counter?.push(text)
      if (counter && counter.ends >= limits.sentences!) {
        tokens.length = tokensUpTo(tokens, counter.lastEnd)
        stop = 'sentences'
        break
      }
      tokens.push({ id, text, ...describe(logits, id) })
      if (counter === null || counter.settled || counter.ends + 1 < limits.sentences!) tell()
      if (isEos) {
        stop = 'eos'
        break
      }
      if (limits.accept && !limits.accept(id, tokens.length - 1)) break
      if (draft.ids.length + 1 >= config.positions) {
        stop = 'context'
        break
      }
      await draft.append([id])
      limits.onAppend?.(id)
      const ended = isDecisionPoint(tokenizer.decode(draft.ids.slice(-LOOK_BACK)), rule)
      if (ended || routing?.isLivePrompt(draft.ids)) await decide(ended)
    }
  } finally {
    draft.release()
  }
  if (tokens.length > longest) {
    tokens.length = longest
    stop = 'length'
  }
  // Writing may have ended inside a character.
  if (tokens.length > 0 && stop !== 'sentences') tokens[tokens.length - 1].text += characters.decode()
  tell()
  const all = tokens.map((_, n) => given(n))
  return {
    text: all.map((t) => t.text).join(''),
    tokens: all,
    // A decision after the last token that is given back has written nothing.
    routes: routes.filter((r) => r.position < promptIds.length + tokens.length),
    stop,
    seconds: (performance.now() - started) / 1000
  }
}

/** Tokens that are written beyond the most that were asked for, to know whether the last sentence has ended. */
const LOOK_AHEAD = 16

/** How many of the tokens it takes to write so many UTF-16 units. */
function tokensUpTo(tokens: readonly WrittenToken[], units: number): number {
  let written = 0
  let count = 0
  while (written < units) written += tokens[count++].text.length
  return count
}

/** The key [K] by which writing on from these tokens begins. @throws ErratumError BadInput, DoesNotFit as writing does */
export async function keyOfPrompt(
  model: LanguageModel,
  promptIds: readonly number[],
  routing: Routing
): Promise<Float32Array> {
  checkPrompt(model, promptIds)
  const draft = await Draft.of(model, routing, promptIds)
  try {
    return draft.key()
  } finally {
    draft.release()
  }
}

function checkPrompt({ config }: LanguageModel, promptIds: readonly number[]): void {
  if (promptIds.length === 0)
    throw new ErratumError('BadInput', 'The prompt is empty.', {
      field: 'prompt',
      cure: 'Give at least one character.'
    })
  if (promptIds.length >= config.positions)
    throw new ErratumError(
      'DoesNotFit',
      `The prompt has ${promptIds.length} tokens and the model's context ${config.positions}.`,
      {
        field: 'prompt',
        tokens: promptIds.length,
        context: config.positions,
        cure: 'Shorten the prompt.'
      }
    )
}

/** A text as it grows: its tokens, the states that are kept of them, and what its key is read from. */
class Draft {
  readonly ids: number[] = []
  readonly decoder: Decoder
  private readonly model: LanguageModel
  private readonly reader: KeyReader | null

  constructor(model: LanguageModel, routing: Routing | null) {
    this.model = model
    this.decoder = model.decoder()
    this.reader = routing && new KeyReader(routing.key, model.config.width)
  }

  static async of(model: LanguageModel, routing: Routing, ids: readonly number[]): Promise<Draft> {
    const draft = new Draft(model, routing)
    await draft.append(ids)
    return draft
  }

  async append(next: readonly number[]): Promise<void> {
    const { width } = this.model.config
    const hidden = await this.decoder.append(next)
    next.forEach((id, i) => this.reader?.push(hidden.subarray(i * width, (i + 1) * width), keyToken(this.model, id)))
    this.ids.push(...next)
  }

  key(): Float32Array {
    if (!this.reader) throw new ErratumError('Internal', 'A text without routing has no key.')
    return this.reader.key()
  }

  release(): void {
    this.decoder.release()
  }
}

/**
 * The tokens that the tokenizer itself would give to what was written, if they are others; null: they are the same. A
 * model may spell a text with other tokens than its tokenizer, and edits are trained with the tokenizer's.
 */
function ownTokens(model: LanguageModel, promptIds: readonly number[], ids: readonly number[]): number[] | null {
  const written = model.tokenizer.decode(ids.slice(promptIds.length))
  const own = [...promptIds, ...model.tokenizer.encode(written, { continues: true }).ids]
  const same = own.length === ids.length && own.every((id, i) => id === ids[i])
  // Pieces may spell what the tokenizer knows as a token for which the model has no embedding.
  const feedable = own.length < model.config.positions && own.every((id) => id < model.config.vocabulary)
  return same || !feedable ? null : own
}

/** What a key has to know of a token; blank ones are nothing but white space. */
export function keyToken(model: LanguageModel, id: number): KeyToken {
  const text = model.tokenizer.decode([id])
  return { id, isWhiteSpace: text !== '' && text.trim() === '' }
}
