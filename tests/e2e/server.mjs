// `erratum serve` on a free port, with a session and a data folder of its own. ERRATUM_E2E_HOME names a data folder that
// is used instead, so that a model without a shipped calibration is not calibrated in each run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

export async function startServer(folder) {
  let running = await spawnServer(folder)
  return {
    get url() {
      return running.url
    },
    log: () => running.log(),
    stop: () => end(running.child, 'SIGTERM'),
    /** As a crash would: nothing is said or closed. Over when the process that holds the session is gone. */
    crash: async () => {
      const { pid } = JSON.parse(await readFile(join(folder, 'session', 'session.lock'), 'utf8'))
      const ended = once(running.child, 'exit')
      process.kill(pid, 'SIGKILL')
      await ended
    },
    /** Another one, on the same session and data folder. */
    restart: async () => {
      running = await spawnServer(folder)
    }
  }
}

async function spawnServer(folder) {
  const args = [join(root, 'bin', 'erratum.mjs'), 'serve', '--session', join(folder, 'session')]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ERRATUM_HOME: process.env.ERRATUM_E2E_HOME ?? join(folder, 'home') },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let log = ''
  const url = new Promise((resolve, reject) => {
    const read = (chunk) => {
      log += chunk
      const found = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(log)
      if (found) resolve(found[0])
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.on('exit', (code) => reject(new Error(`erratum serve ended with ${code}:\n${log}`)))
  })
  return { url: await url, child, log: () => log }
}

async function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}
