/** Sums over axes, their inverse, and how a gradient finds its way back through a broadcast. */
import { apply, type Operator, type Value } from '../operator.ts'
import { sameShape, shapeText, type Shape } from '../shape.ts'
import { ErratumError } from '../../../../contract/errors.ts'

interface SumAttributes {
  /** ascending */
  axes: readonly number[]
  /** summed axes stay with size 1 */
  keep: boolean
}

export const sumOperator: Operator<SumAttributes> = {
  name: 'sum',
  shape: ([x], { axes, keep }) =>
    keep ? x.map((dim, i) => (axes.includes(i) ? 1 : dim)) : x.filter((_, i) => !axes.includes(i)),
  gradient: ({ inputs: [x], attributes }, upstream) => [expandLike(upstream, x, attributes)],
  onnx: (emitter, { attributes: { axes, keep } }, [x]) =>
    emitter.node('ReduceSum', [x, emitter.integers(axes)], { keepdims: Number(keep) }),
  tensorflow: (tf, [x], { attributes: { axes, keep } }) => tf.sum(x, [...axes], keep)
}

export const expandLikeOperator: Operator<SumAttributes> = {
  name: 'expandLike',
  shape: ([x, like], { axes, keep }) => {
    const summed = sumOperator.shape([like], { axes, keep })
    if (!sameShape(x, summed))
      throw new ErratumError('Internal', `expandLike: ${shapeText(x)} came, ${shapeText(summed)} is due.`)
    return like
  },
  gradient: ({ attributes: { axes, keep } }, upstream) => [sum(upstream, axes, keep), null],
  onnx: (emitter, { attributes: { axes, keep } }, [x, like]) => {
    const kept = keep ? x : emitter.node('Unsqueeze', [x, emitter.integers(axes)])
    return emitter.node('Expand', [kept, emitter.shapeOf(like)])
  },
  tensorflow: (tf, [x, like], { attributes: { axes } }) => {
    const kept = like.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    return tf.broadcastTo(tf.reshape(x, kept), like.shape)
  }
}

export const reshapeLikeOperator: Operator = {
  name: 'reshapeLike',
  shape: ([, like]) => like,
  gradient: ({ inputs: [x] }, upstream) => [reshapeLike(upstream, x), null],
  onnx: (emitter, _, [x, like]) => emitter.node('Reshape', [x, emitter.shapeOf(like)]),
  tensorflow: (tf, [x, like]) => tf.reshape(x, like.shape)
}

export const sum = (x: Value, axes: readonly number[], keep = false): Value => apply(sumOperator, [x], { axes, keep })

/** Undoes the shape of `sum`: repeats `x` along `axes` to the shape of `like`. */
export const expandLike = (x: Value, like: Value, attributes: SumAttributes): Value =>
  apply(expandLikeOperator, [x, like], attributes)

/** The elements of `x` in the shape of `like`. */
export const reshapeLike = (x: Value, like: Value): Value => apply(reshapeLikeOperator, [x, like], {})

/** The gradient by an operand that was broadcast: the sum over the axes along which it was repeated. */
export function unbroadcast(gradient: Value, operand: Value): Value {
  const extra = gradient.shape.length - operand.shape.length
  const axes = repeatedAxes(gradient.shape, operand.shape, extra)
  const summed = axes.length > 0 ? sum(gradient, axes, true) : gradient
  return extra > 0 ? reshapeLike(summed, operand) : summed
}

const repeatedAxes = (full: Shape, operand: Shape, extra: number): number[] =>
  [...full.keys()].filter((i) => i < extra || (operand[i - extra] === 1 && full[i] !== 1))
