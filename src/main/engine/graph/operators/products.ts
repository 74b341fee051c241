/** Matrix products: `matmul` between computed values, `linear` with a frozen weight. */
import { ErratumError } from '../../../../contract/errors.ts'
import { apply, type Operator, type Value } from '../operator.ts'
import { broadcastShapes, shapeText } from '../shape.ts'
import { transposeLast } from './layout.ts'
import { unbroadcast } from './reductions.ts'

/** [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast. */
export const matmulOperator: Operator = {
  name: 'matmul',
  shape: ([a, b]) => {
    if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2))
      throw new ErratumError('Internal', `matmul: ${shapeText(a)} and ${shapeText(b)} do not fit.`)
    return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!]
  },
  gradient: ({ inputs: [a, b] }, upstream) => [
    unbroadcast(matmul(upstream, transposeLast(b)), a),
    unbroadcast(matmul(transposeLast(a), upstream), b)
  ],
  onnx: (emitter, _, inputs) => emitter.node('MatMul', inputs),
  tensorflow: (tf, [a, b]) => tf.matMul(a, b)
}

interface LinearAttributes {
  /** the weight is stored [N, K] instead of [K, N] */
  transposed: boolean
}

/**
 * x [..., K], weight [K, N], bias [N] or none -> [..., N]. The weight is frozen: a gradient by it is not defined, and
 * the gradient by x reads the same weight the other way round, so that no transposed copy of it ever exists.
 */
export const linearOperator: Operator<LinearAttributes> = {
  name: 'linear',
  shape: ([x, w, bias], { transposed }) => {
    const [inWidth, outWidth] = transposed ? [w[1], w[0]] : [w[0], w[1]]
    if (w.length !== 2 || x.at(-1) !== inWidth || (bias && (bias.length !== 1 || bias[0] !== outWidth)))
      throw new ErratumError(
        'Internal',
        `linear: input ${shapeText(x)}, weight ${shapeText(w)}${bias ? `, bias ${shapeText(bias)}` : ''} do not fit.`
      )
    return [...x.slice(0, -1), outWidth]
  },
  gradient: ({ inputs: [, w, bias], attributes: { transposed } }, upstream) => [
    linear(upstream, w, null, !transposed),
    null,
    ...(bias ? [unbroadcast(upstream, bias)] : [])
  ],
  onnx: (emitter, { inputs, shape, attributes: { transposed } }, [x, ...weights]) => {
    const [rows] = inputs // Gemm takes matrices only
    const flat = rows.length === 2 ? x : emitter.node('Reshape', [x, emitter.integers([-1, Number(rows.at(-1))])])
    const product = emitter.node('Gemm', [flat, ...weights], { transB: Number(transposed) })
    return rows.length === 2 ? product : emitter.node('Reshape', [product, emitter.shapeVector(shape)])
  },
  tensorflow: (tf, [x, w, bias], { shape, attributes: { transposed } }) => {
    const flat = tf.reshape(x, [-1, x.shape[x.rank - 1]])
    const product = tf.matMul(flat, w, false, transposed)
    return tf.reshape(bias ? tf.add(product, bias) : product, [...shape])
  }
}

export const matmul = (a: Value, b: Value): Value => apply(matmulOperator, [a, b], {})

export const linear = (x: Value, weight: Value, bias: Value | null = null, transposed = false): Value =>
  apply(linearOperator, bias ? [x, weight, bias] : [x, weight], { transposed })
