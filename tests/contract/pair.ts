/** A client and a service joined in memory; frames cross as JSON, as they do over every real channel. */
import { createClient } from '../../src/contract/client.ts'
import type { Client } from '../../src/contract/client.ts'
import type { EngineFrame } from '../../src/contract/contract.ts'
import { createEngine } from '../../src/main/engine-process/engine.ts'
import type { Engine, EngineServices } from '../../src/main/engine-process/engine.ts'
import { FAKE_MODEL, NO_SESSIONS } from './fake-workbench.ts'

export function pair(openWorkbench: EngineServices['openWorkbench']): { client: Client; engine: Engine } {
  let deliver: (frame: unknown) => void = () => undefined
  const tell = (frame: EngineFrame): void => deliver(JSON.parse(JSON.stringify(frame)))
  const engine = createEngine(
    { listModels: async () => [FAKE_MODEL], openWorkbench, sessions: NO_SESSIONS },
    { model: 'fake', sessionDir: '/nowhere/session', tell }
  )
  const client = createClient({
    send: (frame) => void engine.answer(JSON.parse(JSON.stringify(frame))).then((reply) => reply && tell(reply)),
    onFrame: (listener) => (deliver = listener)
  })
  return { client, engine }
}

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2))
}
