/** The engine's side of the contract: one frame in, one answer out; nothing unchecked reaches a handler. */
import { methods, requestSchema } from './contract.ts'
import type { EngineFrame, Handlers, MethodName } from './contract.ts'
import { ErratumError, errorRecord } from './errors.ts'

/** Answers a request; null for something that is not a request at all and so has no id to answer to. */
export async function answer(handlers: Handlers, raw: unknown): Promise<EngineFrame | null> {
  const request = requestSchema.safeParse(raw)
  if (!request.success) {
    const id = (raw as { id?: unknown } | null)?.id
    if (typeof id !== 'number') return null
    return { id, error: new ErratumError('BadInput', 'There is no such method.').toRecord() }
  }
  const { id, method, params } = request.data
  try {
    return { id, result: await run(handlers, method, params) }
  } catch (error) {
    return { id, error: errorRecord(error) }
  }
}

/** The answer to a request that no engine is there to take; null where there is nothing to answer to. */
export function unreachable(raw: unknown): EngineFrame | null {
  const request = requestSchema.safeParse(raw)
  if (!request.success) return null
  return {
    id: request.data.id,
    error: new ErratumError('Unavailable', 'The engine is not running right now.').toRecord()
  }
}

async function run(handlers: Handlers, method: MethodName, raw: unknown): Promise<unknown> {
  const params = methods[method].params.safeParse(raw)
  if (!params.success) {
    const [issue] = params.error.issues
    throw new ErratumError('BadInput', `${method}: ${issue.path.join('.') || 'parameters'}: ${issue.message}`, {
      field: issue.path.join('.')
    })
  }
  // Each handler takes what its own schema gives, and this one's schema has just given it.
  const handler = handlers[method] as (params: unknown) => unknown
  return await handler(params.data)
}
