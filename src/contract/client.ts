/** The typed client over any channel that carries frames: the preload bridge, a WebSocket, or a test's pair of arrays. */
import { engineFrameSchema, events, methods } from './contract.ts'
import type { EventName, EventPayload, MethodName, ParamsIn, RequestFrame, Result } from './contract.ts'
import { ErratumError } from './errors.ts'

export interface Transport {
  send(frame: RequestFrame): void
  /** Called with each frame that arrives, as a plain record. */
  onFrame(listener: (frame: unknown) => void): void
}

export interface Client {
  /** Rejects with the `ErratumError` that the engine threw. */
  call<M extends MethodName>(method: M, params: ParamsIn<M>): Promise<Result<M>>
  /** Returns a function that ends the subscription. */
  on<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void
  /** Ends every open request with this error: the engine is gone and will not answer them. */
  failAll(error: ErratumError): void
}

interface OpenRequest {
  method: MethodName
  resolve: (result: unknown) => void
  reject: (error: ErratumError) => void
}

export function createClient(transport: Transport): Client {
  const open = new Map<number, OpenRequest>()
  const listeners = new Map<EventName, Set<(payload: unknown) => void>>()
  let nextId = 1

  function settle(id: number, act: (request: OpenRequest) => void): void {
    const request = open.get(id)
    // An answer to a request that has ended (the engine was restarted in between) is nobody's.
    if (!request) return
    open.delete(id)
    act(request)
  }

  transport.onFrame((raw) => {
    const parsed = engineFrameSchema.safeParse(raw)
    if (!parsed.success) return
    const frame = parsed.data
    if ('event' in frame) {
      const payload = events[frame.event].safeParse(frame.payload)
      if (payload.success) for (const listener of listeners.get(frame.event) ?? []) listener(payload.data)
    } else if ('error' in frame) {
      settle(frame.id, (request) => request.reject(ErratumError.fromRecord(frame.error)))
    } else {
      settle(frame.id, (request) => {
        const result = methods[request.method].result.safeParse(frame.result)
        if (result.success) request.resolve(result.data)
        else
          request.reject(
            new ErratumError('Internal', `The engine's answer to ${request.method} has another form than agreed.`, {
              issues: result.error.issues
            })
          )
      })
    }
  })

  return {
    call: <M extends MethodName>(method: M, params: ParamsIn<M>) =>
      new Promise<Result<M>>((resolve, reject) => {
        const id = nextId++
        open.set(id, { method, resolve: (result) => resolve(result as Result<M>), reject })
        try {
          transport.send({ id, method, params })
        } catch (error) {
          open.delete(id)
          reject(
            error instanceof ErratumError
              ? error
              : new ErratumError('Unavailable', 'The engine cannot be reached.', { cause: String(error) })
          )
        }
      }),
    on: <E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void) => {
      const known = listeners.get(event) ?? new Set()
      listeners.set(event, known)
      const untyped = listener as (payload: unknown) => void
      known.add(untyped)
      return () => known.delete(untyped)
    },
    failAll: (error) => {
      for (const id of [...open.keys()]) settle(id, (request) => request.reject(error))
    }
  }
}
