/** Graphs by ONNX Runtime, in this very thread: `run` and `compile` block it. See worker-executor.ts for the other way. */
import * as ort from 'onnxruntime-node'
import { totalmem } from 'node:os'
import { ErratumError } from '../../../contract/errors.ts'
import { graphInputs, type Graph } from '../graph/graph.ts'
import { emitOnnx, onnxInput, onnxOutput } from '../graph/onnx/emit.ts'
import { bindSizes } from '../graph/shape.ts'
import type { DType, Tensor } from '../tensor.ts'
import { CarriedBuffers, emptyCarried } from './carried-buffers.ts'
import type { CompiledGraph, Executor, GraphSequence, Tensors } from './executor.ts'

export interface OnnxRuntimeSettings {
  executor: 'onnxruntime'
  /** absent: cpu */
  provider?: 'cpu' | 'webgpu' | 'cuda'
  /** threads of one operator; absent: as many as there are cores */
  threads?: number
  /**
   * Whether each session keeps its own copy of the weights in the layout that its kernels like: 5 to 15 % faster.
   * Otherwise they stay mapped from the file and are shared. `auto`: while a graph's weights are below a sixteenth of
   * the machine's memory.
   */
  prepack?: 'auto' | 'always' | 'never'
}

const SHARE_OF_MEMORY_FOR_PREPACKING = 1 / 16

export class OnnxRuntimeExecutor implements Executor {
  readonly name: string
  private readonly settings: OnnxRuntimeSettings
  private readonly compiled = new Set<OnnxRuntimeGraph>()

  constructor(settings: OnnxRuntimeSettings) {
    this.settings = settings
    const threads = settings.threads === undefined ? '' : `, threads: ${settings.threads}`
    this.name = `ONNX Runtime ${ort.env.versions.node ?? ''} (${settings.provider ?? 'cpu'}${threads})`
  }

  async compile(graph: Graph): Promise<CompiledGraph> {
    const { bytes, weightFolder, weightBytes } = emitOnnx(graph)
    const prepacked = this.prepacks(weightBytes)
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: [this.settings.provider ?? 'cpu'],
      ...(this.settings.threads === undefined ? {} : { intraOpNumThreads: this.settings.threads }),
      enableMemPattern: false, // shapes change from run to run
      logSeverityLevel: 4, // what fails is thrown
      extra: {
        session: {
          // Each session has a thread pool of its own; one that spins takes the cores from the others.
          intra_op: { allow_spinning: '0' },
          ...(prepacked ? {} : { disable_prepacking: '1' }),
          ...(weightFolder === null ? {} : { model_external_initializers_file_folder_path: weightFolder })
        }
      }
    }).catch((thrown: unknown) => {
      throw openingError(messageOf(thrown), weightFolder)
    })
    const compiled = new OnnxRuntimeGraph(graph, session, prepacked ? 1 : 2, () => this.compiled.delete(compiled))
    this.compiled.add(compiled)
    return compiled
  }

  async release(): Promise<void> {
    for (const graph of [...this.compiled]) await graph.release()
  }

  private prepacks(weightBytes: number): boolean {
    const { prepack = 'auto' } = this.settings
    return prepack === 'auto' ? weightBytes <= totalmem() * SHARE_OF_MEMORY_FOR_PREPACKING : prepack === 'always'
  }
}

class OnnxRuntimeGraph implements CompiledGraph {
  readonly rowMultiple: number
  private readonly graph: Graph
  private readonly session: ort.InferenceSession
  private readonly forget: () => void
  private readonly free: readonly string[]
  private readonly carriedOutputs: readonly string[]
  private released = false

  constructor(graph: Graph, session: ort.InferenceSession, rowMultiple: number, forget: () => void) {
    this.graph = graph
    this.session = session
    this.rowMultiple = rowMultiple
    this.forget = forget
    this.carriedOutputs = graph.carried.map(({ output }) => output)
    this.free = Object.keys(graph.outputs).filter((name) => !this.carriedOutputs.includes(name))
  }

  async run(inputs: Tensors, wanted: readonly string[] = this.free): Promise<Tensors> {
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

  async release(): Promise<void> {
    if (this.released) return
    this.released = true
    this.forget()
    await this.session.release()
  }

  private async fetch(inputs: Tensors, wanted: readonly string[]): Promise<Tensors> {
    const sizes = new Map<string, number>()
    const feeds: Record<string, ort.Tensor> = {}
    for (const { name, shape, dtype } of graphInputs(this.graph)) {
      const tensor = inputs[name]
      if (!tensor) throw new ErratumError('BadInput', `Input '${name}' is missing.`, { field: name })
      bindSizes(name, shape, tensor.shape, sizes)
      feeds[onnxInput(name)] = new ort.Tensor(dtype, tensor.data, tensor.shape)
    }
    const outputs = await this.session.run(feeds, wanted.map(onnxOutput)).catch((thrown: unknown) => {
      const message = messageOf(thrown)
      const memory = /bad_alloc|out of memory|Failed to allocate/i.test(message)
      throw new ErratumError(memory ? 'OutOfMemory' : 'Internal', `ONNX Runtime: ${message}`)
    })
    return Object.fromEntries(wanted.map((name) => [name, asTensor(outputs[onnxOutput(name)])]))
  }
}

function asTensor({ type, dims, data }: ort.Tensor): Tensor {
  if (!(data instanceof Float32Array || data instanceof Int32Array))
    throw new ErratumError('Internal', `ONNX Runtime gave an output of type ${type}.`)
  const dtype: DType = data instanceof Float32Array ? 'float32' : 'int32'
  return { dtype, shape: [...dims], data }
}

function openingError(message: string, weightFolder: string | null): ErratumError {
  // A weight that ends beyond its file, or a file that is gone.
  if (weightFolder !== null && /external|No such file/i.test(message))
    return new ErratumError('BadFile', `The weights cannot be read: ${message}`, {
      file: weightFolder,
      cure: 'Download or export the model again.'
    })
  return new ErratumError('Unavailable', `ONNX Runtime could not open the model: ${message}`, {
    cure: 'Choose another executor or provider.'
  })
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
