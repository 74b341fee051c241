/** Rows by number, and the mask that keeps a token from seeing later ones. */
import { ErratumError } from '../../../../contract/errors.ts'
import { apply, type Operator, type Value } from '../operator.ts'
import { fixedSize, shapeText } from '../shape.ts'

/** Rows of a frozen table [V, D] by int32 ids of any shape: [..., D]. */
export const gatherOperator: Operator = {
  name: 'gather',
  shape: ([table, ids]) => [...ids, ...table.slice(1)],
  onnx: (emitter, _, inputs) => emitter.node('Gather', inputs, { axis: 0 }),
  tensorflow: (tf, [table, ids]) => tf.gather(table, ids)
}

/** Some of the B T rows of x [B, T, D], by their int32 number b T + t: [N, D]. */
export const takeRowsOperator: Operator = {
  name: 'takeRows',
  shape: ([x, rows]) => {
    if (x.length !== 3 || rows.length !== 1)
      throw new ErratumError('Internal', `takeRows: ${shapeText(x)} by ${shapeText(rows)}; due is [B, T, D] by [N].`)
    return [rows[0], x[2]]
  },
  gradient: ({ inputs: [x, rows] }, upstream) => [apply(placeRowsOperator, [upstream, rows, x], {}), null],
  onnx: (emitter, { inputs }, [x, rows]) =>
    emitter.node('Gather', [emitter.node('Reshape', [x, emitter.integers([-1, fixedSize(inputs[0], 2)])]), rows], {
      axis: 0
    }),
  tensorflow: (tf, [x, rows]) => tf.gather(tf.reshape(x, [-1, x.shape[x.rank - 1]]), rows)
}

/** The inverse: rows [N, D] at their *distinct* numbers in an array of zeros in the shape of the third input. */
export const placeRowsOperator: Operator = {
  name: 'placeRows',
  shape: ([, , like]) => like,
  gradient: ({ inputs: [, rows] }, upstream) => [takeRows(upstream, rows), null, null],
  onnx: (emitter, { shape }, [x, rows, like]) => {
    const flat = emitter.node('Reshape', [like, emitter.integers([-1, fixedSize(shape, 2)])])
    const zeros = emitter.node('ConstantOfShape', [emitter.shapeOf(flat)])
    const numbers = emitter.node('Unsqueeze', [emitter.node('Cast', [rows], { to: 7 }), emitter.integers([-1])])
    return emitter.node('Reshape', [emitter.node('ScatterND', [zeros, numbers, x]), emitter.shapeOf(like)])
  },
  tensorflow: (tf, [x, rows, like]) => {
    const [samples, tokens, width] = like.shape
    const flat = tf.scatterND(tf.reshape(rows, [-1, 1]), x, [samples * tokens, width])
    return tf.reshape(flat, like.shape)
  }
}

/** What is added to a score that must not count: its softmax is exactly 0 in float32. */
const MASKED = -1e9

/** 0 where the key's position is not after the query's, -1e9 where it is; int32 positions [T] and [S]: [T, S]. */
export const causalMaskOperator: Operator = {
  name: 'causalMask',
  shape: ([queries, keys]) => [queries[0], keys[0]],
  onnx: (emitter, _, [queries, keys]) => {
    const later = emitter.node('Greater', [
      emitter.node('Unsqueeze', [keys, emitter.integers([0])]),
      emitter.node('Unsqueeze', [queries, emitter.integers([1])])
    ])
    return emitter.node('Where', [later, emitter.floats(MASKED), emitter.floats(0)])
  },
  tensorflow: (tf, [queries, keys]) => {
    const later = tf.greater(tf.expandDims(keys, 0), tf.expandDims(queries, 1))
    return tf.mul(tf.cast(later, 'float32'), MASKED)
  }
}

export const gather = (table: Value, ids: Value): Value => apply(gatherOperator, [table, ids], {})
export const takeRows = (x: Value, rows: Value): Value => apply(takeRowsOperator, [x, rows], {})
export const causalMask = (queries: Value, keys: Value): Value => apply(causalMaskOperator, [queries, keys], {})
