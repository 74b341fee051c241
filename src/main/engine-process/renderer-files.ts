/** The built renderer's files, and nothing else of this machine. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join, normalize, sep } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.png': 'image/png'
}

/** The folder `out/renderer`, found upwards from this file, be it a source or a built one. */
export function rendererFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const renderer = join(folder, 'out', 'renderer')
    if (existsSync(join(renderer, 'index.html'))) return renderer
    if (dirname(folder) === folder)
      throw new ErratumError('NotFound', 'The window has not been built.', { cure: 'Run `npm run build` first.' })
  }
}

export interface RendererFile {
  type: string
  bytes: Buffer
}

/** @returns null for a path that is not one of the folder's files, be it absent, outside, or of a kind not served */
export async function rendererFile(folder: string, urlPath: string): Promise<RendererFile | null> {
  let decoded: string
  try {
    decoded = decodeURIComponent(urlPath)
  } catch {
    return null
  }
  if (decoded.includes('\0')) return null
  const path = normalize(join(folder, decoded === '/' ? 'index.html' : decoded))
  const type = TYPES[extname(path)]
  if (!path.startsWith(folder + sep) || type === undefined) return null
  try {
    return { type, bytes: await readFile(path) }
  } catch {
    return null
  }
}
