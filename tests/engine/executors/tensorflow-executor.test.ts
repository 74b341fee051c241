/** The same graphs on tfjs and on ONNX Runtime, which share no line of code: they agree as design says, or one errs. */
import * as tf from '@tensorflow/tfjs-core'
import { truncateSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createExecutor } from '../../../src/main/engine/executors/create-executor.ts'
import type { Executor } from '../../../src/main/engine/executors/executor.ts'
import { OnnxRuntimeExecutor } from '../../../src/main/engine/executors/onnxruntime-executor.ts'
import { tensorFlowAddon } from '../../../src/main/engine/executors/tensorflow-addon.ts'
import { startWorkerExecutor } from '../../../src/main/engine/executors/worker-executor.ts'
import { linear } from '../../../src/main/engine/graph/operators/products.ts'
import { multiply } from '../../../src/main/engine/graph/operators/elementwise.ts'
import { reshape } from '../../../src/main/engine/graph/operators/layout.ts'
import { sum } from '../../../src/main/engine/graph/operators/reductions.ts'
import { input, weight } from '../../../src/main/engine/graph/operators/sources.ts'
import { traceGraph } from '../../../src/main/engine/graph/trace.ts'
import { openLanguageModel } from '../../../src/main/engine/models/gpt2-language-model.ts'
import type { BlockWeights, LanguageModel } from '../../../src/main/engine/models/language-model.ts'
import { arrays, cases, differentiated } from '../graph/operator-cases.ts'
import {
  gradientDifference,
  logitDifference,
  randomBlock,
  randomGpt2,
  Stream,
  type RandomGpt2
} from '../../parity/random-gpt2.ts'

const SAME = 1e-4
const MODEL: RandomGpt2 = {
  layers: 4,
  heads: 3,
  width: 24,
  positions: 24,
  vocabulary: 61,
  seed: 17,
  keyLayer: 1,
  loraLayers: [2, 3]
}
const opened = randomGpt2(MODEL)
const stream = new Stream(4)
const sequences = [9, 4, 1].map((length) => stream.ids(length, MODEL.vocabulary))
const blocks = [randomBlock(MODEL, 1, 2), null, randomBlock(MODEL, 2, 3)]

const BACKENDS = [
  { name: 'tfjs in plain JavaScript', backend: 'javascript', absent: false },
  {
    name: 'TensorFlow (needs `npm run tensorflow:install`)',
    backend: 'native',
    absent: tensorFlowAddon() === null
  }
] as const

