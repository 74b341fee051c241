/** What runs graphs. All executors give the same numbers, as docs/decisions.md says how equal. */
import type { Graph } from '../graph/graph.ts'
import type { Tensor } from '../tensor.ts'

export type Tensors = Readonly<Record<string, Tensor>>

export interface Executor {
  /** as a person reads it: "ONNX Runtime, CPU, 2 threads" */
  readonly name: string
  compile(graph: Graph): Promise<CompiledGraph>
  /** Waits for what is running, then frees everything that was compiled. */
  release(): Promise<void>
}

export interface CompiledGraph {
  /**
   * Rows of a product should come in multiples of this (1 or 2). Where weights stay mapped, the result of a row
   * depends in its last digits on the number of rows when that is odd.
   */
  readonly rowMultiple: number
  /** Carried inputs are left out: they are empty. `wanted`: the outputs to fetch; absent: all that are not carried. */
  run(inputs: Tensors, wanted?: readonly string[]): Promise<Tensors>
  /**
   * A sequence of runs whose carried buffers grow; they stay where the executor computes.
   * @param samples how many grow side by side (B of every run); absent: one
   */
  sequence(samples?: number): GraphSequence
  release(): Promise<void>
}

export interface GraphSequence {
  /** As `CompiledGraph.run`; then the first `rows` new rows of each carried output are kept. */
  run(inputs: Tensors, rows: number, wanted?: readonly string[]): Promise<Tensors>
  release(): void
}
