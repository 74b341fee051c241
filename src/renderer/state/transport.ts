/** The channel to the engine: the preload bridge inside the desktop app, a WebSocket in a browser. */
import type { Transport } from '../../contract/client.ts'
import type { RequestFrame } from '../../contract/contract.ts'
import { ErratumError } from '../../contract/errors.ts'
import { whoAnswers } from './server-proof.ts'

declare global {
  interface Window {
    /** put there by the preload script of the desktop app */
    erratum?: Transport
  }
}

/** other: a server answers at this address that is not the one of this page */
export type LinkState = 'open' | 'lost' | 'other'

export interface Link extends Transport {
  /** Told when the channel opens and when it is lost; it is opened again by itself. */
  onState(listener: (state: LinkState) => void): void
}

export function openLink(): Link {
  return window.erratum ? bridgeLink(window.erratum) : socketLink(tokenOf(location.hash))
}

function tokenOf(hash: string): string {
  const token = new URLSearchParams(hash.slice(1)).get('token')
  if (token === null)
    throw new ErratumError('Unavailable', 'The address of this page is incomplete.', {
      cure: 'Use the whole address that `erratum serve` printed, with everything after the #.'
    })
  return token
}

/** The shell keeps this channel alive for as long as the window is there. */
function bridgeLink(bridge: Transport): Link {
  return {
    send: (frame) => bridge.send(frame),
    onFrame: (listener) => bridge.onFrame(listener),
    onState: (listener) => listener('open')
  }
}

const FIRST_WAIT_MS = 300
const LONGEST_WAIT_MS = 4000

function socketLink(token: string): Link {
  const frameListeners: ((frame: unknown) => void)[] = []
  const stateListeners: ((state: LinkState) => void)[] = []
  let socket: WebSocket | null = null
  let wait = FIRST_WAIT_MS

  const tell = (state: LinkState): void => {
    for (const listener of stateListeners) listener(state)
  }

  async function connect(): Promise<void> {
    const answering = await whoAnswers(token)
    if (answering !== 'ours') {
      again(answering === 'other' ? 'other' : 'lost')
      return
    }
    socket = new WebSocket(`ws://${location.host}/`, ['erratum', token])
    socket.onopen = () => {
      wait = FIRST_WAIT_MS
      tell('open')
    }
    socket.onmessage = (message: MessageEvent<string>) => {
      const frame: unknown = JSON.parse(message.data)
      for (const listener of frameListeners) listener(frame)
    }
    socket.onclose = () => again('lost')
  }

  function again(state: LinkState): void {
    tell(state)
    setTimeout(() => void connect(), wait)
    wait = Math.min(LONGEST_WAIT_MS, wait * 2)
  }
  void connect()

  return {
    send: (frame: RequestFrame) => {
      if (socket?.readyState !== WebSocket.OPEN)
        throw new ErratumError('Unavailable', 'The server cannot be reached right now.')
      socket.send(JSON.stringify(frame))
    },
    onFrame: (listener) => frameListeners.push(listener),
    onState: (listener) => stateListeners.push(listener)
  }
}
