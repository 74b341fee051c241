import { afterAll, beforeAll, expect, it } from 'vitest'
import { NO_ROUTE } from '../../src/main/editor/neuron-index/scope-router.ts'
import type { NeuronIndex, Route } from '../../src/main/editor/neuron-index/types.ts'
import { viewTokens } from '../../src/main/editor/token-view.ts'
import type { SeenToken } from '../../src/main/editor/token-view.ts'
import { DEFAULT_SENTENCE_RULE } from '../../src/main/editor/sentence-ends.ts'
import { openTinyGpt2, randomBlockOf } from './tiny-gpt2.ts'
import type { TinyGpt2 } from './tiny-gpt2.ts'

const PROMPT = 'Once there was one.'
const SENTENCES = ['It had two eyes.', 'And a third.']

let tiny: TinyGpt2
beforeAll(async () => {
  tiny = await openTinyGpt2()
})
afterAll(() => tiny.remove())

/** An index that gives these routes, one a decision, whatever the keys are. */
function reading(routed: (string | null)[]) {
  let at = 0
  const index = {
    route: (): Route => ({ ...NO_ROUTE, block: routed[at++] ?? null })
  } as unknown as NeuronIndex
  return {
    protocol: 'deployment' as const,
    index,
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

/** Logits before one token, by a decoder that is given the whole text so far. */
async function logitsBefore(ids: readonly number[], block: ReturnType<typeof randomBlockOf> | null): Promise<number[]> {
  const decoder = tiny.model.decoder()
  await decoder.append(ids)
  const logits = [...(await decoder.logits(block))]
  decoder.release()
  return logits
}

function softmax(logits: readonly number[]): number[] {
  const exps = logits.map((l) => Math.exp(l))
  const total = exps.reduce((a, b) => a + b)
  return exps.map((e) => e / total)
}

const view = async (routed: (string | null)[], untouched: boolean): Promise<(SeenToken[] | null)[]> =>
  viewTokens(tiny.model, reading(routed), { prompt: PROMPT, sentences: SENTENCES }, { untouched, alternatives: 5 })

it.each([
  ['untouched', ['x', 'x'], true, [null, null]],
  ['edited', [null, 'x'], false, [null, 'x']]
] as const)('%s: figures are those of a decoder, token by token', async (_, routed, untouched, blocks) => {
  const { tokenizer } = tiny.model
  const seen = await view([...routed], untouched)
  let ids = tokenizer.encode(PROMPT).ids
  for (const [s, sentence] of SENTENCES.entries()) {
    const tokens = tokenizer.encode(` ${sentence}`).ids
    expect(seen[s]!.map((t) => t.text).join('')).toBe(` ${sentence}`)
    for (const [t, id] of tokens.entries()) {
      const p = softmax(await logitsBefore(ids, blocks[s] === null ? null : randomBlockOf(tiny.model, 1)))
      const token = seen[s]![t]
      expect(token.logprob).toBeCloseTo(Math.log(p[id]), 3)
      const falling = p.toSorted((a, b) => b - a)
      expect(token.alternatives).toHaveLength(5)
      token.alternatives.forEach((a, i) => expect(a.probability).toBeCloseTo(falling[i], 4))
      expect(falling[token.rank - 1]).toBeCloseTo(p[id], 4)
      ids = [...ids, id]
    }
  }
})

it('sentences beyond the context are told as such, and those before are read', async () => {
  const many = Array.from({ length: 200 }, () => 'It had two eyes.')
  const seen = await viewTokens(
    tiny.model,
    reading([]),
    { prompt: PROMPT, sentences: many },
    { untouched: true, alternatives: 1 }
  )
  expect(seen).toHaveLength(200)
  const read = seen.findIndex((s) => s === null)
  expect(read).toBeGreaterThan(0)
  expect(seen.slice(read).every((s) => s === null)).toBe(true)
})
