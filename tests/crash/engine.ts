/** The real engine process, asked over its own channel, and killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '../../src/contract/client.ts'
import type { Client } from '../../src/contract/client.ts'
import type { Job } from '../../src/contract/types.ts'
import { ErratumError } from '../../src/contract/errors.ts'

const SOURCES = join(import.meta.dirname, '..', '..', 'src', 'main')

export interface Victim {
  /** settles when the process is gone, by itself or not */
  readonly ended: Promise<unknown>
  /** SIGKILL; returns when the process is gone */
  kill(): Promise<void>
}

export interface EngineVictim extends Victim {
  readonly client: Client
  /** SIGTERM: it gives its session back and ends */
  askToEnd(): void
  endedByItself(): boolean
  /** Settles when the job has ended. */
  finished(job: Job): Promise<Job>
}

/** The process that the desktop app starts. */
export function startEngine(model: string, session: string): EngineVictim {
  const args = [join(SOURCES, 'engine-process', 'index.ts'), '--model', model, '--session', session]
  const child = spawn(process.execPath, ['--no-warnings', ...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const client = createClient({
    send: (frame) => child.send(frame),
    onFrame: (listener) => child.on('message', listener)
  })
  const ended = once(child, 'exit')
  void ended.then(() => client.failAll(new ErratumError('Unavailable', 'The engine was killed.')))
  const jobs = new Map<string, Job>()
  client.on('jobs.changed', (job) => jobs.set(job.id, job))
  return {
    client,
    ended,
    kill: () => killed(child, ended),
    askToEnd: () => child.kill('SIGTERM'),
    endedByItself: () => child.exitCode === 0,
    finished: async ({ id }) => {
      for (;;) {
        const job = jobs.get(id)
        if (job?.endedAt) return job
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 3)), ended])
        if (child.exitCode !== null || child.signalCode !== null) throw new Error('The engine was killed.')
      }
    }
  }
}

/** `erratum <args>` in a process of its own. */
export function startCommand(args: readonly string[]): Victim & { code(): number | null } {
  const child = spawn(process.execPath, ['--no-warnings', join(SOURCES, 'cli', 'index.ts'), ...args], {
    stdio: 'ignore'
  })
  const ended = once(child, 'exit')
  return { ended, kill: () => killed(child, ended), code: () => child.exitCode }
}

async function killed(child: ReturnType<typeof spawn>, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

/** Returns when a process has taken the session's lock, or is gone. */
export async function lockTaken(session: string, { ended }: Victim): Promise<void> {
  let gone = false
  void ended.then(() => (gone = true))
  while (!gone && !existsSync(join(session, 'session.lock'))) await new Promise((resolve) => setTimeout(resolve, 1))
}
