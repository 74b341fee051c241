import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { EngineHost } from '../../src/main/shell/engine-host.ts'
import type { EngineCommand } from '../../src/main/shell/engine-host.ts'
import { until } from '../contract/pair.ts'

interface Frame {
  id?: number
  result?: unknown
  event?: string
  payload?: { running: boolean; message: string }
}

const command = { node: process.execPath, args: [join(import.meta.dirname, 'echo-engine.mjs')] }
const hosts: EngineHost[] = []

function started(over: Partial<EngineCommand> = {}): {
  host: EngineHost
  frames: Frame[]
  of: (event: string) => Frame[]
} {
  const frames: Frame[] = []
  const host = new EngineHost({ command: { ...command, ...over }, onFrame: (frame) => frames.push(frame as Frame) })
  hosts.push(host)
  host.start()
  return { host, frames, of: (event) => frames.filter((f) => f.event === event) }
}

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close()
})

describe('the host of the engine process', () => {
  it('carries frames both ways', async () => {
    const { host, frames, of } = started()
    await until(() => of('hello').length === 1)
    expect(host.send({ id: 1, method: 'echo', params: { a: 1 } })).toBe(true)
    await until(() => frames.some((f) => f.id === 1))
    expect(frames.find((f) => f.id === 1)?.result).toEqual({ a: 1 })
  })

  it.skipIf(process.platform === 'win32')('names the files of a model that was cut off under the engine', async () => {
    const weightFiles = ['/models/some/model.safetensors']
    const script = `process.send({ weightFiles: ${JSON.stringify(weightFiles)} }, () => process.kill(process.pid, 'SIGBUS'))`
    const { of, frames } = started({ args: ['-e', script] })
    await until(() => of('engine.restarted').length > 0)
    expect(of('engine.restarted')[0].payload?.message).toContain(`while it was in use: ${weightFiles[0]}`)
    expect(frames.some((frame) => 'weightFiles' in frame)).toBe(false)
  })

  it('starts a new engine when one ends, and says so', async () => {
    const { host, of } = started()
    await until(() => of('hello').length === 1)
    const first = host.pid
    host.send({ id: 1, method: 'end' })
    await until(() => of('hello').length === 2)
    expect(host.pid).not.toBe(first)
    expect(of('engine.restarted')).toHaveLength(1)
    expect(of('engine.restarted')[0].payload).toMatchObject({
      running: true,
      message: expect.stringContaining('code 3') as string
    })
  })

  it('gives up on an engine that ends again and again', async () => {
    const { host, of } = started({ args: ['-e', 'process.exit(9)'] })
    await until(() => of('engine.restarted').some((f) => f.payload?.running === false))
    expect(of('engine.restarted').map((f) => f.payload?.running)).toEqual([true, true, true, false])
    expect(host.send({ id: 1 })).toBe(false)
  })

  it('says so where the binary cannot be started at all', async () => {
    const { of } = started({ node: '/nowhere/node' })
    await until(() => of('engine.restarted').some((f) => f.payload?.running === false))
  })

  it('ends the engine with itself, without a word of a restart', async () => {
    const { host, of } = started()
    await until(() => of('hello').length === 1)
    const pid = host.pid!
    await host.close()
    expect(() => process.kill(pid, 0)).toThrow()
    expect(of('engine.restarted')).toEqual([])
  })
})
