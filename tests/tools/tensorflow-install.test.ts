/** What `npm run tensorflow:install` says where it cannot do its work: a sentence, and exit code 3. */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const TOOLS = join(import.meta.dirname, '../../tools')
const root = mkdtempSync(join(tmpdir(), 'erratum-install-'))
afterAll(() => rmSync(root, { recursive: true }))

interface Machine {
  /** commands that it has, each as a shell script */
  commands: Record<string, string>
  /** whether the package with the addon's sources is installed */
  addon?: boolean
}

const WORKS = 'exit 0'

function install({ commands, addon = true }: Machine): { code: number | null; said: string; home: string } {
  const project = mkdtempSync(join(root, 'project-'))
  const bin = join(project, 'bin')
  mkdirSync(bin)
  mkdirSync(join(project, 'tools'))
  for (const name of ['tensorflow-install.mjs', 'node-binary.mjs'])
    copyFileSync(join(TOOLS, name), join(project, 'tools', name))
  const sources = join(project, 'node_modules/@tensorflow/tfjs-node-gpu')
  if (addon) {
    mkdirSync(join(sources, 'binding'), { recursive: true })
    writeFileSync(join(sources, 'package.json'), '{"version":"4.22.0"}')
    writeFileSync(join(sources, 'binding.gyp'), '{}')
  }
  for (const [name, script] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, 'tools/tensorflow-install.mjs')], {
    encoding: 'utf8',
    env: { PATH: bin }
  })
  return { code: status, said: stdout + stderr, home: join(project, '.tensorflow') }
}

describe.skipIf(process.platform !== 'linux')('a machine on which TensorFlow cannot be built', () => {
  const compilers = { 'g++': WORKS, make: WORKS }

  it('has no sources of the addon', () => {
    const { code, said } = install({ commands: {}, addon: false })
    expect([code, said]).toEqual([3, expect.stringMatching(/tfjs-node-gpu is not installed: run `npm install/)])
  })

  it('has no compiler', () => {
    const { code, said } = install({ commands: { make: WORKS, python3: WORKS } })
    expect([code, said]).toEqual([3, expect.stringMatching(/^g\+\+ is needed .* install a C\+\+ compiler/)])
  })

  it('has no Python with pip', () => {
    const { code, said } = install({ commands: { ...compilers, python3: 'exit 1' } })
    expect([code, said]).toEqual([3, expect.stringMatching(/^Python with pip is needed/)])
  })

  it('cannot reach the wheel', () => {
    const pip = 'case "$*" in *download*) echo "no route to the index" >&2; exit 1;; esac'
    const { code, said, home } = install({ commands: { ...compilers, python3: pip } })
    expect(code).toBe(3)
    expect(said).toMatch(/pip could not fetch tensorflow\S*==2\.21\.0\. It said:\n {2}no route to the index/)
    expect(existsSync(join(home, 'built.json'))).toBe(false)
  })

  it('gets a wheel that is none', () => {
    const python = 'case "$*" in *zipfile*) echo "File is not a zip file" >&2; exit 1;; esac'
    const { code, said } = install({ commands: { ...compilers, python3: python } })
    expect([code, said]).toEqual([
      3,
      expect.stringMatching(/could not be unpacked\. Python said:\n {2}File is not a zip file/)
    ])
  })
})
