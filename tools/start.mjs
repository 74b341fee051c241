// `npm start`: the desktop app; where Electron's runtime or a display is missing, the same app in the browser.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeBinary } from './node-binary.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs to its end; Ctrl+C reaches the child by itself. */
function run(command, args, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.on('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
}

function needsBuild() {
  const built = ['main/index.js', 'main/cli.js', 'main/engine.js', 'renderer/index.html'].map((file) =>
    join(root, 'out', file)
  )
  if (!built.every((file) => existsSync(file))) return true
  const oldest = Math.min(...built.map((file) => statSync(file).mtimeMs))
  return newest(join(root, 'src')) > oldest || statSync(join(root, 'package.json')).mtimeMs > oldest
}

/** The runtime, or why there is none. Its package fetches it at the first use, where it can be reached. */
async function electronRuntime() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return { reason: 'There is no display' }
  const folder = join(root, 'node_modules', 'electron')
  if (!existsSync(folder)) return { reason: 'Electron is not installed' }
  const path = () => {
    const pathFile = join(folder, 'path.txt')
    const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist')
    if (process.env.ELECTRON_OVERRIDE_DIST_PATH)
      return join(dist, process.platform === 'win32' ? 'electron.exe' : 'electron')
    return existsSync(pathFile) ? join(dist, readFileSync(pathFile, 'utf8').trim()) : null
  }
  if (!path() || !existsSync(path())) {
    console.error('Fetching the desktop runtime, once.')
    await run(nodeBinary(root), [join(folder, 'install.js')])
  }
  return path() && existsSync(path())
    ? { path: path() }
    : { reason: "Electron's runtime is not on this machine and could not be fetched" }
}

if (needsBuild()) {
  console.error('Building, once after each change.')
  const code = await run('npm', ['run', '-s', 'build'])
  if (code !== 0) process.exit(code)
}
const { path, reason } = await electronRuntime()
if (path) process.exit(await run(path, [root, ...process.argv.slice(2)]))
console.error(`${reason}: the app is served to a browser instead, at the address below. Ctrl+C ends it.`)
process.exit(await run(nodeBinary(root), [join(root, 'bin', 'erratum.mjs'), 'serve', ...process.argv.slice(2)]))
