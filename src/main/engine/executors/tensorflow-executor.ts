/**
 * Graphs by tfjs, in this very thread: on TensorFlow itself, or on tfjs's backend in plain JavaScript, which shares no
 * line with ONNX Runtime and so is the second opinion of the tests.
 */
import type * as tfjs from '@tensorflow/tfjs-core'
import { ErratumError } from '../../../contract/errors.ts'
import { graphInputs, type Graph, type GraphNode } from '../graph/graph.ts'
import { operatorNamed } from '../graph/operators/registry.ts'
import type { ConstantAttributes, InputAttributes, WeightAttributes } from '../graph/operators/sources.ts'
import { bindSizes, resolveShape } from '../graph/shape.ts'
import type { Tensor } from '../tensor.ts'
import { CarriedBuffers, emptyCarried } from './carried-buffers.ts'
import type { CompiledGraph, Executor, GraphSequence, Tensors } from './executor.ts'
import { loadTensorFlow, TENSORFLOW_BACKEND } from './tensorflow-addon.ts'
import { TensorFlowWeights } from './tensorflow-weights.ts'

export interface TensorFlowSettings {
  executor: 'tensorflow'
  /** `native`, the default: TensorFlow; `javascript`: tfjs's own CPU backend, which is slow and needs nothing */
  backend?: 'native' | 'javascript'
}

const JAVASCRIPT_BACKEND = 'cpu'

/** @throws ErratumError `Unavailable` where TensorFlow is not built */
export async function openTensorFlow({ backend = 'native' }: TensorFlowSettings): Promise<Executor> {
  if (backend === 'javascript') {
    const tf = await import('@tensorflow/tfjs-core')
    await import('@tensorflow/tfjs-backend-cpu')
    await tf.setBackend(JAVASCRIPT_BACKEND)
    quieten(tf.backend())
    return new TensorFlowExecutor(`tfjs ${tf.version_core} (JavaScript)`, tf, JAVASCRIPT_BACKEND)
  }
  const { tf, version, gpu } = await loadTensorFlow()
  return new TensorFlowExecutor(`TensorFlow ${version} (${gpu ? 'gpu' : 'cpu'})`, tf, TENSORFLOW_BACKEND)
}

/** At its first use in Node the JavaScript backend prints an advertisement for the native one. */
function quieten(backend: tfjs.KernelBackend): void {
  if ('firstUse' in backend) backend.firstUse = false
}

class TensorFlowExecutor implements Executor {
  readonly name: string
  readonly tf: typeof tfjs
  readonly weights: TensorFlowWeights
  private readonly backend: string
  private readonly compiled = new Set<TensorFlowGraph>()

  constructor(name: string, tf: typeof tfjs, backend: string) {
    this.name = name
    this.tf = tf
    this.backend = backend
    this.weights = new TensorFlowWeights(tf)
  }

  compile(graph: Graph): Promise<CompiledGraph> {
    return new Promise((resolve) => {
      this.enter()
      const compiled = new TensorFlowGraph(graph, this, () => this.compiled.delete(compiled))
      this.compiled.add(compiled)
      resolve(compiled)
    })
  }

  async release(): Promise<void> {
    for (const graph of [...this.compiled]) await graph.release()
  }

  /** tfjs has one current backend in a thread; both may live here. Takes effect at once, as the backend is ready. */
  enter(): void {
    if (this.tf.getBackend() !== this.backend) void this.tf.setBackend(this.backend)
  }

  /** The values of a result. The JavaScript backend would lend its own array, which a worker then gives away. */
  async read(tensor: tfjs.Tensor): Promise<Tensor['data']> {
    const data = await tensor.data<'float32' | 'int32'>()
    return this.backend === JAVASCRIPT_BACKEND ? data.slice() : data
  }
}

class TensorFlowGraph implements CompiledGraph {
  readonly rowMultiple = 1
  private readonly graph: Graph
  private readonly executor: TensorFlowExecutor
  private readonly forget: () => void
  private readonly weights = new Map<number, tfjs.Tensor>()
  private readonly carriedOutputs: readonly string[]
  private readonly free: readonly string[]
  private released = false

  constructor(graph: Graph, executor: TensorFlowExecutor, forget: () => void) {
    this.graph = graph
    this.executor = executor
    this.forget = forget
    this.carriedOutputs = graph.carried.map(({ output }) => output)
    this.free = Object.keys(graph.outputs).filter((name) => !this.carriedOutputs.includes(name))
    try {
      for (const [i, { operator, attributes }] of graph.nodes.entries())
        if (operator === 'weight') this.weights.set(i, executor.weights.take((attributes as WeightAttributes).location))
    } catch (thrown) {
      this.releaseWeights()
      throw thrown
    }
  }

  run(inputs: Tensors, wanted: readonly string[] = this.free): Promise<Tensors> {
    return this.fetch({ ...inputs, ...emptyCarried(this.graph, inputs) }, wanted)
  }

