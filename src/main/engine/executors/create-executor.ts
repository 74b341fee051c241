/** An executor from its settings, in this very thread. Runtimes are loaded only when they are asked for. */
import type { Executor } from './executor.ts'
import type { OnnxRuntimeSettings } from './onnxruntime-executor.ts'
import type { TensorFlowSettings } from './tensorflow-executor.ts'

export type ExecutorSettings = OnnxRuntimeSettings | TensorFlowSettings

export async function createExecutor(settings: ExecutorSettings): Promise<Executor> {
  if (settings.executor === 'tensorflow') return (await import('./tensorflow-executor.ts')).openTensorFlow(settings)
  const { OnnxRuntimeExecutor } = await import('./onnxruntime-executor.ts')
  return new OnnxRuntimeExecutor(settings)
}
