/** The renderer in a browser, over loopback HTTP and a WebSocket. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { EngineFrame } from '../../contract/contract.ts'
import { ErratumError } from '../../contract/errors.ts'
import { isLoopbackHost, maySpeak, newToken, PROOF_PATH, proofOf, PROTOCOL, SECURITY_HEADERS } from './access.ts'
import { Connection } from './connection.ts'
import { createEngine } from './engine.ts'
import type { EngineServices } from './engine.ts'
import type { Address, KeptAddresses } from './kept-address.ts'
import { rendererFile, rendererFolder } from './renderer-files.ts'
import type { RendererFile } from './renderer-files.ts'

export interface ServeOptions {
  /** 0 takes any free port */
  port: number
  sessionDir: string
  /** the person named it: it is opened without asking */
  isNamed?: boolean
  model: string
  /** also opens the page in the person's browser */
  open?: boolean
  /** where the address is kept for the next start; absent: each start has a new one */
  addresses?: KeptAddresses
}

export interface Served {
  /** with the token in its fragment, which browsers never send */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** A whole file of passages comes in one frame. */
const LARGEST_FRAME_BYTES = 32 * 1024 * 1024
const MOST_FRAGMENTS = 4096
/** Open pages, and connections in all: a page's files come over a few more. */
const MOST_PAGES = 16
const MOST_CONNECTIONS = 128
/** until the head of a request is there; for a page of this machine that is no time at all */
const HEAD_MS = 10_000

/**
 * Serves the app with this engine behind it.
 * @throws ErratumError NotFound if the renderer is not built, Unavailable if the port is taken
 */
export async function serveApp(
  services: EngineServices,
  options: ServeOptions,
  folder = rendererFolder()
): Promise<Served> {
  const kept = (await options.addresses?.of(options.sessionDir)) ?? null
  let token = newToken()
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_FRAME_BYTES,
    maxFragments: MOST_FRAGMENTS,
    // The token is the second protocol that is offered; only ours is taken up.
    handleProtocols: () => PROTOCOL
  })
  const tell = (frame: EngineFrame): void => {
    const text = JSON.stringify(frame)
    for (const page of pages) page.send(text)
  }
  const pages = new Set<Connection>()
  const server = createServer({ headersTimeout: HEAD_MS, requestTimeout: HEAD_MS }, (request, response) => {
    respond(folder, token, request, response).catch(() => response.destroy())
  })
  server.maxConnections = MOST_CONNECTIONS
  // Any page of any site may open a connection and break it, at any moment: without a listener that ends the process.
  server.on('connection', (socket) => socket.on('error', () => undefined))
  server.on('clientError', (_, socket) => socket.destroy())
  server.on('upgrade', (request, socket, head) => {
    const refusal = !maySpeak(request, token)
      ? '403 Forbidden'
      : pages.size >= MOST_PAGES
        ? '503 Service Unavailable'
        : null
    if (refusal !== null) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const page = new Connection(accepted, (frame) => engine.answer(frame))
      pages.add(page)
      accepted.on('close', () => pages.delete(page))
    })
  })
  const given = await listenAt(server, options.port, kept)
  // A connection that cannot be accepted (no file handle is left) is no reason to end those that are open.
  server.on('error', () => undefined)
  const { port } = given
  token = given.token ?? token
  await options.addresses?.keep(options.sessionDir, { port, token })
  const engine = createEngine(services, { ...options, tell })
  const url = `http://127.0.0.1:${port}/#token=${token}`
  if (options.open) openInBrowser(url)
  return {
    url,
    port,
    close: async () => {
      server.close()
      for (const socket of sockets.clients) socket.terminate()
      await engine.close()
    }
  }
}

async function respond(
  folder: string,
  token: string,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const found = await asked(folder, token, request)
  if (typeof found === 'number') {
    response.writeHead(found, SECURITY_HEADERS).end()
    return
  }
  response.writeHead(200, { ...SECURITY_HEADERS, 'Content-Type': found.type, 'Content-Length': found.bytes.length })
  response.end(request.method === 'HEAD' ? undefined : found.bytes)
}

/** The file that is asked for, or the status of the refusal. */
async function asked(
  folder: string,
  token: string,
  { headers, method, url }: IncomingMessage
): Promise<RendererFile | number> {
  if (!isLoopbackHost(headers.host)) return 403
  if (method !== 'GET' && method !== 'HEAD') return 405
  const [path, query] = (url ?? '/').split('?')
  if (path === PROOF_PATH) {
    const proof = proofOf(token, new URLSearchParams(query).get('challenge'))
    return proof === null ? 400 : { type: 'text/plain; charset=utf-8', bytes: Buffer.from(proof) }
  }
  return (await rendererFile(folder, path)) ?? 404
}

/**
 * Listens where an open tab looks for this session, if that port is free and no other was asked for.
 * @returns the kept token where the kept port was taken up, and null otherwise: what another program may have been told
 * at the old port is worth nothing
 */
async function listenAt(
  server: ReturnType<typeof createServer>,
  asked: number,
  kept: Address | null
): Promise<{ port: number; token: string | null }> {
  if (kept && (asked === 0 || asked === kept.port)) {
    try {
      return { port: await listen(server, kept.port), token: kept.token }
    } catch (error) {
      if (asked !== 0) throw error
    }
  }
  return { port: await listen(server, asked), token: null }
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new ErratumError('Unavailable', `Port ${port} is taken.`, {
        cure: 'Give another one with --port, or 0 for any that is free.'
      })
    throw error
  }
  return (server.address() as AddressInfo).port
}

/** Best effort: where no browser can be opened, the address was printed anyway. */
function openInBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['explorer.exe', url]
        : ['xdg-open', url]
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref()
}
