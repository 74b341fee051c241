/**
 * What an operator is: one record with its shape rule, its gradient rule, and how each executor runs it.
 * Values are the nodes of a graph under construction; `traceGraph` turns the ones that are needed into plain data.
 */
import type * as tfjs from '@tensorflow/tfjs-core'
import type { DType } from '../tensor.ts'
import type { Dim, Shape } from './shape.ts'

/** A value that a graph computes. Immutable; two uses of one value are computed once. */
export interface Value {
  readonly operator: Operator
  readonly inputs: readonly Value[]
  readonly attributes: object
  readonly shape: Shape
  readonly dtype: DType
}

/** Floats are marked: ONNX keeps integers and floats apart. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number }

/** What ONNX rules write to. Tensors are known by name; methods that make one return its name. */
export interface OnnxEmitter {
  /** One ONNX node with one output. */
  node(type: string, inputs: readonly string[], attributes?: Record<string, OnnxAttribute>): string
  /** One ONNX node with several outputs. */
  nodeOutputs(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Record<string, OnnxAttribute>
  ): string[]
  /** a constant int64 vector: [values.length] */
  integers(values: readonly number[]): string
  /** a constant float32 vector, or a scalar for a number */
  floats(values: number | readonly number[]): string
  /** the int64 shape of a tensor: [rank] */
  shapeOf(tensor: string): string
  /** a shape as an int64 vector, symbols filled in at the run: [shape.length] */
  shapeVector(shape: Shape): string
  /** `tensor`, whose shape is `from`, as `to` */
  reshape(tensor: string, from: Shape, to: Shape): string
  /** a size as an int64 vector: [1] */
  size(dim: Dim): string
}

/** A node as a rule of the tfjs executor sees it: sizes in numbers. */
export interface RunNode<A> {
  readonly attributes: A
  readonly shape: readonly number[]
  readonly size: (dim: Dim) => number
}

// Rules are declared as methods on purpose: a record of narrow attributes then stands where any operator is asked for.
export interface Operator<A extends object = object> {
  readonly name: string
  shape(inputs: readonly Shape[], attributes: A): Shape
  /** int32 or float32; absent: float32 */
  readonly dtype?: DType
  /**
   * For each input the gradient of the loss by it, given `upstream`, the gradient by the operator's value.
   * null: no gradient is defined (indices, frozen weights). Absent: for none of the inputs.
   */
  gradient?(value: Value & { readonly attributes: A }, upstream: Value): readonly (Value | null)[]
  /** Writes ONNX nodes and returns the result's name. Absent for sources, which the emitter knows itself. */
  onnx?(
    emitter: OnnxEmitter,
    node: { inputs: readonly Shape[]; shape: Shape; attributes: A },
    inputs: readonly string[]
  ): string
  /** Runs at once on a tfjs backend. Absent for sources, which the executor knows itself. */
  tensorflow?(tf: typeof tfjs, inputs: readonly tfjs.Tensor[], node: RunNode<A>): tfjs.Tensor
}

/** A value of `operator` on `inputs`; its shape follows from the record. */
export function apply<A extends object>(operator: Operator<A>, inputs: readonly Value[], attributes: A): Value {
  const shape = operator.shape(
    inputs.map((input) => input.shape),
    attributes
  )
  return { operator, inputs, attributes, shape, dtype: operator.dtype ?? 'float32' }
}
