/** Our numbers against transformers, PyTorch and peft (golden/gpt2.json, by make_golden.py). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Executor } from '../../src/main/engine/executors/executor.ts'
import { OnnxRuntimeExecutor } from '../../src/main/engine/executors/onnxruntime-executor.ts'
import { blocksOfSamples } from '../../src/main/engine/models/batching.ts'
import { trainGraph } from '../../src/main/engine/models/gpt2.ts'
import { openLanguageModel } from '../../src/main/engine/models/gpt2-language-model.ts'
import { trainingBatches } from '../../src/main/engine/models/gpt2-trainer.ts'
import type { BlockWeights, LanguageModel, TrainSample } from '../../src/main/engine/models/language-model.ts'
import {
  argmax,
  gradientDifference,
  logitDifference,
  randomBlock,
  randomGpt2,
  randomTensors,
  type RandomGpt2
} from './random-gpt2.ts'

interface Gradients {
  loss: number
  a: number[][]
  b: number[][]
}

interface Golden {
  config: RandomGpt2
  checksum: number
  sequences: number[][]
  rows: number[][]
  hidden: number[][]
  keyModule: number[][]
  logits: number[][]
  perplexities: number[]
  targets: [number, number, number][]
  rank: number
  perSample: Gradients & { logits: number[][] }
  shared: Gradients
  greedy: { prompt: number[]; tokens: number[] }
  peft: number[]
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/gpt2.json'), 'utf8')) as Record<string, Golden>
const TOLERANCE = 1e-4
const cases = Object.keys(golden).flatMap((name) =>
  (['always', 'never'] as const).map((prepack) => ({ name, prepack, due: golden[name] }))
)

describe.each(cases)('random GPT-2 "$name", prepacking $prepack', ({ due, prepack }) => {
  const { config, sequences, rows } = due
  const { source, points } = randomGpt2(config)
  let executor: Executor
  let model: LanguageModel
  let hidden: Float32Array[]

  beforeAll(async () => {
    executor = new OnnxRuntimeExecutor({ executor: 'onnxruntime', threads: 2, prepack })
    model = await openLanguageModel(source, points, { executor, ownsExecutor: true })
    hidden = (await model.bottom(sequences)).map((result) => result.hidden)
  })
  afterAll(() => model.release())

  const samples = (): TrainSample[] =>
    sequences.map((_, b) => ({
      hidden: hidden[b],
      targets: due.targets.filter(([sample]) => sample === b).map(([, row, id]) => ({ row, id }))
    }))

  /** Sample 0: a trained block; 1: none; 2: a fresh one (B = 0). */
  const blocks = (): (BlockWeights | null)[] => {
    const fresh = randomBlock(config, 22, due.rank)
    return [
      randomBlock(config, 21, due.rank),
      null,
      { ...fresh, b: fresh.b.map(({ length }) => new Float32Array(length)) }
    ]
  }

  it('has the weights that Python has', () => {
    let sum = 0
    for (const { data } of Object.values(randomTensors(config))) for (const value of data) sum += Math.abs(value)
    expect(Math.abs(sum - due.checksum) / due.checksum).toBeLessThan(1e-12)
  })

  it.each(['in one padded batch', 'one by one'])("gives the key layer's states, %s", async (how) => {
    const at = sequences.map(({ length }) => length - 1)
    const results =
      how === 'one by one'
        ? (await Promise.all(sequences.map((ids, i) => model.bottom([ids], [at[i]])))).flat()
        : await model.bottom(sequences, at)
    for (const [i, result] of results.entries()) {
      expect(logitDifference(result.hidden, due.hidden[i])).toBeLessThan(TOLERANCE)
      expect(logitDifference(result.keyModule ?? [], due.keyModule[i])).toBeLessThan(TOLERANCE)
    }
  })

  it.each(['in one padded batch', 'one by one'])('gives the logits, %s', async (how) => {
    const requests = sequences.map((_, i) => ({ hidden: hidden[i], block: null, rows: rows[i] }))
    const logits =
      how === 'one by one'
        ? (await Promise.all(requests.map((request) => model.top([request])))).flat()
        : await model.top(requests)
    for (const [i, came] of logits.entries()) expect(logitDifference(came, due.logits[i])).toBeLessThan(TOLERANCE)
  })

  it('gives the perplexities', async () => {
    const logits = await model.top(
      sequences.map(({ length }, i) => ({ hidden: hidden[i], block: null, rows: [...Array(length - 1).keys()] }))
    )
    for (const [i, ids] of sequences.entries()) {
      const perplexity = Math.exp(meanNats(logits[i], ids.slice(1), config.vocabulary))
      expect(Math.abs(perplexity / due.perplexities[i] - 1)).toBeLessThan(TOLERANCE)
    }
  })

  it('gives the logits under a block of its own for each sample, and none', async () => {
    const own = blocks()
    const logits = await model.top(
      sequences.map(({ length }, i) => ({ hidden: hidden[i], block: own[i], rows: [length - 1] }))
    )
    for (const [i, came] of logits.entries())
      expect(logitDifference(came, due.perSample.logits[i])).toBeLessThan(TOLERANCE)
  })

  it('gives the gradients of blocks that differ from sample to sample', async () => {
    const compiled = await executor.compile(trainGraph(source, points, 'perSample'))
    // One batch takes the longest first: samples 0, 2, 1. So the blocks go in that order and their gradients come so.
    const [batch] = trainingBatches(source.config, samples(), compiled.rowMultiple, { tokens: 999, rows: 999 })
    const order = [0, 2, 1]
    const own = blocks()
    const outputs = await compiled.run({
      ...batch,
      ...blocksOfSamples(
        order.map((i) => own[i]),
        source.config,
        points
      )
    })
    expect(Math.abs(outputs.loss.data[0] - due.perSample.loss)).toBeLessThan(TOLERANCE)
    for (const part of ['a', 'b'] as const)
      for (const [layer, expected] of due.perSample[part].entries()) {
        const came = outputs[`grad.${part}.${layer}`].data
        const size = expected.length / order.length
        const sorted = order
          .map((_, sample) => order.indexOf(sample))
          .flatMap((at) => [...came.slice(at * size, (at + 1) * size)])
        expect(gradientDifference(sorted, expected)).toBeLessThan(TOLERANCE)
      }
  })

  it('gives the gradients of one block for all samples, in one batch or several', async () => {
    const split = await openLanguageModel(source, points, { executor, budget: { tokens: 20 } })
    for (const trained of [model, split]) {
      const trainer = await trained.trainer(samples(), due.rank)
      const { loss, gradient } = await trainer.step(randomBlock(config, 21, due.rank))
      expect(Math.abs(loss - due.shared.loss)).toBeLessThan(TOLERANCE)
      for (const part of ['a', 'b'] as const)
        for (const [layer, expected] of due.shared[part].entries())
          expect(gradientDifference(gradient[part][layer], expected)).toBeLessThan(TOLERANCE)
      trainer.release()
    }
    await split.release()
  })

  it('writes the same tokens greedily', async () => {
    const decoder = model.decoder()
    await decoder.append(due.greedy.prompt)
    const tokens: number[] = []
    while (tokens.length < due.greedy.tokens.length) {
      tokens.push(argmax(await decoder.logits(null)))
      await decoder.append(tokens.slice(-1))
    }
    decoder.release()
    expect(tokens).toEqual(due.greedy.tokens)
  })

  it('gives the logits that peft gives for the block as an adapter', async () => {
    const block = randomBlock(config, 21, due.rank)
    const [logits] = await model.top([{ hidden: hidden[0], block, rows: [sequences[0].length - 1] }])
    expect(logitDifference(logits, due.peft)).toBeLessThan(TOLERANCE)
  })
})

/** Mean of -log softmax(logits)[id] over the rows; float64. */
function meanNats(logits: Float32Array, ids: readonly number[], vocabulary: number): number {
  const nats = ids.map((id, row) => {
    const scores = logits.subarray(row * vocabulary, (row + 1) * vocabulary)
    const most = scores.reduce((a, b) => Math.max(a, b))
    const total = scores.reduce((sum, score) => sum + Math.exp(score - most), 0)
    return most + Math.log(total) - scores[id]
  })
  return nats.reduce((a, b) => a + b) / nats.length
}
