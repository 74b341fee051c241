/** Entry of the compute worker: owns one executor and answers one request after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { ErratumError, errorRecord } from '../../../contract/errors.ts'
import { createExecutor, type ExecutorSettings } from './create-executor.ts'
import type { CompiledGraph, Executor, GraphSequence, Tensors } from './executor.ts'
import type { WorkerAnswer, WorkerMessage, WorkerRequest, WorkerTask } from './worker-protocol.ts'

class ComputeWorker {
  private readonly executor: Executor
  private readonly graphs = new Map<number, CompiledGraph>()
  private readonly sequences = new Map<number, GraphSequence>()

  constructor(executor: Executor) {
    this.executor = executor
  }

  async answer(task: WorkerTask): Promise<WorkerAnswer> {
    switch (task.kind) {
      case 'compile': {
        const compiled = await this.executor.compile(task.graph)
        this.graphs.set(task.graphId, compiled)
        return { kind: 'compiled', rowMultiple: compiled.rowMultiple }
      }
      case 'run':
        return { kind: 'tensors', tensors: await this.graph(task.graphId).run(task.inputs, task.wanted) }
      case 'advance': {
        const sequence = this.sequence(task.sequenceId, task.graphId, task.samples)
        return { kind: 'tensors', tensors: await sequence.run(task.inputs, task.rows, task.wanted) }
      }
      case 'releaseSequence':
        this.sequences.get(task.sequenceId)?.release()
        this.sequences.delete(task.sequenceId)
        return { kind: 'done' }
      case 'releaseGraph':
        await this.graphs.get(task.graphId)?.release()
        this.graphs.delete(task.graphId)
        return { kind: 'done' }
      case 'close':
        await this.executor.release()
        return { kind: 'done' }
    }
  }

  private graph(id: number): CompiledGraph {
    const graph = this.graphs.get(id)
    if (!graph) throw new ErratumError('Internal', 'This graph was released.')
    return graph
  }

  private sequence(id: number, graphId: number, samples: number): GraphSequence {
    const known = this.sequences.get(id)
    if (known) return known
    const made = this.graph(graphId).sequence(samples)
    this.sequences.set(id, made)
    return made
  }
}

const port = parentPort
if (!port) throw new ErratumError('Internal', 'The compute worker is started as a worker thread only.')
const post = (message: WorkerMessage, transfer: ArrayBuffer[] = []): void => {
  port.postMessage(message, transfer)
}

try {
  const executor = await createExecutor(workerData as ExecutorSettings)
  const worker = new ComputeWorker(executor)
  let last = Promise.resolve()
  const serve = async ({ id, task }: WorkerRequest): Promise<void> => {
    try {
      const answer = await worker.answer(task)
      post({ kind: 'reply', id, answer }, answer.kind === 'tensors' ? buffersOf(answer.tensors) : [])
    } catch (thrown) {
      post({ kind: 'reply', id, answer: { kind: 'failed', error: errorRecord(thrown) } })
    }
    if (task.kind === 'close') port.close()
  }
  port.on('message', (request: WorkerRequest) => {
    last = last.then(() => serve(request))
  })
  post({ kind: 'ready', name: executor.name })
} catch (thrown) {
  post({ kind: 'unavailable', error: errorRecord(thrown) })
}

/** Results are handed over, not copied. */
function buffersOf(tensors: Tensors): ArrayBuffer[] {
  const buffers = Object.values(tensors).map(({ data }) => data.buffer)
  return [...new Set(buffers.filter((buffer) => buffer instanceof ArrayBuffer))]
}
