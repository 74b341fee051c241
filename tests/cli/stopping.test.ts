// The first signal ends a command, also one that is stuck in a step.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../session/sample-session.ts'

const root = join(import.meta.dirname, '../..')
const folder = temporaryFolder()
afterAll(() => folder.remove())

/** Sends the signal once `ready` was written. */
async function stopped(
  args: string[],
  signal: NodeJS.Signals
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr, isSent] = ['', '', false]
  child.stdout!.on('data', (data: Buffer) => (stdout += data.toString()))
  child.stderr!.on('data', (data: Buffer) => {
    stderr += data.toString()
    if (isSent || !stderr.includes('stuck')) return
    isSent = true
    child.kill(signal)
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}

describe.skipIf(process.platform === 'win32')('a command that is stuck', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('waiting for something ends with the first %s', async (signal) => {
    const ended = await stopped(['--no-warnings', join(import.meta.dirname, 'stuck.ts'), '--json'], signal)
    expect(ended.code).toBe(3)
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'Cancelled' } })
  })

  it('computing, where it hears no signal, is ended by whoever started it', async () => {
    for (const path of ['bin/erratum.mjs', 'tools/node-binary.mjs'])
      cpSync(join(root, path), join(folder.path, path), { force: true, recursive: true })
    mkdirSync(join(folder.path, 'out/main'), { recursive: true })
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
    writeFileSync(
      join(folder.path, 'out/main/cli.js'),
      "import { writeSync } from 'node:fs'\nprocess.on('SIGTERM', () => undefined)\nwriteSync(2, 'stuck')\nfor (;;);\n"
    )
    const ended = await stopped([join(folder.path, 'bin/erratum.mjs')], 'SIGTERM')
    expect(ended.code).toBe(1)
  })
})
