/** Writes on from a prompt, under a session's edits or without any. */
import { EMBEDDED_MODEL, openModel } from './model-library.ts'
import { openEditSession } from './edit-sessions.ts'
import { writeFrom } from '../editor/passage-writer.ts'
import type { Written, WrittenToken } from '../editor/passage-writer.ts'
import { checkSampling } from '../engine/generation/sampler.ts'
import type { ExecutorName } from '../engine/executors/open-executor.ts'

export interface GenerateRequest {
  model?: string
  prompt: string
  session?: string
  maxNewTokens?: number
  sentences?: number
  /** absent: greedy */
  temperature?: number
  topK?: number
  topP?: number
  seed?: number
  executor?: ExecutorName
  signal?: AbortSignal
  onToken?: (token: WrittenToken) => void
}

export async function generate(request: GenerateRequest): Promise<Written> {
  const { maxNewTokens, sentences, signal, onToken } = request
  const { temperature, topK, topP, seed } = request
  const sampling = { temperature, topK, topP, seed }
  checkSampling(sampling)
  const limits = { maxNewTokens, sentences, signal, onToken }
  if (request.session !== undefined) {
    const session = await openEditSession({
      dir: request.session,
      model: request.model,
      executor: request.executor,
      mustExist: true,
      readOnly: true
    })
    try {
      return await session.write(request.prompt, sampling, limits)
    } finally {
      await session.close()
    }
  }
  const { model } = await openModel(request.model ?? EMBEDDED_MODEL, request.executor)
  try {
    const routing = null
    return await writeFrom(model, request.prompt, routing, sampling, limits)
  } finally {
    await model.release()
  }
}
