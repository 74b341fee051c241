import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { isLoopbackHost, PROOF_PATH, proofOf, sameToken } from '../../src/main/engine-process/access.ts'
import { KeptAddresses } from '../../src/main/engine-process/kept-address.ts'
import { serveApp } from '../../src/main/engine-process/web-server.ts'
import type { Served } from '../../src/main/engine-process/web-server.ts'
import { FAKE_MODEL, fakeWorkbench, NO_SESSIONS } from '../contract/fake-workbench.ts'
import { until } from '../contract/pair.ts'

let folder: string
let served: Served
let token: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'erratum-page-'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Erratum</title>')
  served = await serveApp(
    { listModels: async () => [FAKE_MODEL], openWorkbench: async () => fakeWorkbench(), sessions: NO_SESSIONS },
    { port: 0, sessionDir: '/nowhere/session', model: 'fake' },
    folder
  )
  token = new URLSearchParams(new URL(served.url).hash.slice(1)).get('token')!
})
afterAll(async () => {
  await served.close()
  await rm(folder, { recursive: true })
})

/** What came of trying to open a socket: a status where it was refused. */
function open(protocols: string[], headers: Record<string, string> = {}): Promise<WebSocket | number> {
  const origin = `http://127.0.0.1:${served.port}`
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}/`, protocols, {
      headers: { Origin: origin, ...headers }
    })
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', reject)
  })
}

function get(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET'
): Promise<{ status: number; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: served.port, path, method, headers }, (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, headers: response.headers })
    })
      .on('error', reject)
      .end()
  })
}

describe('the web server', () => {
  it('answers a page of our own that has the token', async () => {
    const socket = await open(['erratum', token])
    if (typeof socket === 'number') throw new Error(`refused: ${socket}`)
    expect(socket.protocol).toBe('erratum')
    const reply = new Promise((resolve) => socket.on('message', (data: Buffer) => resolve(JSON.parse(data.toString()))))
    socket.send(JSON.stringify({ id: 1, method: 'models.list', params: {} }))
    expect(await reply).toEqual({ id: 1, result: [FAKE_MODEL] })
    socket.close()
  })

  it('refuses a wrong token, none, another site, and another host', async () => {
    expect(await open(['erratum', `${token}x`])).toBe(403)
    expect(await open(['erratum'])).toBe(403)
    expect(await open([token])).toBe(403)
    expect(await open(['erratum', token], { Origin: 'https://elsewhere.example' })).toBe(403)
    expect(await open(['erratum', token], { Origin: 'null' })).toBe(403)
    expect(await open(['erratum', token], { Host: 'elsewhere.example', Origin: 'http://elsewhere.example' })).toBe(403)
  })

  it('takes a forwarded port of this machine', async () => {
    const socket = await open(['erratum', token], { Host: 'localhost:9000', Origin: 'http://localhost:9000' })
    expect(socket).toBeInstanceOf(WebSocket)
    if (typeof socket !== 'number') socket.close()
  })

  it('serves the page alone, under a policy, to this machine alone', async () => {
    const page = await get('/')
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.headers['x-content-type-options']).toBe('nosniff')
    expect((await get('/package.json')).status).toBe(404)
    expect((await get('/..%2f..%2fpackage.json')).status).toBe(404)
    expect((await get('/', { Host: 'elsewhere.example' })).status).toBe(403)
    expect((await get('/', {}, 'POST')).status).toBe(405)
  })

  it('says which port is taken', async () => {
    const services = { listModels: async () => [], openWorkbench: async () => fakeWorkbench(), sessions: NO_SESSIONS }
    const again = serveApp(services, { port: served.port, sessionDir: '/nowhere', model: 'fake' }, folder)
    await expect(again).rejects.toMatchObject({ code: 'Unavailable' })
  })
})

describe('the address of a session', () => {
  const services = { listModels: async () => [], openWorkbench: async () => fakeWorkbench(), sessions: NO_SESSIONS }
  const serveAt = (port: number): Promise<Served> =>
    serveApp(services, { port, sessionDir: '/nowhere', model: 'fake', addresses: new KeptAddresses(folder) }, folder)

  it('is the same after a restart, so that an open tab finds the server again', async () => {
    const first = await serveAt(0)
    await first.close()
    const second = await serveAt(0)
    expect(second.url).toBe(first.url)
    const third = await serveAt(0)
    // Its port is taken: whoever listens there may have been told the token.
    expect(third.port).not.toBe(second.port)
    expect(new URL(third.url).hash).not.toBe(new URL(second.url).hash)
    await Promise.all([second.close(), third.close()])
    await expect(serveAt(served.port)).rejects.toMatchObject({ code: 'Unavailable' })
  })

  it('is proved to the page before the page tells its token', async () => {
    const challenge = 'a-challenge-of-some-length'
    const ask = (query: string): Promise<Response> => fetch(`http://127.0.0.1:${served.port}${PROOF_PATH}${query}`)
    expect(await (await ask(`?challenge=${challenge}`)).text()).toBe(proofOf(token, challenge))
    expect(proofOf(`${token}x`, challenge)).not.toBe(proofOf(token, challenge))
    for (const query of [
      '',
      '?challenge=',
      '?challenge=short',
      `?challenge=${'x'.repeat(65)}`,
      '?challenge=%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A'
    ])
      expect((await ask(query)).status).toBe(400)
    expect((await get(`${PROOF_PATH}?challenge=${challenge}`, { Host: 'elsewhere.example' })).status).toBe(403)
  })
})

