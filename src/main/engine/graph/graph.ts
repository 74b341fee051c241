/**
 * A graph as plain data: what is compiled, posted to a worker, or printed. It holds no functions; what an operator
 * does stands in its record (operators.ts), found by name.
 */
import type { DType } from '../tensor.ts'
import type { Shape } from './shape.ts'

export interface GraphNode {
  /** name of an operator record */
  readonly operator: string
  /** indices of earlier nodes */
  readonly inputs: readonly number[]
  readonly attributes: object
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * An input that an executor keeps between runs: after each run the rows of `output` are appended to it along `axis`.
 * Its size along that axis is a capacity that grows in steps; slots not yet filled hold `fill`.
 */
export interface CarriedBuffer {
  readonly input: string
  readonly output: string
  readonly axis: number
  readonly fill: number
}

export interface Graph {
  /** in topological order: a node's inputs come before it */
  readonly nodes: readonly GraphNode[]
  /** by name: index of the node */
  readonly outputs: Readonly<Record<string, number>>
  readonly carried: readonly CarriedBuffer[]
}

export interface GraphInput {
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
}

/** The arrays that a run needs, carried ones included. */
export function graphInputs(graph: Graph): GraphInput[] {
  return graph.nodes.flatMap(({ operator, attributes, shape, dtype }) =>
    operator === 'input' && 'name' in attributes ? [{ name: String(attributes.name), shape, dtype }] : []
  )
}
