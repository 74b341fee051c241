/** Entry of the engine process: plain Node, started by the shell, which it talks to over the process's own channel. */
import { parseArgs } from 'node:util'
import type { EngineFrame } from '../../contract/contract.ts'
import { listModels, openWorkbench } from '../services/editing.ts'
import { whenModelOpens } from '../services/model-library.ts'
import * as sessions from '../services/session-library.ts'
import { createEngine } from './engine.ts'
import { endWithParent } from './parent-watch.ts'

const { values } = parseArgs({
  options: { model: { type: 'string' }, session: { type: 'string' }, ask: { type: 'boolean', default: false } }
})

if (!process.send || values.model === undefined || values.session === undefined) {
  process.stderr.write('The engine process is started by the app. From a terminal, use `erratum serve`.\n')
  process.exit(2)
}

/** To a parent that is gone nothing is sent: this process ends with it. */
function send(frame: EngineFrame): void {
  if (process.connected) process.send?.(frame, undefined, undefined, () => undefined)
}

const engine = createEngine(
  { listModels, openWorkbench, sessions },
  { model: values.model, sessionDir: values.session, isNamed: !values.ask, tell: send }
)

whenModelOpens((weightFiles) => process.send?.({ weightFiles }))

process.on('message', (frame) => {
  void engine.answer(frame).then((reply) => {
    if (reply) send(reply)
  })
})
endWithParent(() => engine.close())
