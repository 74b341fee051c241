/** The arrays that a sequence of runs keeps: keys, values and positions of the tokens so far. */
import type { CarriedBuffer, Graph } from '../graph/graph.ts'
import { graphInputs } from '../graph/graph.ts'
import { bindSizes, elementCount, resolveShape } from '../graph/shape.ts'
import type { DType, Tensor } from '../tensor.ts'
import type { Tensors } from './executor.ts'

/** Capacities grow by this many rows at least, so that shapes stay the same over many runs. */
const STEP = 64

export class CarriedBuffers {
  private readonly buffers: GrowingBuffer[]

  /** @param samples the size of every axis that is not known but for the carried one: sequences side by side */
  constructor(graph: Graph, samples = 1) {
    const declared = new Map(graphInputs(graph).map((input) => [input.name, input]))
    this.buffers = graph.carried.map((carried) => {
      const { shape, dtype } = declared.get(carried.input)!
      // The carried axis starts empty.
      const sizes = shape.map((dim, axis) => (axis === carried.axis ? 0 : typeof dim === 'number' ? dim : samples))
      return new GrowingBuffer(carried, dtype, sizes)
    })
  }

  inputs(): Tensors {
    return Object.fromEntries(this.buffers.map((buffer) => [buffer.carried.input, buffer.tensor()]))
  }

  /** Keeps the first `rows` rows of each carried output. */
  append(outputs: Tensors, rows: number): void {
    for (const buffer of this.buffers) buffer.append(outputs[buffer.carried.output], rows)
  }
}

/** Empty arrays for the carried inputs of a run that stands alone. */
export function emptyCarried(graph: Graph, inputs: Tensors): Tensors {
  if (graph.carried.length === 0) return {}
  const sizes = new Map<string, number>()
  const declared = graphInputs(graph)
  for (const { name, shape } of declared) if (inputs[name]) bindSizes(name, shape, inputs[name].shape, sizes)
  return Object.fromEntries(
    graph.carried.map(({ input, axis }) => {
      const { shape, dtype } = declared.find(({ name }) => name === input)!
      const empty = resolveShape(shape.with(axis, 0), sizes)
      return [input, { dtype, shape: empty, data: allocate(dtype, 0) }]
    })
  )
}

class GrowingBuffer {
  readonly carried: CarriedBuffer
  private readonly dtype: DType
  private shape: number[]
  private data: Float32Array | Int32Array
  private length = 0

  constructor(carried: CarriedBuffer, dtype: DType, shape: number[]) {
    this.carried = carried
    this.dtype = dtype
    this.shape = shape
    this.data = allocate(dtype, 0)
  }

  tensor(): Tensor {
    return { dtype: this.dtype, shape: this.shape, data: this.data }
  }

  append(rows: Tensor, count: number): void {
    const { axis } = this.carried
    const capacity = this.shape[axis]
    if (this.length + count > capacity) this.grow(Math.ceil((this.length + count + 1) / STEP) * STEP)
    copyRows(rows.data, rows.shape, 0, this.data, this.shape, this.length, count, axis)
    this.length += count
  }

  private grow(capacity: number): void {
    const { axis, fill } = this.carried
    const shape = this.shape.with(axis, Math.max(capacity, Math.ceil((this.shape[axis] * 1.25) / STEP) * STEP))
    const data = allocate(this.dtype, elementCount(shape)).fill(fill)
    copyRows(this.data, this.shape, 0, data, shape, 0, this.length, axis)
    this.shape = shape
    this.data = data
  }
}

const allocate = (dtype: DType, length: number): Float32Array | Int32Array =>
  dtype === 'float32' ? new Float32Array(length) : new Int32Array(length)

/** Copies `count` rows along `axis` from row `start` of `source` to row `offset` of `target`. */
function copyRows(
  source: Float32Array | Int32Array,
  sourceShape: readonly number[],
  start: number,
  target: Float32Array | Int32Array,
  targetShape: readonly number[],
  offset: number,
  count: number,
  axis: number
): void {
  const outer = elementCount(sourceShape.slice(0, axis))
  const inner = elementCount(sourceShape.slice(axis + 1))
  for (let i = 0; i < outer; i++) {
    const from = (i * sourceShape[axis] + start) * inner
    target.set(source.subarray(from, from + count * inner), (i * targetShape[axis] + offset) * inner)
  }
}
