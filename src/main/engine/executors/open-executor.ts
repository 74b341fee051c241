/** The executors by name, each in a compute worker of its own. */
import type { Executor } from './executor.ts'
import { quietTensorFlow } from './tensorflow-addon.ts'
import { startWorkerExecutor } from './worker-executor.ts'

export type ExecutorName = 'onnxruntime' | 'tensorflow'

/** @throws ErratumError `Unavailable` where the runtime is not on this machine */
export function openExecutor(executor: ExecutorName): Promise<Executor> {
  if (executor === 'tensorflow') quietTensorFlow()
  return startWorkerExecutor({ executor })
}
