import { createClient } from '../../contract/client.ts'
import type { Client } from '../../contract/client.ts'
import { ErratumError } from '../../contract/errors.ts'
import type { Link, LinkState } from './transport.ts'

/** The client over a link, and whether the engine answers. */
export class Connection {
  state = $state<'connecting' | LinkState>('connecting')
  readonly client: Client
  /** the desktop app starts its engine again by itself */
  readonly isDesktop = window.erratum !== undefined

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
      // After this turn: the owner of the connection has it by then.
      if (state === 'open') queueMicrotask(onOpen)
      else this.client.failAll(new ErratumError('Unavailable', 'The connection to the server was lost.'))
    })
  }
}
