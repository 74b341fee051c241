/** Negative log-likelihood of given ids under logits, and its gradient. */
import { apply, type Operator, type OnnxEmitter, type Value } from '../operator.ts'

/** The smallest normal float32: the loss of a token that is all but impossible ends at 87 nats. */
const LEAST_PROBABILITY = 1.1754944e-38

/**
 * logits [N, V], int32 ids [N] -> [N] nats. Through the softmax, not its logarithm: the gradient needs the same
 * softmax, and an executor that merges equal nodes then passes over the vocabulary once.
 */
export const negativeLogLikelihoodOperator: Operator = {
  name: 'negativeLogLikelihood',
  shape: ([, ids]) => ids,
  gradient: ({ inputs: [logits, ids] }, upstream) => [
    apply(negativeLogLikelihoodGradientOperator, [logits, ids, upstream], {}),
    null
  ],
  onnx: (emitter, _, [logits, ids]) => {
    const last = emitter.integers([-1])
    const picked = emitter.node('GatherElements', [probabilities(emitter, logits), column(emitter, ids)], {
      axis: -1
    })
    const clipped = emitter.node('Max', [emitter.node('Squeeze', [picked, last]), emitter.floats(LEAST_PROBABILITY)])
    return emitter.node('Neg', [emitter.node('Log', [clipped])])
  },
  tensorflow: (tf, [logits, ids]) => {
    const places = tf.stack([tf.range(0, ids.size, 1, 'int32'), ids], 1) // [N, 2]
    const picked = tf.gatherND(tf.softmax(logits), places)
    return tf.neg(tf.log(tf.maximum(picked, LEAST_PROBABILITY)))
  }
}

/** (softmax(logits) - one-hot(ids)) * upstream: [N, V] */
export const negativeLogLikelihoodGradientOperator: Operator = {
  name: 'negativeLogLikelihoodGradient',
  shape: ([logits]) => logits,
  onnx: (emitter, _, [logits, ids, upstream]) => {
    const scale = emitter.node('Unsqueeze', [upstream, emitter.integers([-1])])
    const scaled = emitter.node('Mul', [probabilities(emitter, logits), scale])
    return emitter.node('ScatterElements', [scaled, column(emitter, ids), emitter.node('Neg', [scale])], {
      axis: -1,
      reduction: 'add'
    })
  },
  tensorflow: (tf, [logits, ids, upstream]) => {
    const targets = tf.oneHot(ids, logits.shape[logits.rank - 1], 1, 0, 'float32')
    return tf.mul(tf.sub(tf.softmax(logits), targets), tf.expandDims(upstream, -1))
  }
}

const probabilities = (emitter: OnnxEmitter, logits: string): string => emitter.node('Softmax', [logits], { axis: -1 })
const column = (emitter: OnnxEmitter, ids: string): string => emitter.node('Unsqueeze', [ids, emitter.integers([-1])])

export const negativeLogLikelihood = (logits: Value, ids: Value): Value =>
  apply(negativeLogLikelihoodOperator, [logits, ids], {})
