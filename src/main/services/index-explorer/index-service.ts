/** What the contract's `index.*` methods do. */
import type { Handlers } from '../../../contract/contract.ts'
import type { IndexBench } from '../review/workbench.ts'

type IndexMethod = Extract<keyof Handlers, `index.${string}`>

export function indexHandlers(bench: () => IndexBench): Pick<Handlers, IndexMethod> {
  return {
    'index.map': ({ protocol, known }) => bench().map(protocol, known),
    'index.scopes': ({ protocol, state }) => bench().scopes(protocol, state),
    'index.record': ({ protocol, state, record }) => bench().record(protocol, state, record),
    'index.find': ({ protocol, state, text, from }) => bench().find(protocol, state, text, from),
    'index.query': ({ protocol, text, target }) => bench().query(protocol, text, target)
  }
}
