/** Operators that move elements and compute nothing. */
import { ErratumError } from '../../../../contract/errors.ts'
import { apply, type Operator, type Value } from '../operator.ts'
import { fixedSize, shapeText, type Dim, type Shape } from '../shape.ts'
import { reshapeLike } from './reductions.ts'

export const transposeOperator: Operator<{ permutation: readonly number[] }> = {
  name: 'transpose',
  shape: ([x], { permutation }) => permutation.map((axis) => x[axis]),
  gradient: ({ attributes: { permutation } }, upstream) => [
    transpose(
      upstream,
      permutation.map((_, axis) => permutation.indexOf(axis))
    )
  ],
  onnx: (emitter, { attributes: { permutation } }, inputs) => emitter.node('Transpose', inputs, { perm: permutation }),
  tensorflow: (tf, [x], { attributes: { permutation } }) => tf.transpose(x, [...permutation])
}

export const reshapeOperator: Operator<{ to: Shape }> = {
  name: 'reshape',
  shape: (_, { to }) => to,
  gradient: ({ inputs: [x] }, upstream) => [reshapeLike(upstream, x)],
  onnx: (emitter, node, [x]) => emitter.reshape(x, node.inputs[0], node.shape),
  tensorflow: (tf, [x], { shape }) => tf.reshape(x, [...shape])
}

interface SliceAttributes {
  axis: number
  /** [from, to) */
  from: Dim
  to: Dim
}

/** Bounds may be symbols; then the size must be named, and the gradient is not defined. */
export const sliceOperator: Operator<SliceAttributes & { size: Dim }> = {
  name: 'slice',
  shape: ([x], { axis, size }) => x.map((dim, i) => (i === axis ? size : dim)),
  gradient: ({ inputs: [x], attributes: { axis, from, to } }, upstream) => {
    if (typeof from !== 'number' || typeof to !== 'number') return [null]
    return [pad(upstream, axis, from, fixedSize(x.shape, axis) - to)]
  },
  onnx: (emitter, { attributes: { axis, from, to } }, [x]) =>
    emitter.node('Slice', [x, emitter.size(from), emitter.size(to), emitter.integers([axis])]),
  tensorflow: (tf, [x], { attributes: { axis, from, to }, size }) => {
    const begin = x.shape.map((_, i) => (i === axis ? size(from) : 0))
    return tf.slice(
      x,
      begin,
      x.shape.map((all, i) => (i === axis ? size(to) - size(from) : all))
    )
  }
}

/** Zeros before and after, along one axis. */
export const padOperator: Operator<{ axis: number; before: number; after: number }> = {
  name: 'pad',
  shape: ([x], { axis, before, after }) => x.map((dim, i) => (i === axis ? before + fixedSize(x, axis) + after : dim)),
  gradient: ({ inputs: [x], attributes: { axis, before } }, upstream) => [
    slice(upstream, axis, before, before + fixedSize(x.shape, axis))
  ],
  onnx: (emitter, { shape, attributes: { axis, before, after } }, [x]) => {
    const pads = Array.from({ length: 2 * shape.length }, () => 0)
    pads[axis] = before
    pads[shape.length + axis] = after
    return emitter.node('Pad', [x, emitter.integers(pads)])
  },
  tensorflow: (tf, [x], { attributes: { axis, before, after } }) =>
    tf.pad(
      x,
      x.shape.map((_, i) => (i === axis ? [before, after] : [0, 0]))
    )
}

/** Two arrays one after the other along an axis; `size` names their joint size. */
export const concatOperator: Operator<{ axis: number; size: Dim }> = {
  name: 'concat',
  shape: ([a, b], { axis, size }) => {
    if (a.length !== b.length || a.some((dim, i) => i !== axis && dim !== b[i]))
      throw new ErratumError('Internal', `concat: ${shapeText(a)} and ${shapeText(b)} differ outside axis ${axis}.`)
    return a.map((dim, i) => (i === axis ? size : dim))
  },
  gradient: ({ inputs: [a, b], attributes: { axis, size } }, upstream) => [
    slice(upstream, axis, 0, a.shape[axis], a.shape[axis]),
    slice(upstream, axis, a.shape[axis], size, b.shape[axis])
  ],
  onnx: (emitter, { attributes: { axis } }, inputs) => emitter.node('Concat', inputs, { axis }),
  tensorflow: (tf, inputs, { attributes: { axis } }) => {
    const filled = inputs.filter(({ size }) => size > 0) // the addon takes no empty ones
    return filled.length === 1 ? tf.clone(filled[0]) : tf.concat(filled, axis)
  }
}

export const transpose = (x: Value, permutation: readonly number[]): Value =>
  apply(transposeOperator, [x], { permutation })

/** Swaps the last two axes. */
export function transposeLast(x: Value): Value {
  const axes = [...x.shape.keys()]
  return transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!])
}

export const reshape = (x: Value, to: Shape): Value => apply(reshapeOperator, [x], { to })

/** x[from..to) along `axis`; `size` is needed where a bound is a symbol. */
export function slice(x: Value, axis: number, from: Dim, to: Dim, size?: Dim): Value {
  const known = size ?? (typeof from === 'number' && typeof to === 'number' ? to - from : undefined)
  if (known === undefined) throw new ErratumError('Internal', 'slice: name the size where a bound is a symbol.')
  return apply(sliceOperator, [x], { axis, from, to, size: known })
}

export const pad = (x: Value, axis: number, before: number, after: number): Value =>
  apply(padOperator, [x], { axis, before, after })

export const concat = (a: Value, b: Value, axis: number, size: Dim): Value =>
  apply(concatOperator, [a, b], { axis, size })
