/** The renderer's files under the app's own scheme, with the same policy as the web server's. */
import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { isOurPage } from './sender-gate.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml'
}

/** Nothing from anywhere but the app itself; the page opens no connection at all. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

export async function appFile(folder: string, url: string): Promise<Response> {
  const path = safePath(folder, url)
  const type = path === null ? undefined : TYPES[extname(path)]
  if (path === null || type === undefined) return new Response(null, { status: 404 })
  try {
    const bytes = await readFile(path)
    return new Response(bytes, {
      headers: { 'Content-Type': type, 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' }
    })
  } catch {
    return new Response(null, { status: 404 })
  }
}

function safePath(folder: string, url: string): string | null {
  if (!isOurPage(url)) return null
  try {
    const pathname = decodeURIComponent(new URL(url).pathname)
    const path = normalize(join(folder, pathname === '/' ? 'index.html' : pathname))
    return path.startsWith(folder + sep) && !path.includes('\0') ? path : null
  } catch {
    return null
  }
}
