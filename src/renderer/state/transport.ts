/** The channel to the engine: the preload bridge inside the desktop app, a WebSocket in a browser. */
import type { Transport } from '../../contract/client.ts'
import type { RequestFrame } from '../../contract/contract.ts'
import { ErratumError } from '../../contract/errors.ts'

declare global {
  interface Window {
    /** put there by the preload script of the desktop app */
    erratum?: Transport
  }
}

export interface Link extends Transport {
  /** Told when the channel opens and when it is lost; it is opened again by itself. */
  onState(listener: (state: 'open' | 'lost') => void): void
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
  const stateListeners: ((state: 'open' | 'lost') => void)[] = []
  let socket: WebSocket
  let wait = FIRST_WAIT_MS

  function connect(): void {
    socket = new WebSocket(`ws://${location.host}/`, ['erratum', token])
    socket.onopen = () => {
      wait = FIRST_WAIT_MS
      for (const listener of stateListeners) listener('open')
    }
    socket.onmessage = (message: MessageEvent<string>) => {
      const frame: unknown = JSON.parse(message.data)
      for (const listener of frameListeners) listener(frame)
    }
    socket.onclose = () => {
      for (const listener of stateListeners) listener('lost')
      setTimeout(connect, wait)
      wait = Math.min(LONGEST_WAIT_MS, wait * 2)
    }
  }
  connect()

  return {
    send: (frame: RequestFrame) => {
      if (socket.readyState !== WebSocket.OPEN)
        throw new ErratumError('Unavailable', 'The engine cannot be reached right now.')
      socket.send(JSON.stringify(frame))
    },
    onFrame: (listener) => frameListeners.push(listener),
    onState: (listener) => stateListeners.push(listener)
  }
}
