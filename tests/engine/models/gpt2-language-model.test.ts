import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Executor } from '../../../src/main/engine/executors/executor.ts'
import { OnnxRuntimeExecutor } from '../../../src/main/engine/executors/onnxruntime-executor.ts'
import { openLanguageModel } from '../../../src/main/engine/models/gpt2-language-model.ts'
import type { BlockWeights, LanguageModel, TopRequest } from '../../../src/main/engine/models/language-model.ts'
import {
  gradientDifference,
  logitDifference,
  randomBlock,
  randomGpt2,
  Stream,
  type RandomGpt2
} from '../../parity/random-gpt2.ts'

const config: RandomGpt2 = {
  layers: 5,
  heads: 3,
  width: 24,
  positions: 40,
  vocabulary: 90,
  seed: 8,
  keyLayer: 1,
  loraLayers: [2, 4]
}
const V = config.vocabulary
const sequences = [23, 7, 40, 12].map((length, i) => new Stream(50 + i).ids(length, V))

describe.each(['always', 'never'] as const)('Gpt2LanguageModel, prepacking %s', (prepack) => {
  const { source, points } = randomGpt2(config)
  const trained = randomBlock(config, 31, 4)
  const other = randomBlock(config, 32, 2)
  let executor: Executor
  let model: LanguageModel
  let hidden: Float32Array[]

  beforeAll(async () => {
    executor = new OnnxRuntimeExecutor({ executor: 'onnxruntime', threads: 2, prepack })
    model = await openLanguageModel(source, points, { executor })
    hidden = (await model.bottom(sequences)).map((result) => result.hidden)
  })
  afterAll(async () => {
    await model.release()
    await executor.release()
  })

  const requests = (blocks: readonly (BlockWeights | null)[]): TopRequest[] =>
    sequences.map(({ length }, i) => ({ hidden: hidden[i], block: blocks[i], rows: [1, length - 2, length - 1] }))

  it('without a block is bit for bit the graph without LoRA nodes', async () => {
    const plain = requests([null, null, null, null])
    expect(bits(await model.top(plain))).toEqual(bits(await model.topUntouched(plain)))
  })

  it('without a block in one row only, that row is bit for bit untouched', async () => {
    const mixed = requests([trained, null, null, other])
    const [came, due] = [await model.top(mixed), await model.topUntouched(mixed)]
    expect(bits([came[1], came[2]])).toEqual(bits([due[1], due[2]]))
    expect(logitDifference(came[0], due[0])).toBeGreaterThan(0.01)
    expect(logitDifference(came[3], due[3])).toBeGreaterThan(0.01)
  })

  it('gives the same bits for the same request', async () => {
    const mixed = requests([trained, null, other, null])
    expect(bits(await model.top(mixed))).toEqual(bits(await model.top(mixed)))
  })

  it('gives each row what it gets alone, whatever its batch mates, their ranks and the padding', async () => {
    const mixed = requests([trained, null, other, trained])
    const together = await model.top(mixed)
    for (const [i, request] of mixed.entries()) {
      const [alone] = await model.top([request])
      expect(logitDifference(together[i], alone)).toBeLessThan(1e-4)
    }
    const [alone] = await model.bottom([sequences[1]])
    expect(logitDifference(hidden[1], alone.hidden)).toBeLessThan(1e-4)
  })

  it('splits what is larger than its budget, and gives it back in order', async () => {
    const small = await openLanguageModel(source, points, { executor, budget: { tokens: 30, rows: 4 } })
    const at = sequences.map(({ length }) => length - 1)
    const due = await model.bottom(sequences, at)
    for (const [i, came] of (await small.bottom(sequences, at)).entries()) {
      expect(logitDifference(came.hidden, due[i].hidden)).toBeLessThan(1e-4)
      expect(logitDifference(came.keyModule ?? [], due[i].keyModule ?? [])).toBeLessThan(1e-4)
    }
    const mixed = requests([trained, null, other, null])
    const logits = await model.top(mixed)
    for (const [i, came] of (await small.top(mixed)).entries())
      expect(logitDifference(came, logits[i])).toBeLessThan(1e-4)
    await small.release()
  })

  it('trains by the gradient of what it then computes', async () => {
    const trainer = await model.trainer(
      sequences.map((ids, i) => ({
        hidden: hidden[i],
        targets: [3, ids.length - 2].map((row) => ({ row, id: ids[row + 1] }))
      })),
      4
    )
    const { loss, gradient } = await trainer.step(trained)
    // A small step against the gradient lowers the loss by its squared length, to first order.
    const rate = 1e-3
    const moved = {
      rank: 4,
      a: trained.a.map((part, i) => part.map((value, j) => value - rate * gradient.a[i][j])),
      b: trained.b.map((part, i) => part.map((value, j) => value - rate * gradient.b[i][j]))
    }
    const square = [...gradient.a, ...gradient.b].reduce((sum, part) => part.reduce((s, g) => s + g * g, sum), 0)
    const fall = loss - (await trainer.step(moved)).loss
    expect(Math.abs(fall / (rate * square) - 1)).toBeLessThan(0.1)
    trainer.release()
    await expect(trainer.step(trained)).rejects.toThrow('released')
  })

  it('counts every target token the same, however samples are batched', async () => {
    const samples = sequences.map((ids, i) => ({
      hidden: hidden[i],
      targets: Array.from({ length: i + 1 }, (_, k) => ({ row: k, id: ids[k + 1] }))
    }))
    const all = await (await model.trainer(samples, 4)).step(trained)
    let loss = 0
    let first = new Float32Array(trained.b[0].length)
    for (const sample of samples) {
      const one = await (await model.trainer([sample], 4)).step(trained)
      loss += (one.loss * sample.targets.length) / 10
      first = first.map((g, j) => g + (one.gradient.b[0][j] * sample.targets.length) / 10)
    }
    expect(all.loss).toBeCloseTo(loss, 4)
    expect(gradientDifference(all.gradient.b[0], first)).toBeLessThan(1e-4)
  })

  it('texts side by side have the logits that each has by itself', async () => {
    const length = 12
    const texts = [0, 2, 3].map((i) => [...sequences[0].slice(0, 5), ...sequences[i].slice(5, length)])
    const decoder = model.sideBySide(texts.length)
    for (const [from, to] of [
      [0, 5],
      [5, 6],
      [6, 9],
      [9, length]
    ]) {
      const came = await decoder.append(texts.map((ids) => ids.slice(from, to)))
      for (const [b, ids] of texts.entries()) {
        const alone = model.decoder()
        await alone.append(ids.slice(0, to))
        expect(logitDifference(came[b], await alone.logits(null))).toBeLessThan(1e-4)
        alone.release()
      }
    }
    await expect(decoder.append([[1], [1, 2], [1]])).rejects.toMatchObject({ code: 'BadInput' })
    await expect(decoder.append(texts.map(() => Array<number>(29).fill(1)))).rejects.toMatchObject({
      code: 'DoesNotFit'
    })
    decoder.release()
  })

  it('decodes what the whole text gives, under blocks that change on the way', async () => {
    const decoder = model.decoder()
    const ids = sequences[2] // as long as the context
    const blocks = [null, trained, trained, other, null]
    for (let at = 0; at < ids.length;) {
      const count = Math.min(at === 0 ? 9 : 1, ids.length - at)
      const states = await decoder.append(ids.slice(at, at + count))
      expect(logitDifference(states, hidden[2].slice(at * 24, (at + count) * 24))).toBeLessThan(1e-4)
      at += count
      expect(decoder.length).toBe(at)
      const block = blocks[at % blocks.length]
      const [due] = await model.top([{ hidden: hidden[2].slice(0, at * 24), block, rows: [at - 1] }])
      const came = await decoder.logits(block)
      expect(came).toHaveLength(V)
      expect(logitDifference(came, due)).toBeLessThan(1e-4)
      expect(await decoder.logits(block)).toEqual(came)
    }
    await expect(decoder.append([1])).rejects.toMatchObject({ code: 'DoesNotFit' })
    decoder.release()
  })
})

