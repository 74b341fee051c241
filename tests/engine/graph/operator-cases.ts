/** A small graph for each operator, and arrays for them all: what any two executors must agree on. */
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
import { input } from '../../../src/main/engine/graph/operators/sources.ts'
import { inTopologicalOrder } from '../../../src/main/engine/graph/trace.ts'
import type { Tensor } from '../../../src/main/engine/tensor.ts'
import { Stream } from '../../parity/random-gpt2.ts'

export const B = 2
export const T = 3
export const D = 4
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

export const x = input('x', ['B', 'T', D])
export const y = input('y', ['B', 'T', D])
const joined = input('joined', ['B', 'S', D])
const vector = input('vector', [D])
const gain = input('gain', [D])
const matrix = input('matrix', [D, D])
const rows = input('rows', ['N'], 'int32')
export const picked = input('picked', ['N', D])
export const ids = input('ids', ['N'], 'int32')
export const positions = input('positions', ['T'], 'int32')
export const arrays: Record<string, Tensor> = {
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

export interface OperatorCase {
  /** values by which the gradient is taken, where it gets to them */
  by: Value[]
  /** what is computed of them */
  of: Value
}

export const cases: Record<string, OperatorCase> = {
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

/** A scalar in which every element of `of` counts differently and not linearly. */
function scalarOf(of: Value): Value {
  const bent = multiply(of, add(sigmoid(of), 0.3))
  return sum(bent, [...bent.shape.keys()])
}

/** The case's scalar, the values that it depends on, and its gradients by them: `g0`, `g1` ... */
export function differentiated({ by, of }: OperatorCase): {
  scalar: Value
  reached: Value[]
  outputs: Record<string, Value>
} {
  const scalar = scalarOf(of)
  const reached = by.filter((value) => inTopologicalOrder([scalar]).includes(value))
  const outputs = Object.fromEntries(gradients(scalar, reached).map((gradient, i) => [`g${i}`, gradient]))
  return { scalar, reached, outputs }
}
