/**
 * One writer a session. The lock is a file with the holder's pid, its start time, the machine and its boot, so that a
 * lock left behind by a crash, or by a process whose pid another one has now, is recognised as stale.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { link, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import { writing } from './durable.ts'
import { readPlainFile } from './plain-file.ts'

export interface LockHolder {
  readonly pid: number
  /** clock ticks since boot; null where the system does not tell */
  readonly processStart: string | null
  readonly boot: string | null
  readonly host: string
  /** ISO 8601, UTC */
  readonly since: string
  readonly token: string
}

/** What stands where the lock is due; `unreadable`: nobody can have finished writing it, and nobody will. */
type Found = LockHolder | 'absent' | 'filling' | 'unreadable'

export const LOCK_FILE = 'session.lock'

/** Where a disk has no links: a lock file that was made a moment ago and is still empty is about to be filled. */
const FILLING_MS = 5_000
const BESIDE = '.new-'
/** A token becomes part of a file's name. */
const TOKEN = /^[\w-]{1,64}$/
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])

export class SessionLock {
  private readonly file: string
  private readonly token: string

  private constructor(file: string, token: string) {
    this.file = file
    this.token = token
  }

  /** @throws ErratumError `Locked` where another process writes the session, `Unwritable` where no file can be made */
  static async acquire(folder: string): Promise<{ lock: SessionLock; staleHolder: LockHolder | null }> {
    const acquired = await SessionLock.make(folder)
    await tidy(folder)
    return acquired
  }

  private static async make(folder: string): Promise<{ lock: SessionLock; staleHolder: LockHolder | null }> {
    const file = join(folder, LOCK_FILE)
    const mine = currentHolder()
    if (await createExclusively(file, mine)) return { lock: new SessionLock(file, mine.token), staleHolder: null }
    const other = await readHolder(file)
    // Released between the two looks: once more, and if it is taken again, somebody else was faster.
    if (other === 'absent') {
      if (!(await createExclusively(file, mine))) throw locked(file, 'filling')
      return { lock: new SessionLock(file, mine.token), staleHolder: null }
    }
    if (isHeld(other)) throw locked(file, other)
    await takeOver(file, other, mine)
    return { lock: new SessionLock(file, mine.token), staleHolder: typeof other === 'object' ? other : null }
  }

  async release(): Promise<void> {
    const holder = await readHolder(this.file)
    if (tokenOf(holder) === this.token) await rm(this.file, { force: true })
  }
}

/**
 * Replaces a stale lock. Two processes may find the same stale lock at once: the right to replace it is itself a file
 * made exclusively, and its winner looks again before it renames its own lock over the stale one, so that a slow
 * process, whose look at the stale lock is old by now, can never remove a fresh one.
 * @throws ErratumError `Locked` where somebody else was faster
 */
export async function takeOver(file: string, stale: Found, mine: LockHolder): Promise<void> {
  const claim = `${file}.${tokenOf(stale)}`
  if (!(await createExclusively(claim, mine))) {
    const claimant = await readHolder(claim)
    if (isHeld(claimant)) throw locked(file, claimant)
    await rm(claim, { force: true })
    if (!(await createExclusively(claim, mine))) throw locked(file, 'filling')
  }
  const now = await readHolder(file)
  if (tokenOf(now) !== tokenOf(stale)) {
    await rm(claim, { force: true })
    throw locked(file, now)
  }
  await writing(file, () => rename(claim, file))
}

/**
 * Makes the file with the holder in it, or finds one there. It is written beside and linked into its place, so that a
 * crash never leaves a lock that tells nobody's name; where a disk has no links, it is made and then filled.
 */
async function createExclusively(file: string, holder: LockHolder): Promise<boolean> {
  const beside = `${file}${BESIDE}${holder.token}`
  return writing(file, async () => {
    try {
      await createAndFill(beside, holder)
      await link(beside, file)
      return true
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? ''
      if (code === 'EEXIST') return false
      if (!NO_LINKS.has(code)) throw error
    } finally {
      await rm(beside, { force: true }).catch(() => undefined)
    }
    return createAndFill(file, holder).then(
      () => true,
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw error
      }
    )
  })
}

async function createAndFill(file: string, holder: LockHolder): Promise<void> {
  const handle = await open(file, 'wx')
  try {
    await handle.writeFile(JSON.stringify(holder))
    await handle.sync()
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

/** Removes what killed processes left beside the lock while they made theirs. */
async function tidy(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  const left = entries.filter((one) => one.isFile() && one.name.startsWith(LOCK_FILE) && one.name.includes(BESIDE))
  for (const { name } of left) {
    const file = join(folder, name)
    if (!isHeld(await readHolder(file))) await rm(file, { force: true })
  }
}

async function readHolder(file: string): Promise<Found> {
  try {
    const holder = parseHolder((await readPlainFile(file)).toString('utf8'))
    if (holder) return holder
    return Date.now() - (await stat(file)).mtimeMs < FILLING_MS ? 'filling' : 'unreadable'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent'
    throw error
  }
}

/** Who writes a session, as far as can be told from here; null: nobody does, whatever a killed process left behind. */
export async function writerOf(folder: string): Promise<{ host: string; isElsewhere: boolean } | null> {
  const found = await readHolder(join(folder, LOCK_FILE)).catch(() => 'unreadable' as const)
  if (!isHeld(found)) return null
  const host = typeof found === 'object' ? found.host : hostname()
  return { host, isElsewhere: host !== hostname() }
}

function isHeld(found: Found): boolean {
  return found === 'filling' || (typeof found === 'object' && isAlive(found))
}

function tokenOf(found: Found): string {
  return typeof found === 'object' ? found.token : found
}

function parseHolder(text: string): LockHolder | null {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder>
    return Number.isSafeInteger(holder.pid) && holder.pid! > 0 && TOKEN.test(String(holder.token))
      ? { ...(holder as LockHolder), host: String(holder.host), since: String(holder.since) }
      : null
  } catch {
    return null
  }
}

function currentHolder(): LockHolder {
  return {
    pid: process.pid,
    processStart: processFacts(process.pid).start,
    boot: bootId(),
    host: hostname(),
    since: new Date().toISOString(),
    token: randomUUID()
  }
}

/** A holder on another machine cannot be looked at and counts as alive. */
function isAlive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return true
  if (holder.boot !== null && holder.boot !== bootId()) return false
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const { state, start } = processFacts(holder.pid)
  // Ended, and nobody has asked yet how: a server that was killed inside a container can stay so for ever.
  if (state === 'Z' || state === 'X') return false
  return holder.processStart === null || holder.processStart === start
}

/** Fields 3 and 22 of /proc/<pid>/stat; the name in field 2 may hold spaces and brackets. Null where there is none. */
function processFacts(pid: number): { state: string | null; start: string | null } {
  const text = readIfThere(`/proc/${pid}/stat`)
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields?.[0] ?? null, start: fields?.[19] ?? null }
}

function bootId(): string | null {
  return readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? null
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function locked(file: string, found: Found): ErratumError {
  const holder = typeof found === 'object' ? found : null
  const who = holder
    ? `process ${holder.pid} on ${holder.host}, since ${holder.since}`
    : 'a process that is just opening it'
  return new ErratumError('Locked', `The session is open for writing elsewhere (${who}).`, {
    file,
    holder,
    cure: `Close it there, or open it for reading only. If that process cannot exist any more, delete ${file}.`
  })
}
