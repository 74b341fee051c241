import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { Connection } from '../../src/main/engine-process/connection.ts'
import type { ConnectionLimits } from '../../src/main/engine-process/connection.ts'
import { until } from '../contract/pair.ts'

const LIMITS: ConnectionLimits = {
  openRequests: 4,
  openBytes: 100_000,
  waitingBytes: 500_000,
  mostWaitingBytes: 5_000_000
}

/** The requests that are being answered, each with what ends it. */
let open: { id: number; end: (result: unknown) => void }[]
let server: WebSocketServer
let connections: Connection[]
let clients: WebSocket[]

beforeEach(async () => {
  ;[open, connections, clients] = [[], [], []]
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) =>
    connections.push(
      new Connection(
        socket,
        (frame) =>
          new Promise((resolve) => {
            const { id } = frame as { id: number }
            open.push({ id, end: (result) => resolve({ id, result }) })
          }),
        LIMITS
      )
    )
  )
  await once(server, 'listening')
})
afterEach(async () => {
  for (const client of clients) client.terminate()
  await new Promise((resolve) => server.close(resolve))
})

async function client(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  clients.push(socket)
  await once(socket, 'open')
  return socket
}
/** Ends the request that has waited longest. */
const answerOne = (result: unknown = null): void => open.shift()?.end(result)
/** Enough turns for whatever could still come over loopback. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300))

describe('a connection', () => {
  it('takes no more requests than it answers, and loses none', async () => {
    const one = await client()
    const answered: number[] = []
    one.on('message', (data: Buffer) => answered.push((JSON.parse(data.toString()) as { id: number }).id))
    const filling = 'x'.repeat(60_000)
    for (let id = 1; id <= 40; id++) one.send(JSON.stringify({ id, filling }))
    await until(() => open.length > 0)
    await settle()
    // Two of them are above the bytes that may wait.
    expect(open.length).toBeLessThanOrEqual(2 * LIMITS.openRequests)
    const other = await client()
    other.send(JSON.stringify({ id: 99 }))
    await until(() => open.some(({ id }) => id === 99))
    while (answered.length < 40) {
      answerOne()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(answered).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
  })

  it('takes no more requests from a page that does not read its answers', async () => {
    const one = await client()
    const raw = (one as unknown as { _socket: Socket })._socket
    raw.pause()
    let taken = 0
    const answering = setInterval(() => {
      while (open.length > 0) {
        taken++
        answerOne('y'.repeat(1_000_000))
      }
    }, 5)
    for (let id = 1; id <= 200; id++) one.send(JSON.stringify({ id, filling: 'x'.repeat(20_000) }))
    await settle()
    await settle()
    // What the system's buffers hold on the way is not much more.
    expect(taken).toBeLessThan(60)
    const answered: number[] = []
    one.on('message', (data: Buffer) => answered.push((JSON.parse(data.toString()) as { id: number }).id))
    raw.resume()
    await until(() => answered.length === 200)
    clearInterval(answering)
    expect(one.readyState).toBe(one.OPEN)
  })

  it('is ended where a page never reads what it is sent', async () => {
    const [slow, other] = [await client(), await client()]
    ;(slow as unknown as { _socket: Socket })._socket.pause()
    const [toSlow, toOther] = connections
    let received = 0
    other.on('message', () => received++)
    const text = JSON.stringify({ event: 'x'.repeat(1_000_000) })
    for (let n = 0; n < 60 && server.clients.size === 2; n++) {
      toSlow.send(text)
      toOther.send(text)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await until(() => server.clients.size === 1)
    toOther.send(text)
    const before = received
    await until(() => received > before)
  })

  it('says so where a request is no JSON, and an answer none either', async () => {
    const one = await client()
    const reply = once(one, 'message')
    one.send(JSON.stringify({ id: 7 }))
    await until(() => open.length === 1)
    answerOne(1n)
    expect(JSON.parse(String((await reply)[0]))).toMatchObject({ id: 7, error: { code: 'Internal' } })
    one.send('{')
    expect((await once(one, 'close'))[0]).toBe(1003)
  })
})
