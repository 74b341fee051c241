#!/usr/bin/env node
// Starts the command line on the Node that this package pins, whatever Node the caller has.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeBinary } from '../tools/node-binary.mjs'

/** More than the command line gives itself to end. */
const GRACE_MS = 8000

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const entry = join(root, 'out', 'main', 'cli.js')
if (!existsSync(entry)) {
  console.error('Erratum is not built yet. Run `npm run build` first.')
  process.exit(1)
}
// The channel tells the command line when this process dies, even by SIGKILL: it then ends too.
const child = spawn(nodeBinary(root), ['--no-deprecation', entry, ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc']
})
let ending
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    child.kill(signal)
    // In the midst of a long computation it hears no signal.
    ending ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
  })
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
