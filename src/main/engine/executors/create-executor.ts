/** An executor from its settings, in this very thread. Runtimes are loaded only when they are asked for. */
import type { Executor } from './executor.ts'
import type { OnnxRuntimeSettings } from './onnxruntime-executor.ts'

export type ExecutorSettings = OnnxRuntimeSettings

export async function createExecutor(settings: ExecutorSettings): Promise<Executor> {
  const { OnnxRuntimeExecutor } = await import('./onnxruntime-executor.ts')
  return new OnnxRuntimeExecutor(settings)
}