describe('Gpt2LanguageModel refuses', () => {
  const executor = new OnnxRuntimeExecutor({ executor: 'onnxruntime', threads: 1 })
  afterAll(() => executor.release())
  const { source, points } = randomGpt2(config)
  const open = () => openLanguageModel(source, points, { executor })

  it.each([
    [{ keyLayer: 4, loraLayers: [4] }, 'keyLayer'],
    [{ keyLayer: 1, loraLayers: [1, 2] }, 'loraLayers'],
    [{ keyLayer: 0, loraLayers: [1, 2, 3, 4] }, 'loraLayers'],
    [{ keyLayer: 0, loraLayers: [2, 2] }, 'loraLayers'],
    [{ keyLayer: 0, loraLayers: [] }, 'loraLayers']
  ])('edit points %j', async (wrong, field) => {
    await expect(openLanguageModel(source, wrong, { executor })).rejects.toMatchObject({
      code: 'BadInput',
      details: { field }
    })
  })

  it('texts that do not fit, and tokens that do not exist', async () => {
    const model = await open()
    await expect(model.bottom([new Array<number>(41).fill(1)])).rejects.toMatchObject({ code: 'DoesNotFit' })
    await expect(model.bottom([[90]])).rejects.toMatchObject({ code: 'BadInput' })
    await expect(model.bottom([[]])).rejects.toMatchObject({ code: 'BadInput' })
    await expect(model.bottom([[1, 2]], [2])).rejects.toThrow('Row 2 is wanted of 2')
  })

  it('blocks of another shape, and rows that are not there', async () => {
    const model = await open()
    const [{ hidden }] = await model.bottom([[1, 2, 3]])
    const block = randomBlock({ ...config, loraLayers: [2] }, 1, 2)
    await expect(model.top([{ hidden, block, rows: [2] }])).rejects.toMatchObject({ code: 'ModelMismatch' })
    await expect(model.top([{ hidden, block: null, rows: [3] }])).rejects.toThrow('Row 3')
    await expect(model.trainer([{ hidden, targets: [] }], 2)).rejects.toThrow('targets')
    await expect(
      model.trainer(
        [
          {
            hidden,
            targets: [
              { row: 0, id: 1 },
              { row: 0, id: 2 }
            ]
          }
        ],
        2
      )
    ).rejects.toThrow('one row')
    const trainer = await model.trainer([{ hidden, targets: [{ row: 0, id: 1 }] }], 4)
    await expect(trainer.step(randomBlock(config, 1, 2))).rejects.toThrow('rank 2')
  })

  it('logits that are not numbers', async () => {
    const broken = randomGpt2(config, (tensors) => tensors['ln_f.bias'].data.fill(NaN, 0, 1))
    const model = await openLanguageModel(broken.source, points, { executor })
    const [{ hidden }] = await model.bottom([[1, 2, 3]])
    await expect(model.top([{ hidden, block: null, rows: [2] }])).rejects.toMatchObject({ code: 'BadFile' })
    const decoder = model.decoder()
    await decoder.append([1])
    await expect(decoder.logits(null)).rejects.toMatchObject({ code: 'BadFile' })
  })
})

/** Float32 arrays compared as bits: -0 is not 0. */
const bits = (arrays: readonly Float32Array[]): Uint32Array[] =>
  arrays.map(({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length))