  sequence(samples?: number): GraphSequence {
    const buffers = new CarriedBuffers(this.graph, samples)
    return {
      run: async (inputs, rows, wanted = this.free) => {
        const outputs = await this.fetch({ ...inputs, ...buffers.inputs() }, [...wanted, ...this.carriedOutputs])
        buffers.append(outputs, rows)
        return Object.fromEntries(wanted.map((name) => [name, outputs[name]]))
      },
      release: () => undefined // the garbage collector's
    }
  }

  release(): Promise<void> {
    if (!this.released) {
      this.released = true
      this.forget()
      this.executor.enter()
      this.releaseWeights()
    }
    return Promise.resolve()
  }

  private releaseWeights(): void {
    for (const i of this.weights.keys())
      this.executor.weights.release((this.graph.nodes[i].attributes as WeightAttributes).location)
  }

  private async fetch(inputs: Tensors, wanted: readonly string[]): Promise<Tensors> {
    if (this.released) throw new ErratumError('Internal', 'This graph was released.')
    const sizes = new Map<string, number>()
    for (const { name, shape } of graphInputs(this.graph)) {
      const tensor = inputs[name]
      if (!tensor) throw new ErratumError('BadInput', `Input '${name}' is missing.`, { field: name })
      bindSizes(name, shape, tensor.shape, sizes)
    }
    this.executor.enter()
    const results = this.compute(inputs, wanted, sizes)
    try {
      const outputs: Record<string, Tensor> = {}
      for (const name of wanted) {
        const index = this.graph.outputs[name]
        const tensor = results.get(index)!
        outputs[name] = {
          dtype: this.graph.nodes[index].dtype,
          shape: tensor.shape,
          data: await this.executor.read(tensor)
        }
      }
      return outputs
    } finally {
      for (const tensor of new Set(results.values())) tensor.dispose()
    }
  }

  /** The wanted nodes' tensors, which are the caller's to dispose; all others are disposed after their last use. */
  private compute(inputs: Tensors, wanted: readonly string[], sizes: Map<string, number>): Map<number, tfjs.Tensor> {
    const outputs = new Set(wanted.map((name) => this.graph.outputs[name]))
    const uses = usesOf(this.graph, outputs)
    const live = new Map<number, tfjs.Tensor>()
    try {
      for (const [i, node] of this.graph.nodes.entries()) {
        if (!uses[i] || node.operator === 'weight') continue
        const tensor = this.evaluate(node, (input) => this.weights.get(input) ?? live.get(input)!, inputs, sizes)
        live.set(i, tensor)
        bindSizes(node.operator, node.shape, tensor.shape, sizes) // what the rule gave is what the record promised
        for (const input of node.inputs) {
          if (--uses[input] > 0 || this.weights.has(input)) continue
          live.get(input)!.dispose()
          live.delete(input)
        }
      }
      return live
    } catch (thrown) {
      for (const tensor of live.values()) tensor.dispose()
      if (thrown instanceof ErratumError) throw thrown
      const message = thrown instanceof Error ? thrown.message : String(thrown)
      const memory = /out of memory|OOM|allocat/i.test(message)
      throw new ErratumError(memory ? 'OutOfMemory' : 'Internal', `${this.executor.name}: ${message}`)
    }
  }

  private evaluate(
    node: GraphNode,
    valueOf: (index: number) => tfjs.Tensor,
    inputs: Tensors,
    sizes: ReadonlyMap<string, number>
  ): tfjs.Tensor {
    const { tf } = this.executor
    if (node.operator === 'input') {
      const { data, shape, dtype } = inputs[(node.attributes as InputAttributes).name]
      return tf.tensor(data, [...shape], dtype)
    }
    if (node.operator === 'constant') return tf.scalar((node.attributes as ConstantAttributes).value)
    const rule = operatorNamed(node.operator)
    const operands = node.inputs.map(valueOf)
    const size = (dim: number | string): number => resolveShape([dim], sizes)[0]
    const runNode = {
      attributes: node.attributes,
      size,
      // Asked for only by rules that need it: the sizes of a concatenation are known once it is there.
      get shape() {
        return resolveShape(node.shape, sizes)
      }
    }
    return tf.tidy(() => {
      if (!rule.tensorflow) throw new ErratumError('Internal', `'${node.operator}' has no rule for tfjs.`)
      return rule.tensorflow(tf, operands, runNode)
    })
  }
}

/** How often each node's value is asked for, the outputs counted; 0 where nothing needs it. */
function usesOf(graph: Graph, outputs: ReadonlySet<number>): number[] {
  const uses = graph.nodes.map((_, i) => (outputs.has(i) ? 1 : 0))
  for (let i = graph.nodes.length - 1; i >= 0; i--)
    if (uses[i]) for (const input of graph.nodes[i].inputs) uses[input]++
  return uses
}
