import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NO_ROUTE } from '../../src/main/editor/neuron-index/scope-router.ts'
import { perplexity, scoreTexts, tokenScore } from '../../src/main/editor/routed-score.ts'
import type { ScoredText } from '../../src/main/editor/routed-score.ts'
import type { BlockWeights } from '../../src/main/engine/models/language-model.ts'
import { openTinyGpt2, randomBlockOf } from './tiny-gpt2.ts'
import type { TinyGpt2 } from './tiny-gpt2.ts'

let tiny: TinyGpt2
let ids: number[]
let hidden: Float32Array
const blocks: Record<string, BlockWeights> = {}
beforeAll(async () => {
  tiny = await openTinyGpt2()
  ids = tiny.model.tokenizer.encode('Once there was one. It had two. And three.').ids
  hidden = (await tiny.model.bottom([ids]))[0].hidden
  blocks.x = randomBlockOf(tiny.model, 1)
  blocks.y = randomBlockOf(tiny.model, 2)
  blocks.zero = { ...blocks.x, b: blocks.x.b.map((b) => new Float32Array(b.length)) }
})
afterAll(() => tiny.remove())

const text = (decisions: number[], routed: (string | null)[]): ScoredText => ({
  ids,
  start: decisions[0],
  decisions,
  hidden,
  routes: routed.map((block) => ({ ...NO_ROUTE, block }))
})
const score = async (one: ScoredText, options = {}) =>
  (await scoreTexts(tiny.model, [one], (id) => Promise.resolve(blocks[id]), options))[0]

/** One token at a time by a decoder that is given the whole text before it: nothing is shared with the scorer. */
async function slowly({ start, decisions, routes }: ScoredText): Promise<number[]> {
  const nats: number[] = []
  for (let at = start; at < ids.length; at++) {
    const decoder = tiny.model.decoder()
    await decoder.append(ids.slice(0, at))
    const { block } = routes[decisions.findLastIndex((from) => from <= at)]
    const logits = [...(await decoder.logits(block === null ? null : blocks[block]))]
    decoder.release()
    nats.push(Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0)) - logits[ids[at]])
  }
  return nats
}

describe('a routed score', () => {
  it.each([
    [[5], [null]],
    [[5], ['x']],
    [
      [5, 9, 12],
      ['x', null, 'y']
    ],
    [
      [5, 9, 12],
      ['x', 'y', 'x']
    ]
  ])('from %j under %j is that of teacher forcing one token at a time', async (decisions, routed) => {
    const one = text(decisions, routed)
    const [came, due] = [await score(one), await slowly(one)]
    expect(came.tokens).toBe(ids.length - 5)
    due.forEach((nats, i) => expect(came.surprisal[i]).toBeCloseTo(nats, 3))
    expect(perplexity([came])).toBeCloseTo(Math.exp(due.reduce((a, b) => a + b, 0) / due.length), 2)
  })

  it('under a block of zeros is bit for bit the untouched one', async () => {
    const untouched = await score(text([5], ['zero']), { untouched: true })
    expect(await score(text([5], ['zero']))).toEqual(untouched)
    expect(await score(text([5], [null]))).toEqual(untouched)
    expect((await score(text([5], ['x']))).nats).not.toBe(untouched.nats)
  })

  it('says whether greedy writing would give each token; of equal logits the lowest id wins', () => {
    const logits = Float32Array.of(0, 2, 2, 1)
    expect([0, 1, 2, 3].map((id) => tokenScore(logits, id).likeliest)).toEqual([false, true, false, false])
    const total = 1 + 2 * Math.E ** 2 + Math.E
    expect(tokenScore(logits, 3).surprisal).toBeCloseTo(Math.log(total) - 1, 6)
  })

  it('of several texts is weighted by their tokens; of none there is none', async () => {
    const [one, two] = [await score(text([5], [null])), await score(text([11], ['x']))]
    expect(perplexity([one, two])).toBeCloseTo(Math.exp((one.nats + two.nats) / (one.tokens + two.tokens)), 9)
    expect(perplexity([])).toBeNull()
  })
})
