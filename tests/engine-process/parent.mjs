// A parent that can be killed: starts the child it is given with a channel, and prints its pid.
import { spawn } from 'node:child_process'

const child = spawn(process.execPath, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
process.stdout.write(`${child.pid}\n`)
setInterval(() => undefined, 1000)