for (const { name, backend, absent } of BACKENDS)
  describe.skipIf(absent)(name, () => {
    const reference = new OnnxRuntimeExecutor({ executor: 'onnxruntime', threads: 1 })
    let executor: Executor
    let due: LanguageModel
    let came: LanguageModel

    beforeAll(async () => {
      executor = await createExecutor({ executor: 'tensorflow', backend })
      due = await openLanguageModel(opened.source, opened.points, { executor: reference })
      came = await openLanguageModel(opened.source, opened.points, { executor })
    })
    afterAll(async () => {
      await reference.release()
      await executor.release()
    })

    it('gives the bottom’s states and keys, each sequence apart from its batch mates', async () => {
      const at = sequences.map((ids) => ids.length - 1)
      const [a, b] = [await due.bottom(sequences, at), await came.bottom(sequences, at)]
      for (const i of sequences.keys()) {
        expect(logitDifference(b[i].hidden, a[i].hidden)).toBeLessThan(SAME)
        expect(logitDifference(b[i].keyModule!, a[i].keyModule!)).toBeLessThan(SAME)
      }
    })

    it('gives the top’s logits, with a block for each sample, and without any', async () => {
      const bottom = await due.bottom(sequences)
      const requests = bottom.map(({ hidden }, i) => ({
        hidden,
        block: blocks[i],
        rows: sequences[i].map((_, row) => row)
      }))
      const [a, b] = [await due.top(requests), await came.top(requests)]
      const [untouchedA, untouchedB] = [await due.topUntouched(requests), await came.topUntouched(requests)]
      for (const i of sequences.keys()) {
        expect(logitDifference(b[i], a[i])).toBeLessThan(SAME)
        expect(logitDifference(untouchedB[i], untouchedA[i])).toBeLessThan(SAME)
      }
      expect(logitDifference(a[0], untouchedA[0])).toBeGreaterThan(0.01) // the block is there
      expect(b[1]).toEqual(untouchedB[1]) // none is none, bit for bit
    })

    it('gives the loss and the gradients of A and B', async () => {
      const bottom = await due.bottom(sequences.slice(0, 2))
      const samples = bottom.map(({ hidden }, i) => ({
        hidden,
        targets: [...sequences[i].keys()].slice(1).map((row) => ({ row: row - 1, id: sequences[i][row] }))
      }))
      const block = randomBlock(MODEL, 3, 2)
      const [a, b] = [
        await (await due.trainer(samples, 2)).step(block),
        await (await came.trainer(samples, 2)).step(block)
      ]
      expect(Math.abs(a.loss - b.loss)).toBeLessThan(SAME * Math.max(1, a.loss))
      const layers = (gradient: BlockWeights): Float32Array[] => [...gradient.a, ...gradient.b]
      expect(layers(b.gradient)).toHaveLength(4)
      for (const [i, gradient] of layers(b.gradient).entries())
        expect(gradientDifference(gradient, layers(a.gradient)[i])).toBeLessThan(SAME)
    })

    it('writes token by token over its cache as in one piece, under changing blocks', async () => {
      const [ids] = sequences
      const decoder = came.decoder()
      await decoder.append(ids.slice(0, 3))
      for (let length = 3; length <= ids.length; length++) {
        const block = blocks[length % 3]
        const [hidden] = (await due.bottom([ids.slice(0, length)])).map((result) => result.hidden)
        const [row] = await due.top([{ hidden, block, rows: [length - 1] }])
        expect(logitDifference(await decoder.logits(block), row)).toBeLessThan(SAME)
        if (length < ids.length) await decoder.append([ids[length]])
      }
      decoder.release()
    })

    it('leaves no tensor behind: not after a run, not after a failed one, not after the release', async () => {
      const before = tf.memory().numTensors
      const own = await createExecutor({ executor: 'tensorflow', backend })
      const model = await openLanguageModel(opened.source, opened.points, { executor: own })
      const work = async (): Promise<void> => {
        const bottom = await model.bottom(sequences)
        await model.top(bottom.map(({ hidden }, i) => ({ hidden, block: blocks[i], rows: [0] })))
        await (
          await model.trainer([{ hidden: bottom[0].hidden, targets: [{ row: 1, id: 3 }] }], 2)
        ).step(randomBlock(MODEL, 3, 2))
      }
      await work()
      const open = tf.memory().numTensors
      expect(open).toBeGreaterThan(before) // the weights stay
      await work()
      expect(tf.memory().numTensors).toBe(open)

      const x = input('x', ['N'])
      const wrong = await own.compile(traceGraph({ y: sum(multiply(reshape(multiply(x, x), [7]), 2), [0]) }))
      const five = { dtype: 'float32' as const, shape: [5], data: new Float32Array(5) }
      await expect(wrong.run({ x: five })).rejects.toMatchObject({ code: 'Internal' })
      await expect(wrong.run({})).rejects.toMatchObject({ code: 'BadInput', details: { field: 'x' } })
      expect(tf.memory().numTensors).toBe(open)
      await own.release()
      expect(tf.memory().numTensors).toBe(before)
    })

    it('reads a weight once for all graphs, and says which file was cut', async () => {
      const { source, file } = randomGpt2(MODEL)
      const graph = traceGraph({ y: linear(input('x', ['N', 24]), weight('w', source.tensor('h.0.mlp.c_fc.weight'))) })
      const before = tf.memory().numTensors
      const [one, other] = [await executor.compile(graph), await executor.compile(graph)]
      expect(tf.memory().numTensors).toBe(before + 1)
      await one.release()
      expect(tf.memory().numTensors).toBe(before + 1)
      await other.release()
      expect(tf.memory().numTensors).toBe(before)
      truncateSync(file, 1000)
      await expect(executor.compile(graph)).rejects.toMatchObject({ code: 'BadFile', details: { file } })
    })

    it.each(Object.entries(cases))('agrees on the operator: %s', async (_, operatorCase) => {
      const { scalar, outputs } = differentiated(operatorCase)
      const graph = traceGraph({ ...outputs, value: operatorCase.of, scalar })
      const [one, other] = [await reference.compile(graph), await executor.compile(graph)]
      const [a, b] = [await one.run(arrays), await other.run(arrays)]
      for (const [output, { data, shape }] of Object.entries(a)) {
        expect(b[output].shape).toEqual(shape)
        expect(gradientDifference(b[output].data, data)).toBeLessThan(SAME)
      }
      await one.release()
      await other.release()
    })

    it('runs in the compute worker', async () => {
      const worker = await startWorkerExecutor({ executor: 'tensorflow', backend })
      expect(worker.name).toBe(executor.name)
      const model = await openLanguageModel(opened.source, opened.points, { executor: worker })
      const [a, b] = [await came.bottom(sequences), await model.bottom(sequences)]
      expect(b.map(({ hidden }) => hidden)).toEqual(a.map(({ hidden }) => hidden)) // the same bits
      const again = await model.bottom(sequences) // the weights were not given away with a result
      expect(again).toEqual(b)
      await worker.release()
    })
  })
