import { createClient } from '../../contract/client.ts'
import type { Client } from '../../contract/client.ts'
import { ErratumError } from '../../contract/errors.ts'
import type { Link } from './transport.ts'

/** The client over a link, and whether the engine answers. */
export class Connection {
  state = $state<'connecting' | 'open' | 'lost'>('connecting')
  readonly client: Client

  /** @param onOpen called each time the link opens: what was known before may be out of date */
  constructor(link: Link, onOpen: () => void) {
    this.client = createClient(link)
    this.client.on('engine.restarted', ({ running, message }) => {
      this.client.failAll(new ErratumError('Unavailable', message))
      this.state = running ? 'open' : 'lost'
      if (running) onOpen()
    })
    link.onState((state) => {
      this.state = state
      if (state === 'lost')
        this.client.failAll(new ErratumError('Unavailable', 'The connection to the engine was lost.'))
      // After this turn: the owner of the connection has it by then.
      else queueMicrotask(onOpen)
    })
  }
}
