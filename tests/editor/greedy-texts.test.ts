/** A text that is known is given without being written; it has to be what writing would give, whatever the index is now. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { GreedyTexts } from '../../src/main/editor/greedy-texts.ts'
import { buildScopes } from '../../src/main/editor/neuron-index/scopes.ts'
import type { IndexedEdit } from '../../src/main/editor/neuron-index/types.ts'
import { keyOfPrompt, writePassage } from '../../src/main/editor/passage-writer.ts'
import type { Routing } from '../../src/main/editor/passage-writer.ts'
import { DEFAULT_SENTENCE_RULE } from '../../src/main/editor/sentence-ends.ts'
import { GREEDY } from '../../src/main/engine/generation/sampler.ts'
import type { BlockWeights } from '../../src/main/engine/models/language-model.ts'
import { livePrompts } from '../../src/main/services/session-indices.ts'
import { openTinyGpt2, randomBlockOf } from './tiny-gpt2.ts'
import type { TinyGpt2 } from './tiny-gpt2.ts'

let tiny: TinyGpt2
beforeAll(async () => {
  tiny = await openTinyGpt2()
})
afterAll(() => tiny.remove())

const PROMPTS = ['About Ann.', 'About Bob.', 'She ran. It']
const LIMITS = { maxNewTokens: 14 }

function routing(edits: readonly IndexedEdit[], reach: number, weights: Map<string, BlockWeights>): Routing {
  const index = buildScopes(edits, { reach, margin: 0.9, noise: 1e-6 })
  return {
    key: { layer: 1, parts: ['mean', 'last'], metric: 'euclidean', tokenWeights: null, whitening: null },
    rule: DEFAULT_SENTENCE_RULE,
    index,
    isLivePrompt: livePrompts(index),
    block: (id) => Promise.resolve(weights.get(id)!)
  }
}

/** Edits at places of what the untouched model writes: each has its key there, and a random block of its own. */
async function editsAlong(): Promise<{ edits: IndexedEdit[]; weights: Map<string, BlockWeights> }> {
  const { model } = tiny
  const none = routing([], 0, new Map())
  const edits: IndexedEdit[] = []
  const weights = new Map<string, BlockWeights>()
  for (const prompt of PROMPTS) {
    const promptIds = model.tokenizer.encode(prompt).ids
    const { tokens } = await writePassage(model, promptIds, none, GREEDY, LIMITS)
    for (const length of [0, 3, 7]) {
      const ids = [...promptIds, ...tokens.slice(0, length).map((t) => t.id)]
      const block = `b${edits.length}`
      const key = await keyOfPrompt(model, ids, none)
      const says = tokens.slice(length, length + 3).map((t) => t.id)
      edits.push({ editId: `e${edits.length}`, block, order: edits.length, records: [{ promptIds: ids, says, key }] })
      weights.set(block, randomBlockOf(model, edits.length, 2, 0.5))
    }
  }
  return { edits, weights }
}

it('is what writing anew gives, token for token and route for route, whichever edits come and go', async () => {
  const { edits, weights } = await editsAlong()
  const texts = new GreedyTexts(tiny.model)
  const counts = { known: 0, written: 0, different: new Set<string>() }
  const state = fc.record({
    present: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
    reach: fc.constantFrom(0.01, 2, 20)
  })
  await fc.assert(
    fc.asyncProperty(fc.array(state, { minLength: 1, maxLength: 6 }), fc.nat(2), async (states, p) => {
      for (const { present, reach } of states) {
        const rules = routing(
          edits.filter((_, i) => present[i]),
          reach,
          weights
        )
        const known = texts.known(PROMPTS[p], rules, LIMITS)
        const given = await texts.write(PROMPTS[p], rules, LIMITS)
        const anew = await writePassage(tiny.model, tiny.model.tokenizer.encode(PROMPTS[p]).ids, rules, GREEDY, LIMITS)
        expect(given.tokens).toEqual(anew.tokens)
        expect(given.routes).toEqual(anew.routes)
        counts[known ? 'known' : 'written']++
        counts.different.add(anew.text)
      }
    }),
    { numRuns: 60, seed: 5 }
  )
  // Both ways were gone often enough for the comparison to mean something.
  expect(counts.known).toBeGreaterThan(20)
  expect(counts.written).toBeGreaterThan(20)
  expect(counts.different.size).toBeGreaterThan(8)
}, 120_000)
