import { mkdirSync, mkdtempSync, symlinkSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { OnnxRuntimeExecutor } from '../../../src/main/engine/executors/onnxruntime-executor.ts'
import { multiply } from '../../../src/main/engine/graph/operators/elementwise.ts'
import { causalMask } from '../../../src/main/engine/graph/operators/indexing.ts'
import { concat } from '../../../src/main/engine/graph/operators/layout.ts'
import { linear } from '../../../src/main/engine/graph/operators/products.ts'
import { sum } from '../../../src/main/engine/graph/operators/reductions.ts'
import { input, weight } from '../../../src/main/engine/graph/operators/sources.ts'
import { traceGraph } from '../../../src/main/engine/graph/trace.ts'
import type { Tensor } from '../../../src/main/engine/tensor.ts'
import { readSafetensorsHeader, writeSafetensors } from '../../../src/main/engine/weights/safetensors.ts'

const executor = new OnnxRuntimeExecutor({ executor: 'onnxruntime', threads: 1 })
afterAll(() => executor.release())

const floats = (data: number[], ...shape: number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(data)
})
const integers = (...data: number[]): Tensor => ({ dtype: 'int32', shape: [data.length], data: Int32Array.from(data) })

function weightsFile(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'erratum-ort-')), 'w.safetensors')
  writeSafetensors(file, { pad: floats([0], 1), w: floats([1, 2, 3, 4, 5, 6], 2, 3) })
  return file
}

const product = (file: string) => {
  const location = readSafetensorsHeader(file).tensors.get('w')
  if (!location) throw new Error('w is missing')
  return traceGraph({ y: linear(input('x', ['N', 2]), weight('w', location)) })
}

describe('OnnxRuntimeExecutor', () => {
  it('reads weights where they lie in the file, through links too', async () => {
    const file = weightsFile()
    const links = join(file, '..', 'links')
    mkdirSync(links)
    symlinkSync(file, join(links, 'model.safetensors'))
    for (const path of [file, join(links, 'model.safetensors')]) {
      const compiled = await executor.compile(product(path))
      const { y } = await compiled.run({ x: floats([1, 0, 0, 1, 1, 1], 3, 2) })
      expect([...y.data]).toEqual([1, 2, 3, 4, 5, 6, 5, 7, 9])
      expect(y.shape).toEqual([3, 3])
      await compiled.release()
    }
  })

  it('casts weights that are stored in half precision', async () => {
    const file = weightsFile()
    const location = readSafetensorsHeader(file).tensors.get('w')
    if (!location) throw new Error('w is missing')
    // The upper half of an fp32 number is the same number in bf16: 1, 2, ... have zeros below.
    const half = { ...location, dtype: 'BF16' as const, shape: [2, 6], byteLength: 24 }
    const compiled = await executor.compile(traceGraph({ y: linear(input('x', ['N', 2]), weight('w', half)) }))
    const { y } = await compiled.run({ x: floats([1, 0], 1, 2) })
    expect([...y.data]).toEqual([0, 1, 0, 2, 0, 3])
  })

  it('says which input does not fit', async () => {
    const compiled = await executor.compile(product(weightsFile()))
    await expect(compiled.run({ x: floats([1, 2, 3], 1, 3) })).rejects.toThrow(
      "Input 'x' has the shape [1, 3]; due is [N=1, 2]."
    )
    await expect(compiled.run({})).rejects.toThrow("Input 'x' is missing")
  })

  it('refuses a file that was cut', async () => {
    const file = weightsFile()
    const graph = product(file)
    truncateSync(file, 100)
    await expect(executor.compile(graph)).rejects.toMatchObject({ code: 'BadFile' })
  })

  it('refuses weight types that it cannot cast', async () => {
    const location = { ...readSafetensorsHeader(weightsFile()).tensors.get('w')!, dtype: 'I64' as const }
    const graph = traceGraph({ y: linear(input('x', ['N', 2]), weight('w', location)) })
    await expect(executor.compile(graph)).rejects.toMatchObject({ code: 'BadFile', details: { field: 'w' } })
  })

  it('gives every output that is asked for, one value under two names too', async () => {
    const x = input('x', ['N'])
    const doubled = multiply(x, 2)
    const compiled = await executor.compile(traceGraph({ a: doubled, b: doubled, x }))
    const outputs = await compiled.run({ x: floats([1, 2], 2) })
    expect(Object.entries(outputs).map(([name, { data }]) => [name, [...data]])).toEqual([
      ['a', [2, 4]],
      ['b', [2, 4]],
      ['x', [1, 2]]
    ])
    expect(Object.keys(await compiled.run({ x: floats([1], 1) }, ['b']))).toEqual(['b'])
  })
})

describe('a sequence of runs', () => {
  const positions = input('positions', ['T'], 'int32')
  const x = input('x', ['T', 1])
  const keys = concat(input('past.positions', ['P'], 'int32'), positions, 0, 'S')
  const all = concat(input('past.x', ['P', 1]), x, 0, 'S')
  const graph = traceGraph({ x, positions, total: sum(all, [0, 1]), mask: causalMask(positions, keys) }, [
    { input: 'past.positions', output: 'positions', axis: 0, fill: 2 ** 30 },
    { input: 'past.x', output: 'x', axis: 0, fill: 0 }
  ])

  it('keeps the rows that it is told to keep, over many growths', async () => {
    const compiled = await executor.compile(graph)
    const sequence = compiled.sequence()
    let due = 0
    for (let step = 0; step < 200; step++) {
      const { total, mask } = await sequence.run(
        { x: floats([step, 1000], 2, 1), positions: integers(step, step + 1) },
        1 // the second row is padding
      )
      due += step
      expect(total.data[0]).toBe(due + 1000)
      const seen = [...mask.data.slice(0, mask.shape[1])].filter((score) => score === 0)
      expect(seen).toHaveLength(step + 1)
    }
  })

  it('is apart from other sequences and from single runs', async () => {
    const compiled = await executor.compile(graph)
    const [one, other] = [compiled.sequence(), compiled.sequence()]
    const run = { x: floats([5], 1, 1), positions: integers(0) }
    await one.run(run, 1)
    const next = { x: floats([7], 1, 1), positions: integers(1) }
    expect((await one.run(next, 1, ['total'])).total.data[0]).toBe(12)
    expect((await other.run(run, 1, ['total'])).total.data[0]).toBe(5)
    expect((await compiled.run(run, ['total'])).total.data[0]).toBe(5)
  })
})
