/** Every operator: its gradient against central differences of its own values, computed by ONNX Runtime. */
import { afterAll, describe, expect, it } from 'vitest'
import { OnnxRuntimeExecutor } from '../../../src/main/engine/executors/onnxruntime-executor.ts'
import { gradients } from '../../../src/main/engine/graph/gradient.ts'
import { apply, type Value } from '../../../src/main/engine/graph/operator.ts'
import { add, gelu, multiply, sigmoid, subtract } from '../../../src/main/engine/graph/operators/elementwise.ts'
import { causalMask, gather, placeRowsOperator, takeRows } from '../../../src/main/engine/graph/operators/indexing.ts'
import {
  concat,
  pad,
  reshape,
  slice,
  transpose,
  transposeLast
} from '../../../src/main/engine/graph/operators/layout.ts'
import { negativeLogLikelihood } from '../../../src/main/engine/graph/operators/loss.ts'
import { layerNorm, softmax } from '../../../src/main/engine/graph/operators/normalisation.ts'
import { linear, matmul } from '../../../src/main/engine/graph/operators/products.ts'
import { expandLike, reshapeLike, sum } from '../../../src/main/engine/graph/operators/reductions.ts'
import { operators } from '../../../src/main/engine/graph/operators/registry.ts'
import { input } from '../../../src/main/engine/graph/operators/sources.ts'
import { inTopologicalOrder, traceGraph } from '../../../src/main/engine/graph/trace.ts'
import type { Tensor } from '../../../src/main/engine/tensor.ts'
import { Stream } from '../../parity/random-gpt2.ts'

const B = 2
const T = 3
const D = 4
const stream = new Stream(5)
const floats = (...shape: number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: stream.floats(
    shape.reduce((a, b) => a * b, 1),
    2
  )
})
const ints = (...values: number[]): Tensor => ({
  dtype: 'int32',
  shape: [values.length],
  data: Int32Array.from(values)
})

const x = input('x', ['B', 'T', D])
const y = input('y', ['B', 'T', D])
const joined = input('joined', ['B', 'S', D])
const vector = input('vector', [D])
const gain = input('gain', [D])
const matrix = input('matrix', [D, D])
const rows = input('rows', ['N'], 'int32')
const picked = input('picked', ['N', D])
const ids = input('ids', ['N'], 'int32')
const positions = input('positions', ['T'], 'int32')
const arrays: Record<string, Tensor> = {
  x: floats(B, T, D),
  y: floats(B, T, D),
  joined: floats(B, 2 * T, D),
  vector: floats(D),
  gain: floats(D),
  matrix: floats(D, D),
  rows: ints(0, 5, 3),
  picked: floats(3, D),
  ids: ints(1, 3, 0),
  positions: ints(0, 1, 2)
}

/** Values by each of which the gradient is checked, and what is computed of them. */
const cases: Record<string, { by: Value[]; of: Value }> = {
  add: { by: [x, vector], of: add(vector, x) },
  subtract: { by: [x, vector], of: subtract(vector, x) },
  multiply: { by: [x, y, vector], of: multiply(multiply(x, y), vector) },
  'multiply with itself': { by: [x], of: multiply(x, x) },
  'multiply over an axis of 1': { by: [x, y], of: multiply(sum(x, [1], true), y) },
  sigmoid: { by: [x], of: sigmoid(x) },
  gelu: { by: [x], of: gelu(multiply(x, 2)) },
  sum: { by: [x], of: multiply(sum(x, [1]), sum(x, [0, 1])) },
  'sum that keeps its axes': { by: [x], of: multiply(sum(x, [1], true), x) },
  expandLike: { by: [x], of: multiply(expandLike(sum(x, [2]), y, { axes: [2], keep: false }), y) },
  reshapeLike: { by: [x, picked], of: multiply(reshapeLike(transpose(x, [2, 0, 1]), y), x) },
  transpose: { by: [x], of: multiply(transpose(x, [1, 2, 0]), transpose(y, [1, 2, 0])) },
  reshape: { by: [x], of: multiply(reshape(x, ['B', 'T', 2, 2]), reshape(y, ['B', 'T', 2, 2])) },
  slice: { by: [x], of: multiply(slice(x, 2, 1, 3), slice(y, 2, 2, 4)) },
  pad: { by: [x], of: multiply(pad(x, 2, 1, 2), pad(y, 2, 2, 1)) },
  concat: { by: [x, y], of: multiply(concat(x, y, 2, 2 * D), concat(y, x, 2, 2 * D)) },
  'concat along a symbol': { by: [x, y], of: multiply(concat(x, y, 1, 'S'), joined) },
  matmul: { by: [x, y], of: matmul(x, transposeLast(y)) },
  'matmul with one matrix for all samples': { by: [x, matrix], of: matmul(x, matrix) },
  linear: { by: [x, vector], of: linear(x, matrix, vector) },
  'linear, transposed': { by: [x], of: linear(x, matrix, null, true) },
  'linear of a matrix': { by: [picked, vector], of: linear(picked, matrix, vector) },
  softmax: { by: [x], of: softmax(x) },
  layerNorm: { by: [x, gain, vector], of: layerNorm(x, gain, vector, 1e-5) },
  takeRows: { by: [x], of: takeRows(x, rows) },
  placeRows: { by: [picked], of: placed() },
  causalMask: { by: [x], of: softmax(add(matmul(x, transposeLast(y)), causalMask(positions, positions))) },
  gather: { by: [picked], of: multiply(gather(matrix, ids), picked) },
  negativeLogLikelihood: { by: [picked], of: negativeLogLikelihood(picked, ids) }
}

