/** The executors by name, each in a compute worker of its own. */
import type { Executor } from './executor.ts'
import { quietTensorFlow } from './tensorflow-addon.ts'
import { startWorkerExecutor } from './worker-executor.ts'

export const EXECUTORS = ['onnxruntime', 'tensorflow'] as const
export type ExecutorName = (typeof EXECUTORS)[number]

/** @throws ErratumError `Unavailable` where the runtime is not on this machine */
export function openExecutor(executor: ExecutorName): Promise<Executor> {
  if (executor === 'tensorflow') quietTensorFlow()
  return startWorkerExecutor({ executor })
}
