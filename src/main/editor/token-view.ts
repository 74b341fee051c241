/** A passage as the model sees it: how surprised it is at each token, under the routes that the text gets. */
import { describe } from '../engine/generation/sampler.ts'
import type { TokenFigures } from '../engine/generation/sampler.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { fitPassage } from './sentence-scores.ts'
import { readTexts } from './read-text.ts'
import type { ReadingRules } from './read-text.ts'
import { rowsByBlock } from './routed-score.ts'
import { NO_ROUTE } from './neuron-index/scope-router.ts'

export interface SeenToken extends TokenFigures {
  /** as it stands in the text; the pieces of one character that takes several tokens stand in the last of them */
  text: string
  /** the likeliest tokens in its place, the likeliest first */
  alternatives: { text: string; probability: number }[]
}

export interface ViewOptions {
  /** ignore the routes: the model as it was */
  untouched: boolean
  /** how many alternatives */
  alternatives: number
}

/**
 * Reads the sentences behind the prompt, each as if the whole text before it were its prompt.
 * @returns one list of tokens a sentence; null for those that lie (partly) beyond the model's context
 */
export async function viewTokens(
  model: LanguageModel,
  rules: ReadingRules,
  { prompt, sentences }: { prompt: string; sentences: readonly string[] },
  options: ViewOptions
): Promise<(SeenToken[] | null)[]> {
  const { tokenizer, config } = model
  const { promptIds, sentences: pieces } = fitPassage(model, { prompt, sentences })
  if (pieces.length === 0) return sentences.map(() => null)

  const starts = pieces.map((_, i) => pieces.slice(0, i).reduce((sum, p) => sum + p.length, promptIds.length))
  const [read] = await readTexts(model, [{ promptIds, targetIds: pieces.flat(), decisions: starts }], rules)
  const text = options.untouched ? { ...read, decisions: [read.start], routes: [NO_ROUTE] } : read
  const seen: Omit<SeenToken, 'text'>[] = []
  for (const [id, rows] of rowsByBlock(text)) {
    if (rows.length === 0) continue
    const request = { hidden: text.hidden, block: id === null ? null : await rules.block(id), rows }
    const [logits] = await (options.untouched ? model.topUntouched([request]) : model.top([request]))
    const vocabulary = logits.length / rows.length
    rows.forEach((row, i) => {
      const here = logits.subarray(i * vocabulary, (i + 1) * vocabulary)
      const id = text.ids[row + 1]
      const figures = describe(here, id)
      const total = here[id] - figures.logprob
      const alternatives = likeliest(here, options.alternatives).map((other) => ({
        text: config.eosIds.includes(other) ? 'end of text' : tokenizer.decode([other]),
        probability: Math.exp(here[other] - total)
      }))
      seen[row + 1 - read.start] = { ...figures, alternatives }
    })
  }
  const texts = tokenTexts(model, pieces.flat())
  return sentences.map((_, s) =>
    s < pieces.length
      ? pieces[s].map((_, t) => {
          const at = starts[s] - read.start + t
          return { text: texts[at], ...seen[at] }
        })
      : null
  )
}

/** Ids of the `count` largest of logits [V], the largest first; of equal ones the lower id comes first. */
function likeliest(logits: Float32Array, count: number): number[] {
  const best: number[] = []
  for (let id = 0; id < logits.length; id++) {
    if (best.length === count && logits[id] <= logits[best[count - 1]]) continue
    const at = best.findIndex((other) => logits[id] > logits[other])
    best.splice(at < 0 ? best.length : at, 0, id)
    if (best.length > count) best.pop()
  }
  return best
}

function tokenTexts({ tokenizer }: LanguageModel, ids: readonly number[]): string[] {
  const characters = new TextDecoder()
  return ids.map((id) => characters.decode(tokenizer.bytesOf(id), { stream: true }))
}
