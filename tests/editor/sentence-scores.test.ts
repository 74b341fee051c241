import { afterAll, beforeAll, expect, it } from 'vitest'
import { NO_ROUTE } from '../../src/main/editor/neuron-index/scope-router.ts'
import type { NeuronIndex, Route } from '../../src/main/editor/neuron-index/types.ts'
import { DEFAULT_SENTENCE_RULE } from '../../src/main/editor/sentence-ends.ts'
import { fitPassage, scoreSentences } from '../../src/main/editor/sentence-scores.ts'
import { viewTokens } from '../../src/main/editor/token-view.ts'
import { openTinyGpt2, randomBlockOf } from './tiny-gpt2.ts'
import type { TinyGpt2 } from './tiny-gpt2.ts'

const passage = { prompt: 'Once there was one.', sentences: ['It had two eyes.', 'And a third.'] }

let tiny: TinyGpt2
beforeAll(async () => {
  tiny = await openTinyGpt2()
})
afterAll(() => tiny.remove())

/** Fires a block from the second sentence on. */
function rules() {
  let decision = 0
  const route = (): Route => ({ ...NO_ROUTE, ...(decision++ === 0 ? {} : { block: 'b', editId: 'e', distance: 0.5 }) })
  return {
    protocol: 'deployment' as const,
    index: { route } as unknown as NeuronIndex,
    block: () => Promise.resolve(randomBlockOf(tiny.model, 1)),
    key: {
      layer: tiny.model.points.keyLayer,
      parts: ['last'] as const,
      metric: 'euclidean' as const,
      tokenWeights: null,
      whitening: null
    },
    rule: DEFAULT_SENTENCE_RULE,
    isLivePrompt: () => false
  }
}

it('perplexities are those of the tokens as they are viewed, untouched and under the route', async () => {
  const scores = await scoreSentences(tiny.model, rules(), passage)
  const perplexities = async (untouched: boolean): Promise<number[]> => {
    const seen = await viewTokens(tiny.model, rules(), passage, { untouched, alternatives: 1 })
    return seen.map((tokens) => Math.exp(-tokens!.reduce((sum, t) => sum + t.logprob, 0) / tokens!.length))
  }
  const [before, after] = [await perplexities(true), await perplexities(false)]
  scores.forEach((score, i) => {
    expect(score!.perplexity.before / before[i]).toBeCloseTo(1, 4)
    expect(score!.perplexity.after / after[i]).toBeCloseTo(1, 4)
  })
  expect(scores[1]!.perplexity.after).not.toBeCloseTo(scores[1]!.perplexity.before, 2)
  expect(scores.map((s) => [s!.route.block, s!.route.editId])).toEqual([
    [null, null],
    ['b', 'e']
  ])
  const { promptIds, sentences } = fitPassage(tiny.model, passage)
  expect(scores.map((s) => s!.route.position)).toEqual([promptIds.length, promptIds.length + sentences[0].length])
})

it('what lies beyond the context has no score, and its tokens are counted all the same', async () => {
  const long = { ...passage, sentences: [...passage.sentences, 'word '.repeat(tiny.model.config.positions)] }
  expect((await scoreSentences(tiny.model, rules(), long)).map((s) => s !== null)).toEqual([true, true, false])
  const { sentences, tokens } = fitPassage(tiny.model, long)
  expect([sentences.length, tokens.length]).toEqual([2, 3])
  expect(tokens[2]).toBeGreaterThan(tiny.model.config.positions)
})
