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
let weightFiles = []
child.on('message', (message) => {
  if (Array.isArray(message?.weightFiles)) weightFiles = message.weightFiles
})
child.on('exit', (code, signal) => {
  // Weights are mapped into memory: a file that is cut off meanwhile ends the process at once.
  if (signal === 'SIGBUS') {
    const file = weightFiles.join(', ')
    const message = `A file of the model was cut off or could not be read while it was in use: ${file || 'not known'}.`
    const cure = 'Copy or download the file again. What was typed and trained before is kept.'
    if (process.argv.includes('--json'))
      console.log(JSON.stringify({ error: { code: 'BadFile', message, file, cure } }))
    else console.error(`erratum: ${message}\n  ${cure}`)
    process.exit(2)
  }
  process.exit(code ?? (signal ? 1 : 0))
})
