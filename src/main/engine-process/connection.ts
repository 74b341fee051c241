/**
 * One page's connection. Its requests are read only as fast as they are answered, and answered only as fast as the page
 * takes the answers, so that none of them can fill the memory or keep the others waiting.
 */
import type { WebSocket } from 'ws'
import type { EngineFrame } from '../../contract/contract.ts'
import type { Engine } from './engine.ts'

export interface ConnectionLimits {
  /** requests that wait for their answer, in number and in bytes; beyond that nothing more is read */
  readonly openRequests: number
  readonly openBytes: number
  /** bytes of answers and events that the page has not taken; beyond that nothing more is read ... */
  readonly waitingBytes: number
  /** ... and beyond that the connection is ended: the page opens another and asks for what it needs */
  readonly mostWaitingBytes: number
}

/** A whole file of passages comes in one frame, and goes in one. */
const LIMITS: ConnectionLimits = {
  openRequests: 256,
  openBytes: 1024 * 1024,
  waitingBytes: 8 * 1024 * 1024,
  mostWaitingBytes: 64 * 1024 * 1024
}

export class Connection {
  readonly #socket: WebSocket
  readonly #limits: ConnectionLimits
  #openRequests = 0
  #openBytes = 0

  constructor(socket: WebSocket, answer: Engine['answer'], limits = LIMITS) {
    this.#socket = socket
    this.#limits = limits
    socket.on('message', (data: Buffer) => void this.#take(data, answer))
    // A socket that breaks is closed by the library; the page opens another.
    socket.on('error', () => undefined)
  }

  /** @param text a frame as JSON */
  send(text: string): void {
    const socket = this.#socket
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > this.#limits.mostWaitingBytes) {
      socket.terminate()
      return
    }
    socket.send(text, () => this.#pace())
    this.#pace()
  }

  async #take(data: Buffer, answer: Engine['answer']): Promise<void> {
    this.#openRequests++
    this.#openBytes += data.length
    this.#pace()
    try {
      const reply = await answer(JSON.parse(data.toString('utf8')))
      if (reply) this.send(encoded(reply))
    } catch {
      this.#socket.close(1003, 'not JSON')
    } finally {
      this.#openRequests--
      this.#openBytes -= data.length
      // Other connections have their turn before the next request of this one.
      setImmediate(() => this.#pace())
    }
  }

  /** Stops reading, or goes on. */
  #pace(): void {
    const { openRequests, openBytes, waitingBytes } = this.#limits
    const isFull =
      this.#openRequests >= openRequests || this.#openBytes > openBytes || this.#socket.bufferedAmount > waitingBytes
    if (isFull !== this.#socket.isPaused) this.#socket[isFull ? 'pause' : 'resume']()
  }
}

/** An answer that JSON cannot hold is a fault of ours, and whoever asked is told so. */
function encoded(reply: EngineFrame): string {
  try {
    return JSON.stringify(reply)
  } catch {
    const id = 'id' in reply ? reply.id : 0
    return JSON.stringify({ id, error: { code: 'Internal', message: 'The answer could not be sent.' } })
  }
}