describe('connections that break', () => {
  const UPGRADE = [
    'GET / HTTP/1.1',
    'Host: elsewhere.example',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '',
    ''
  ].join('\r\n')
  /** What a page of any site, or a program without the token, can send before it breaks off. */
  const HALVES = [
    UPGRADE,
    UPGRADE.replace('elsewhere.example', '127.0.0.1'),
    UPGRADE.slice(0, 40),
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    'GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\n',
    'nonsense\r\n\r\n',
    '\u0016\u0003\u0001',
    ''
  ]

  function broken(text: string, how: 'reset' | 'end' | 'late'): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(served.port, '127.0.0.1', () => {
        socket.write(text, () => {
          if (how === 'end') socket.end()
          // Before the answer, or while it is written.
          else if (how === 'reset') socket.resetAndDestroy()
          else setImmediate(() => socket.resetAndDestroy())
        })
      })
      socket.resume()
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
      setTimeout(() => socket.destroy(), 2000).unref()
    })
  }

  it('do not end the server, however many they are', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 15; round++)
      await Promise.all(HALVES.flatMap((text) => (['reset', 'end', 'late'] as const).map((how) => broken(text, how))))
    const socket = await open(['erratum', token])
    expect(socket).toBeInstanceOf(WebSocket)
    // One that was accepted may break as well.
    if (typeof socket !== 'number') (socket as unknown as { _socket: Socket })._socket.resetAndDestroy()
    expect((await get('/')).status).toBe(200)
  })

  it('are limited in number', async () => {
    const pages: WebSocket[] = []
    let status: number | null = null
    while (status === null && pages.length < 40) {
      const opened = await open(['erratum', token])
      if (typeof opened === 'number') status = opened
      else pages.push(opened)
    }
    expect([status, pages.length]).toEqual([503, 16])
    pages[0].close()
    await once(pages[0], 'close')
    await until(async () => {
      const opened = await open(['erratum', token])
      if (typeof opened !== 'number') pages.push(opened)
      return typeof opened !== 'number'
    })
    for (const page of pages) page.terminate()
  })
})

describe('access', () => {
  it('knows loopback names whatever the port, and nothing else', () => {
    for (const host of ['127.0.0.1:80', 'localhost', 'localhost:9000', '[::1]:1'])
      expect(isLoopbackHost(host)).toBe(true)
    for (const host of [undefined, '', '10.0.0.1', 'localhost.example', '127.0.0.1.example', 'a b'])
      expect(isLoopbackHost(host)).toBe(false)
  })

  it('compares tokens of any length', () => {
    expect(sameToken('abc', 'abc')).toBe(true)
    for (const given of ['', 'ab', 'abcd', 'abd']) expect(sameToken(given, 'abc')).toBe(false)
  })
})
