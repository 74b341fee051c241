/** The executors by name, each in a compute worker of its own. */
import type { Executor } from './executor.ts'
import { startWorkerExecutor } from './worker-executor.ts'

export type ExecutorName = 'onnxruntime'

export const openExecutor = (executor: ExecutorName): Promise<Executor> => startWorkerExecutor({ executor })
