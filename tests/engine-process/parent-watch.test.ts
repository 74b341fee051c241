import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { until } from '../contract/pair.ts'

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it('the engine process ends when its parent is killed without a chance to say so', async () => {
  const here = import.meta.dirname
  const parent = spawn(process.execPath, [join(here, 'parent.mjs'), join(here, 'watched.ts')], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const child = Number(line.toString())
  expect(isAlive(child)).toBe(true)
  parent.kill('SIGKILL')
  await until(() => !isAlive(child))
})
