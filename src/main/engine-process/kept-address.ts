/**
 * Port and token of a session that is served, in the data folder, so that a tab that is still open finds the server
 * again after a restart. The note is readable by its owner only; it is forgotten when nobody has served the session for a
 * week, and replaced when another program has its port.
 */
import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'

const KEPT_MS = 7 * 24 * 3600 * 1000

const noteSchema = z.object({
  sessionDir: z.string(),
  port: z.number().int().min(1).max(65535),
  /** as `newToken` makes it: 24 bytes in base64url */
  token: z.string().regex(/^[\w-]{32}$/),
  /** milliseconds since 1970 */
  usedAt: z.number()
})

export interface Address {
  port: number
  token: string
}

export class KeptAddresses {
  readonly #folder: string
  readonly #now: () => number

  /** @param home the application's data folder */
  constructor(home: string, now: () => number = Date.now) {
    this.#folder = join(home, 'addresses')
    this.#now = now
  }

  /** The address that the session had last; null where there is none, or none that can be trusted. */
  async of(sessionDir: string): Promise<Address | null> {
    await this.#forgetOld()
    const note = await this.#read(this.#file(sessionDir))
    return note?.sessionDir === resolve(sessionDir) ? { port: note.port, token: note.token } : null
  }

  /** A data folder that cannot be written costs the way back, and nothing else. */
  async keep(sessionDir: string, { port, token }: Address): Promise<void> {
    const note = { sessionDir: resolve(sessionDir), port, token, usedAt: this.#now() }
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      .then(() => writeFileAtomic(this.#file(sessionDir), JSON.stringify(note) + '\n', { mode: 0o600 }))
      .catch(() => undefined)
  }

  #file(sessionDir: string): string {
    return join(this.#folder, `${createHash('sha256').update(resolve(sessionDir)).digest('hex').slice(0, 32)}.json`)
  }

  /** null for anything that is not a note of ours, for one that others can read, and for one that is too old. */
  async #read(file: string): Promise<z.output<typeof noteSchema> | null> {
    try {
      const { mode } = await lstat(file).then((found) =>
        found.isFile() ? found : Promise.reject(new Error('no file'))
      )
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) return null
      const note = noteSchema.parse(JSON.parse(await readFile(file, 'utf8')))
      const age = this.#now() - note.usedAt
      return age >= 0 && age < KEPT_MS ? note : null
    } catch {
      return null
    }
  }

  async #forgetOld(): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (!/^[0-9a-f]{32}\.json$/.test(name)) continue
      const file = join(this.#folder, name)
      if ((await this.#read(file)) === null) await rm(file, { force: true }).catch(() => undefined)
    }
  }
}
