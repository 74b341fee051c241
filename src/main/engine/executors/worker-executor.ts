/** An executor that lives in a worker thread: the caller's event loop stays free while a graph runs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ErratumError } from '../../../contract/errors.ts'
import type { Graph } from '../graph/graph.ts'
import type { ExecutorSettings } from './create-executor.ts'
import type { CompiledGraph, Executor, GraphSequence, Tensors } from './executor.ts'
import type { WorkerAnswer, WorkerMessage, WorkerRequest, WorkerTask } from './worker-protocol.ts'

/** Starts the worker and waits until its runtime is loaded. */
export async function startWorkerExecutor(settings: ExecutorSettings): Promise<Executor> {
  const worker = new Worker(workerFile(), { workerData: settings, execArgv: [] })
  const name = await new Promise<string>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (message: WorkerMessage) => {
      worker.off('error', reject)
      if (message.kind === 'ready') resolve(message.name)
      else if (message.kind === 'unavailable') reject(ErratumError.fromRecord(message.error))
    })
  })
  return new WorkerExecutor(name, worker)
}

/** Beside this file as a source; in the bundle, beside the entry points, of which chunks are one folder below. */
function workerFile(): string {
  const here = import.meta.dirname
  const candidates = ['compute-worker.ts', 'compute-worker.js', join('..', 'compute-worker.js')]
  const found = candidates.map((name) => join(here, name)).find((file) => existsSync(file))
  if (found === undefined) throw new ErratumError('Internal', `The compute worker's file is missing beside ${here}.`)
  return found
}

interface Pending {
  resolve: (answer: WorkerAnswer) => void
  reject: (error: Error) => void
}

class WorkerExecutor implements Executor {
  readonly name: string
  private readonly worker: Worker
  private readonly pending = new Map<number, Pending>()
  private lastId = 0
  private closed: Promise<void> | null = null
  /** why the worker is no more, if it ended without being told to */
  private failure: Error | null = null

  constructor(name: string, worker: Worker) {
    this.name = name
    this.worker = worker
    worker.on('message', (message: WorkerMessage) => this.receive(message))
    worker.on('error', (error: Error) => this.fail(error))
    worker.on('exit', () => this.fail(new ErratumError('Internal', 'The compute worker ended.')))
    worker.unref() // an idle worker keeps no process alive
  }

  async compile(graph: Graph): Promise<CompiledGraph> {
    const graphId = ++this.lastId
    const answer = await this.ask({ kind: 'compile', graphId, graph })
    if (answer.kind !== 'compiled') throw unexpected(answer)
    return new WorkerGraph(this, graphId, answer.rowMultiple)
  }

  release(): Promise<void> {
    this.closed ??= this.close()
    return this.closed
  }

  ask(task: WorkerTask): Promise<WorkerAnswer> {
    if (this.closed && task.kind !== 'close')
      return Promise.reject(new ErratumError('Internal', 'The executor was released.'))
    if (this.failure) return Promise.reject(this.failure)
    const id = ++this.lastId
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject })
      this.worker.ref()
      const request: WorkerRequest = { id, task: withOwnArrays(task) }
      this.worker.postMessage(request, buffersOf(request.task))
    })
  }

  nextId(): number {
    return ++this.lastId
  }

  private async close(): Promise<void> {
    if (this.failure) return // nothing is left to end
    const ended = new Promise<void>((resolve) => this.worker.once('exit', () => resolve()))
    await this.ask({ kind: 'close' })
    this.worker.ref()
    await ended
  }

  private receive(message: WorkerMessage): void {
    if (message.kind !== 'reply') return
    const waiting = this.pending.get(message.id)
    this.pending.delete(message.id)
    if (this.pending.size === 0) this.worker.unref()
    if (message.answer.kind === 'failed') waiting?.reject(ErratumError.fromRecord(message.answer.error))
    else waiting?.resolve(message.answer)
  }

  private fail(error: Error): void {
    this.failure ??= error
    for (const { reject } of this.pending.values()) reject(error)
    this.pending.clear()
  }
}

class WorkerGraph implements CompiledGraph {
  readonly rowMultiple: number
  private readonly executor: WorkerExecutor
  private readonly graphId: number

  constructor(executor: WorkerExecutor, graphId: number, rowMultiple: number) {
    this.executor = executor
    this.graphId = graphId
    this.rowMultiple = rowMultiple
  }

  async run(inputs: Tensors, wanted?: readonly string[]): Promise<Tensors> {
    const { graphId } = this
    return tensorsOf(await this.executor.ask({ kind: 'run', graphId, inputs, ...(wanted ? { wanted } : {}) }))
  }

  sequence(samples = 1): GraphSequence {
    const { executor, graphId } = this
    const sequenceId = executor.nextId()
    return {
      run: async (inputs, rows, wanted) =>
        tensorsOf(
          await executor.ask({
            kind: 'advance',
            graphId,
            sequenceId,
            samples,
            inputs,
            rows,
            ...(wanted ? { wanted } : {})
          })
        ),
      release: () => {
        // After the executor's own release there is nothing left to free.
        executor.ask({ kind: 'releaseSequence', sequenceId }).catch(() => undefined)
      }
    }
  }

  async release(): Promise<void> {
    await this.executor.ask({ kind: 'releaseGraph', graphId: this.graphId })
  }
}

function tensorsOf(answer: WorkerAnswer): Tensors {
  if (answer.kind !== 'tensors') throw unexpected(answer)
  return answer.tensors
}

const unexpected = (answer: WorkerAnswer): ErratumError =>
  new ErratumError('Internal', `The compute worker answered '${answer.kind}'.`)

/** The caller keeps its arrays: a copy of each is handed over (posting a view would copy all of what it looks into). */
function withOwnArrays(task: WorkerTask): WorkerTask {
  if (task.kind !== 'run' && task.kind !== 'advance') return task
  const inputs = Object.fromEntries(
    Object.entries(task.inputs).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }])
  )
  return { ...task, inputs }
}

const buffersOf = (task: WorkerTask): ArrayBuffer[] =>
  task.kind === 'run' || task.kind === 'advance'
    ? Object.values(task.inputs).flatMap(({ data }) => (data.buffer instanceof ArrayBuffer ? [data.buffer] : []))
    : []
