/** Who may talk to the served app: this machine's own browser, with the token of this start. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])
/** The first protocol is ours; the token travels as the second, so that it is never part of a URL that is sent. */
export const PROTOCOL = 'erratum'

export function newToken(): string {
  return randomBytes(24).toString('base64url')
}

/** Compares by hashes: equal lengths, and a time that tells nothing. */
export function sameToken(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** What the page asks before it sends its token: whoever knows the token can answer, and nobody learns it by asking. */
export const PROOF_PATH = '/proof'
const CHALLENGE = /^[\w-]{16,64}$/

/** @returns null for a challenge that is none of the page's own form */
export function proofOf(token: string, challenge: string | null): string | null {
  if (challenge === null || !CHALLENGE.test(challenge)) return null
  return createHmac('sha256', token).update(challenge).digest('base64url')
}

/**
 * The Host has to be a loopback name: a page of another site whose name was made to point here is refused. Its port is
 * free, so that `ssh -L` may forward from another one.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false
  try {
    return LOOPBACK.has(new URL(`http://${host}`).hostname)
  } catch {
    return false
  }
}

/** A socket is opened by our own page only: browsers always send Origin, and it has to be where we are. */
export function maySpeak({ headers }: Pick<IncomingMessage, 'headers'>, token: string): boolean {
  if (!isLoopbackHost(headers.host) || headers.origin !== `http://${headers.host}`) return false
  const [protocol, given] = (headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim())
  return protocol === PROTOCOL && given !== undefined && sameToken(given, token)
}

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store'
}
