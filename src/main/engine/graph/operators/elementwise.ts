/** Arithmetic element by element, with broadcasting, and the activations. */
import { apply, type Operator, type Value } from '../operator.ts'
import { broadcastShapes } from '../shape.ts'
import { unbroadcast } from './reductions.ts'
import { lift } from './sources.ts'

export const addOperator: Operator = {
  name: 'add',
  shape: ([a, b]) => broadcastShapes(a, b),
  gradient: ({ inputs: [a, b] }, upstream) => [unbroadcast(upstream, a), unbroadcast(upstream, b)],
  onnx: (emitter, _, inputs) => emitter.node('Add', inputs),
  tensorflow: (tf, [a, b]) => tf.add(a, b)
}

export const subtractOperator: Operator = {
  name: 'subtract',
  shape: ([a, b]) => broadcastShapes(a, b),
  gradient: ({ inputs: [a, b] }, upstream) => [unbroadcast(upstream, a), unbroadcast(multiply(upstream, -1), b)],
  onnx: (emitter, _, inputs) => emitter.node('Sub', inputs),
  tensorflow: (tf, [a, b]) => tf.sub(a, b)
}

export const multiplyOperator: Operator = {
  name: 'multiply',
  shape: ([a, b]) => broadcastShapes(a, b),
  gradient: ({ inputs: [a, b] }, upstream) => [
    unbroadcast(multiply(upstream, b), a),
    unbroadcast(multiply(upstream, a), b)
  ],
  onnx: (emitter, _, inputs) => emitter.node('Mul', inputs),
  tensorflow: (tf, [a, b]) => tf.mul(a, b)
}

export const sigmoidOperator: Operator = {
  name: 'sigmoid',
  shape: ([x]) => x,
  gradient: (value, upstream) => [multiply(upstream, multiply(value, subtract(1, value)))],
  onnx: (emitter, _, inputs) => emitter.node('Sigmoid', inputs),
  tensorflow: (tf, [x]) => tf.sigmoid(x)
}

const GELU_SCALE = Math.sqrt(2 / Math.PI)
const GELU_CUBIC = 0.044715

/**
 * The tanh form ("gelu_new"): x/2 (1 + tanh u), u = sqrt(2/pi) (x + 0.044715 x^3).
 * As (1 + tanh u)/2 = sigmoid(2u) =: s, the derivative is s (1 + x (1 - s) 2u').
 */
export const geluOperator: Operator = {
  name: 'gelu',
  shape: ([x]) => x,
  gradient: ({ inputs: [input] }, upstream) => {
    const x = input
    const square = multiply(x, x)
    const s = sigmoid(multiply(x, add(multiply(square, 2 * GELU_SCALE * GELU_CUBIC), 2 * GELU_SCALE)))
    const slope = add(multiply(square, 6 * GELU_SCALE * GELU_CUBIC), 2 * GELU_SCALE) // 2u'
    return [multiply(upstream, multiply(s, add(multiply(multiply(x, subtract(1, s)), slope), 1)))]
  },
  onnx: (emitter, _, inputs) => emitter.node('Gelu', inputs, { approximate: 'tanh' }),
  tensorflow: (tf, [x]) => {
    const cubic = tf.add(tf.mul(tf.square(x), 2 * GELU_SCALE * GELU_CUBIC), 2 * GELU_SCALE)
    return tf.mul(x, tf.sigmoid(tf.mul(x, cubic)))
  }
}

export const add = (a: Value | number, b: Value | number): Value => apply(addOperator, [lift(a), lift(b)], {})
export const subtract = (a: Value | number, b: Value | number): Value => apply(subtractOperator, [lift(a), lift(b)], {})
export const multiply = (a: Value | number, b: Value | number): Value => apply(multiplyOperator, [lift(a), lift(b)], {})
export const sigmoid = (x: Value): Value => apply(sigmoidOperator, [x], {})
export const gelu = (x: Value): Value => apply(geluOperator, [x], {})
