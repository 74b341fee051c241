import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Executor } from '../../../src/main/engine/executors/executor.ts'
import { openExecutor } from '../../../src/main/engine/executors/open-executor.ts'
import { OnnxRuntimeExecutor } from '../../../src/main/engine/executors/onnxruntime-executor.ts'
import { multiply } from '../../../src/main/engine/graph/operators/elementwise.ts'
import { input } from '../../../src/main/engine/graph/operators/sources.ts'
import { traceGraph } from '../../../src/main/engine/graph/trace.ts'
import { openLanguageModel } from '../../../src/main/engine/models/gpt2-language-model.ts'
import { randomBlock, randomGpt2, type RandomGpt2 } from '../../parity/random-gpt2.ts'

const config: RandomGpt2 = {
  layers: 3,
  heads: 2,
  width: 16,
  positions: 32,
  vocabulary: 50,
  seed: 3,
  keyLayer: 0,
  loraLayers: [1, 2]
}

describe('the compute worker', () => {
  let executor: Executor
  beforeAll(async () => {
    executor = await openExecutor('onnxruntime')
  })
  afterAll(() => executor.release())

  it('gives the bits that the executor gives in this thread', async () => {
    const { source, points } = randomGpt2(config)
    const here = new OnnxRuntimeExecutor({ executor: 'onnxruntime' })
    const answers = await Promise.all(
      [executor, here].map(async (each) => {
        const model = await openLanguageModel(source, points, { executor: each })
        const [{ hidden }] = await model.bottom([[1, 2, 3, 4, 5]])
        const block = randomBlock(config, 4, 2)
        const [logits] = await model.top([{ hidden, block, rows: [4] }])
        const trainer = await model.trainer([{ hidden, targets: [{ row: 3, id: 9 }] }], 2)
        const { loss, gradient } = await trainer.step(block)
        const decoder = model.decoder()
        await decoder.append([1, 2, 3])
        await decoder.append([4, 5])
        const decoded = await decoder.logits(block)
        await model.release()
        return { hidden, logits, loss, gradient, decoded }
      })
    )
    expect(answers[0]).toEqual(answers[1])
    await here.release()
  })

  it('leaves the arrays that it is given to the caller, and sends no more than a view shows', async () => {
    const compiled = await executor.compile(traceGraph({ y: multiply(input('x', ['N']), 2) }))
    const whole = Float32Array.from([9, 1, 2, 9])
    const view = whole.subarray(1, 3)
    const { y } = await compiled.run({ x: { dtype: 'float32', shape: [2], data: view } })
    expect([...y.data]).toEqual([2, 4])
    expect([...whole]).toEqual([9, 1, 2, 9])
  })

  it('leaves the event loop of the caller free while a graph runs', async () => {
    const heavy = randomGpt2({ ...config, heads: 4, width: 128, positions: 512 })
    const model = await openLanguageModel(heavy.source, heavy.points, { executor })
    const text = Array.from({ length: 512 }, (_, i) => i % 50)
    await model.bottom([text]) // compiles
    let running = true
    const done = model.bottom([text, text]).finally(() => (running = false))
    let turns = 0
    while (running) {
      await new Promise((resolve) => setImmediate(resolve))
      turns++
    }
    await done
    expect(turns).toBeGreaterThan(20) // a run in this thread leaves it a few
    await model.release()
  })

  it('hands errors over as they were', async () => {
    const compiled = await executor.compile(traceGraph({ y: multiply(input('x', ['N']), 2) }))
    await expect(compiled.run({})).rejects.toMatchObject({
      name: 'ErratumError',
      code: 'BadInput',
      details: { field: 'x' }
    })
  })

  it('refuses work after its release', async () => {
    const other = await openExecutor('onnxruntime')
    const graph = traceGraph({ y: multiply(input('x', ['N']), 2) })
    const compiled = await other.compile(graph)
    await other.release()
    await other.release()
    await expect(other.compile(graph)).rejects.toThrow('released')
    await expect(compiled.run({})).rejects.toThrow('released')
  })
})

describe('a process with a compute worker', () => {
  // Run by Node itself, from the sources: the worker's file is found there, and an idle worker holds nothing up.
  const script = (release: boolean): string => `
    import { openExecutor } from './open-executor.ts'
    const executor = await openExecutor('onnxruntime')
    process.stdout.write(executor.name)
    ${release ? 'await executor.release()' : ''}`

  it.each([true, false])('ends by itself (released: %s)', async (release) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script(release)], {
      cwd: join(import.meta.dirname, '../../../src/main/engine/executors')
    })
    expect(stdout).toContain('ONNX Runtime')
  })
})
