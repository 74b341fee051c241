/** The services behind the contract's methods, for any door: the shell's channel or a socket. */
import type { Emit, EngineFrame } from '../../contract/contract.ts'
import { answer } from '../../contract/server.ts'
import { createReviewService } from '../services/review/review-service.ts'
import type { ReviewOptions } from '../services/review/review-service.ts'

export interface Engine {
  /** Answers one request frame; null where there is nothing to answer to. */
  answer(frame: unknown): Promise<EngineFrame | null>
  close(): Promise<void>
}

/** Where models come from; the real ones are in services/editing. */
export type EngineServices = Pick<ReviewOptions, 'listModels' | 'openWorkbench' | 'sessions'>

export interface EngineOptions {
  model: string
  sessionDir: string
  /** the person named it: it is opened without asking */
  isNamed?: boolean
  /** is handed every event */
  tell: (frame: EngineFrame) => void
}

export function createEngine(
  services: EngineServices,
  { model, sessionDir, isNamed = true, tell }: EngineOptions
): Engine {
  const emit: Emit = (event, payload) => tell({ event, payload })
  const service = createReviewService({ ...services, defaults: { model, sessionDir, isNamed }, emit })
  return { answer: (frame) => answer(service.handlers, frame), close: () => service.close() }
}
