/** What the edits do to each sentence of a passage: its perplexity before and after, and the route that it gets. */
import { ErratumError } from '../../contract/errors.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { passageTokens } from './edit-sample.ts'
import { readTexts } from './read-text.ts'
import type { ReadingRules } from './read-text.ts'
import { scoreTexts } from './routed-score.ts'
import type { Route } from './neuron-index/types.ts'

export interface SentenceScore {
  tokens: number
  /** token-weighted; before: the untouched model; after: under the routes that the text gets */
  perplexity: { before: number; after: number }
  /** decided where the sentence begins, from the text to its left */
  route: Route & { position: number }
}

/** A passage as tokens, as far as it fits the context. */
export interface FittedPassage {
  readonly promptIds: readonly number[]
  /** ids of each sentence that fits wholly, in order */
  readonly sentences: readonly (readonly number[])[]
  /** tokens of all sentences, those that do not fit too */
  readonly tokens: readonly number[]
}

/** @throws ErratumError BadInput where there is no header */
export function fitPassage(
  { tokenizer, config }: Pick<LanguageModel, 'tokenizer' | 'config'>,
  { prompt, sentences }: { prompt: string; sentences: readonly string[] }
): FittedPassage {
  const { promptIds, sentences: all } = passageTokens(tokenizer, prompt, sentences)
  if (promptIds.length === 0) throw new ErratumError('BadInput', 'A passage without a header cannot be read.')
  let length = promptIds.length
  const beyond = all.findIndex((ids) => (length += ids.length) > config.positions)
  return { promptIds, sentences: beyond < 0 ? all : all.slice(0, beyond), tokens: all.map((ids) => ids.length) }
}

/** @returns one a sentence; null for those that lie (partly) beyond the model's context */
export async function scoreSentences(
  model: LanguageModel,
  rules: ReadingRules,
  passage: { prompt: string; sentences: readonly string[] }
): Promise<(SentenceScore | null)[]> {
  const { promptIds, sentences } = fitPassage(model, passage)
  if (sentences.length === 0) return passage.sentences.map(() => null)
  const starts: number[] = []
  sentences.reduce((at, ids) => (starts.push(at), at + ids.length), promptIds.length)
  const [text] = await readTexts(model, [{ promptIds, targetIds: sentences.flat(), decisions: starts }], rules)
  const [before] = await scoreTexts(model, [text], rules.block, { untouched: true })
  const [after] = await scoreTexts(model, [text], rules.block)
  return passage.sentences.map((_, s) => {
    if (s >= sentences.length) return null
    const from = starts[s] - text.start
    const perplexityOf = (nats: Float64Array): number => {
      const own = nats.subarray(from, from + sentences[s].length)
      return Math.exp(own.reduce((sum, n) => sum + n, 0) / own.length)
    }
    return {
      tokens: sentences[s].length,
      perplexity: { before: perplexityOf(before.surprisal), after: perplexityOf(after.surprisal) },
      route: { position: starts[s], ...text.routes[text.decisions.indexOf(starts[s])] }
    }
  })
}
