/** Softmax and layer norm over the last axis. */
import type * as tfjs from '@tensorflow/tfjs-core'
import { apply, type Operator, type Value } from '../operator.ts'
import { fixedSize } from '../shape.ts'
import { multiply, subtract } from './elementwise.ts'
import { sum, unbroadcast } from './reductions.ts'

export const softmaxOperator: Operator = {
  name: 'softmax',
  shape: ([x]) => x,
  gradient: (value, upstream) => {
    const last = value.shape.length - 1
    return [multiply(value, subtract(upstream, sum(multiply(upstream, value), [last], true)))]
  },
  onnx: (emitter, _, inputs) => emitter.node('Softmax', inputs, { axis: -1 }),
  tensorflow: (tf, [x]) => tf.softmax(x)
}

interface NormAttributes {
  epsilon: number
}

/** (x - mean) / sqrt(variance + epsilon) * gain + bias; gain and bias: [D] */
export const layerNormOperator: Operator<NormAttributes> = {
  name: 'layerNorm',
  shape: ([x]) => x,
  gradient: ({ inputs: [x, gain, bias], attributes }, upstream) => [
    apply(layerNormGradientOperator, [x, multiply(upstream, gain)], attributes),
    unbroadcast(multiply(upstream, apply(standardiseOperator, [x], attributes)), gain),
    unbroadcast(upstream, bias)
  ],
  onnx: (emitter, { attributes: { epsilon } }, inputs) =>
    emitter.node('LayerNormalization', inputs, { axis: -1, epsilon: { float: epsilon } }),
  tensorflow: (tf, [x, gain, bias], { attributes: { epsilon } }) =>
    tf.add(tf.mul(standardised(tf, x, epsilon).standard, gain), bias)
}

/** x^ = (x - mean) / sqrt(variance + epsilon). Only gradients by a gain ask for it. */
export const standardiseOperator: Operator<NormAttributes> = {
  name: 'standardise',
  shape: ([x]) => x,
  onnx: (emitter, { shape, attributes: { epsilon } }, [x]) =>
    emitter.node('LayerNormalization', [x, ones(emitter, fixedSize(shape, -1))], {
      axis: -1,
      epsilon: { float: epsilon }
    }),
  tensorflow: (tf, [x], { attributes: { epsilon } }) => standardised(tf, x, epsilon).standard
}

/**
 * Gradient of the standardised x by x, given g = the gradient by x^:
 * (g - mean(g) - x^ mean(g x^)) / sqrt(variance + epsilon).
 */
export const layerNormGradientOperator: Operator<NormAttributes> = {
  name: 'layerNormGradient',
  shape: ([x]) => x,
  onnx: (emitter, { shape, attributes: { epsilon } }, [x, g]) => {
    const last = emitter.integers([-1])
    const [standard, , inverseDeviation] = emitter.nodeOutputs(
      'LayerNormalization',
      [x, ones(emitter, fixedSize(shape, -1))],
      3,
      { axis: -1, epsilon: { float: epsilon } }
    )
    const mean = emitter.node('ReduceMean', [g, last])
    const slope = emitter.node('ReduceMean', [emitter.node('Mul', [g, standard]), last])
    const centred = emitter.node('Sub', [g, mean])
    const rest = emitter.node('Sub', [centred, emitter.node('Mul', [standard, slope])])
    return emitter.node('Mul', [rest, inverseDeviation])
  },
  tensorflow: (tf, [x, g], { attributes: { epsilon } }) => {
    const { standard, inverseDeviation } = standardised(tf, x, epsilon)
    const mean = tf.mean(g, -1, true)
    const slope = tf.mean(tf.mul(g, standard), -1, true)
    return tf.mul(tf.sub(tf.sub(g, mean), tf.mul(standard, slope)), inverseDeviation)
  }
}

/** x^ [..., D] and 1 / sqrt(variance + epsilon) [..., 1] */
function standardised(
  tf: typeof tfjs,
  x: tfjs.Tensor,
  epsilon: number
): { standard: tfjs.Tensor; inverseDeviation: tfjs.Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true))
  const inverseDeviation = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon))
  return { standard: tf.mul(centred, inverseDeviation), inverseDeviation }
}

const ones = (emitter: Parameters<NonNullable<Operator['onnx']>>[0], width: number): string =>
  emitter.floats(Array.from({ length: width }, () => 1))

export const softmax = (x: Value): Value => apply(softmaxOperator, [x], {})

export const layerNorm = (x: Value, gain: Value, bias: Value, epsilon: number): Value =>
  apply(layerNormOperator, [x, gain, bias], { epsilon })