function placed(): Value {
  return multiply(apply(placeRowsOperator, [picked, rows, x], {}), gain)
}

const executor = new OnnxRuntimeExecutor({ executor: 'onnxruntime', threads: 1 })
afterAll(() => executor.release())

/** A scalar in which every element of `of` counts differently and not linearly. */
function scalarOf(of: Value): Value {
  const bent = multiply(of, add(sigmoid(of), 0.3))
  return sum(bent, [...bent.shape.keys()])
}

describe('gradients of operators', () => {
  it.each(Object.entries(cases))('%s', async (_, { by, of }) => {
    const scalar = scalarOf(of)
    const reached = by.filter((value) => inTopologicalOrder([scalar]).includes(value))
    const outputs = Object.fromEntries(gradients(scalar, reached).map((gradient, i) => [`g${i}`, gradient]))
    const compiled = await executor.compile(traceGraph({ ...outputs, scalar }))
    const valueAt = async (): Promise<number> => (await compiled.run(arrays, ['scalar'])).scalar.data[0]
    const results = await compiled.run(arrays)
    const step = 1 / 64
    for (const [i, value] of reached.entries()) {
      const { data, shape } = arrays[(value.attributes as { name: string }).name]
      const gradient = results[`g${i}`]
      expect(gradient.shape).toEqual(shape)
      const largest = Math.max(...[...gradient.data].map(Math.abs))
      expect(largest).toBeGreaterThan(0.01)
      for (const at of data.keys()) {
        const before = data[at]
        data[at] = before + step
        const above = await valueAt()
        data[at] = before - step
        const below = await valueAt()
        data[at] = before
        expect(Math.abs((above - below) / (2 * step) - gradient.data[at])).toBeLessThan(5e-3 * Math.max(1, largest))
      }
    }
    await compiled.release()
  })

  it('has a case for every operator', () => {
    const covered = new Set(
      Object.values(cases).flatMap(({ by, of }) => {
        const scalar = scalarOf(of)
        const reached = by.filter((value) => inTopologicalOrder([scalar]).includes(value))
        return inTopologicalOrder([scalar, ...gradients(scalar, reached)]).map(({ operator }) => operator.name)
      })
    )
    const missing = [...operators.keys()].filter((name) => !covered.has(name))
    expect(missing).toEqual(['weight']) // frozen, and tested with the executor
  })
})

describe('values of operators', () => {
  const valueOf = async (value: Value): Promise<number[]> => {
    const compiled = await executor.compile(traceGraph({ value }))
    const { data } = (await compiled.run(arrays)).value
    await compiled.release()
    return [...data]
  }

  it('gelu is the tanh form', async () => {
    const due = [...arrays.x.data].map(
      (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))
    )
    for (const [i, came] of (await valueOf(gelu(x))).entries()) expect(came).toBeCloseTo(due[i], 5)
  })

  it('a masked score has the weight 0, exactly', async () => {
    const weights = await valueOf(
      softmax(add(multiply(matmul(x, transposeLast(y)), 50), causalMask(positions, positions)))
    )
    for (let sample = 0; sample < B; sample++)
      for (let query = 0; query < T; query++) {
        const row = weights.slice((sample * T + query) * T, (sample * T + query + 1) * T)
        expect(row.slice(query + 1).every((weight) => weight === 0)).toBe(true)
        expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
      }
  })

  it('negativeLogLikelihood is minus the log of the softmax, and bounded', async () => {
    const { data } = arrays.picked
    const due = [1, 3, 0].map((id, row) => {
      const scores = [...data.slice(row * D, (row + 1) * D)]
      return Math.log(scores.reduce((total, score) => total + Math.exp(score), 0)) - scores[id]
    })
    for (const [i, came] of (await valueOf(negativeLogLikelihood(picked, ids))).entries())
      expect(came).toBeCloseTo(due[i], 5)
    const steep = await valueOf(negativeLogLikelihood(multiply(picked, 1e4), ids))
    expect(steep.every((nats) => Number.isFinite(nats) && nats < 88)).toBe(true)
  })
})
