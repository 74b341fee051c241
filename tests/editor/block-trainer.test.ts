import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshBlock, trainBlock, trainSample } from '../../src/main/editor/block-trainer.ts'
import { makeSample } from '../../src/main/editor/edit-sample.ts'
import type { EditSample } from '../../src/main/editor/edit-sample.ts'
import { PAPER_SETTINGS } from '../../src/main/editor/edit-settings.ts'
import type { EditSettings } from '../../src/main/editor/edit-settings.ts'
import { DEFAULT_SENTENCE_RULE } from '../../src/main/editor/sentence-ends.ts'
import type { BlockWeights, LanguageModel } from '../../src/main/engine/models/language-model.ts'
import { openTinyGpt2 } from './tiny-gpt2.ts'
import type { TinyGpt2 } from './tiny-gpt2.ts'

interface Golden {
  learningRate: number
  halveEvery: number
  gradients: number[][]
  moves: number[][]
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden-adam.json'), 'utf8')) as Golden

let tiny: TinyGpt2
let samples: EditSample[]
let hidden: Float32Array[]
beforeAll(async () => {
  tiny = await openTinyGpt2()
  samples = [
    ['She was born.', 'In May 1900.'],
    ['He wrote books.', 'Two of them.']
  ].map(([prompt, target], i) =>
    makeSample(tiny.model.tokenizer, { id: String(i), prompt, target }, DEFAULT_SENTENCE_RULE)
  )
  hidden = (await tiny.model.bottom(samples.map((s) => [...s.promptIds, ...s.targetIds]))).map((b) => b.hidden)
})
afterAll(() => tiny.remove())

const settings = (changes: Partial<EditSettings> = {}): EditSettings => ({ ...PAPER_SETTINGS, rank: 4, ...changes })
const train = (changes: Partial<EditSettings>, hooks = {}) =>
  trainBlock(tiny.model, samples, hidden, settings(changes), hooks)

/** A model whose gradients are given: each step's first gradient in every A and B. */
function withGradients(model: LanguageModel, gradients: readonly number[][]): LanguageModel {
  let step = 0
  const spread = (like: readonly Float32Array[], values: readonly number[]): Float32Array[] =>
    like.map((p) => Float32Array.from(p, (_, i) => values[i % values.length]))
  return {
    ...model,
    config: model.config,
    points: model.points,
    trainer: () =>
      Promise.resolve({
        step: ({ rank, a, b }: BlockWeights) => {
          const values = gradients[step++]
          return Promise.resolve({ loss: 1, gradient: { rank, a: spread(a, values), b: spread(b, values) } })
        },
        release: () => undefined
      })
  }
}

describe('training a block', () => {
  it('moves as Adam with a halving schedule does in PyTorch', async () => {
    const { learningRate, halveEvery, gradients, moves } = golden
    for (const steps of [1, 2, halveEvery, halveEvery + 1, gradients.length]) {
      const changes = settings({ learningRate, halveEvery, iterations: gradients.length, rank: 2 })
      const stop = new AbortController()
      const seen: BlockWeights[] = []
      const model = withGradients(tiny.model, gradients)
      const trained = await trainBlock(
        model,
        samples,
        hidden,
        { ...changes, iterations: steps },
        { signal: stop.signal }
      )
      seen.push(trained.weights)
      const start = freshBlock(tiny.model, 2, samples, changes.seed)
      const due = gradients[0].map((_, i) => moves.slice(0, steps).reduce((sum, move) => sum + move[i], 0))
      for (const [k, b] of seen[0].b.entries())
        for (let i = 0; i < due.length; i++) expect(b[i] - start.b[k][i]).toBeCloseTo(due[i], 6)
      expect(trained.iterations).toBe(steps)
    }
  })

  it('starts with B = 0 and A within 1/sqrt(p), from a seed that the edits’ content gives', () => {
    const block = freshBlock(tiny.model, 4, samples, 0)
    expect(block.b.every((b) => b.every((x) => x === 0))).toBe(true)
    const all = block.a.flatMap((a) => [...a])
    expect(Math.max(...all.map(Math.abs))).toBeLessThanOrEqual(0.5)
    expect(Math.max(...all)).toBeGreaterThan(0.45)
    expect(freshBlock(tiny.model, 4, samples, 0)).toEqual(block)
    expect(freshBlock(tiny.model, 4, samples, 1).a).not.toEqual(block.a)
    expect(freshBlock(tiny.model, 4, [samples[1]], 0).a).not.toEqual(block.a)
  })

  it('takes each target token from the row before it', () => {
    const { targets } = trainSample(samples[0], hidden[0])
    expect(targets.map((t) => t.id)).toEqual(samples[0].targetIds)
    expect(targets[0].row).toBe(samples[0].promptIds.length - 1)
  })

  it('gives the same bits for the same edits, and the loss falls until the targets are likeliest', async () => {
    const losses: number[] = []
    const onIteration = (_: number, __: number, loss: number): void => void losses.push(loss)
    const long = { rank: 16, iterations: 300, halveEvery: 150 }
    const one = await train(long, { onIteration })
    const other = await train(long)
    expect(other.weights).toEqual(one.weights)
    expect(losses).toHaveLength(300)
    expect(losses.at(-1)!).toBeLessThan(losses[0] / 4)
    for (const [i, { promptIds, targetIds }] of samples.entries()) {
      const rows = targetIds.map((_, t) => promptIds.length + t - 1)
      const [logits] = await tiny.model.top([{ hidden: hidden[i], block: one.weights, rows }])
      const V = tiny.model.config.vocabulary
      targetIds.forEach((id, t) => {
        const row = logits.subarray(t * V, (t + 1) * V)
        expect(row.indexOf(Math.max(...row))).toBe(id)
      })
    }
  })

  it('ends early only where the loss is low enough and the targets are exact', async () => {
    const asked: number[] = []
    let iteration = 0
    const hooks = {
      onIteration: (i: number) => (iteration = i),
      exact: () => (asked.push(iteration), Promise.resolve(iteration >= 20))
    }
    const early = await train({ iterations: 50, extraIterations: 10, enoughLoss: 1e9 }, hooks)
    expect([early.iterations, early.exact]).toEqual([20, true])
    expect(asked).toEqual([0, 5, 10, 15, 20])
  })

  it('adds iterations while a target is not exact, up to the limit, and says so', async () => {
    const never = await train({ iterations: 10, extraIterations: 15 }, { exact: () => Promise.resolve(false) })
    expect([never.iterations, never.exact]).toEqual([25, false])
    const plain = await train({ iterations: 10, extraIterations: 15 })
    expect([plain.iterations, plain.exact]).toEqual([10, null])
  })

  it('stops between iterations when it is cancelled', async () => {
    const stop = new AbortController()
    const onIteration = (i: number): void => {
      if (i === 3) stop.abort()
    }
    await expect(train({}, { signal: stop.signal, onIteration })).rejects.toMatchObject({ code: 'Cancelled' })
  })
})
