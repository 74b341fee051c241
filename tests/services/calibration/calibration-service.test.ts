import { describe, expect, it } from 'vitest'
import type { FakeOptions } from '../../contract/fake-workbench.ts'
import { fakeWorkbench } from '../../contract/fake-workbench.ts'
import { pair, until } from '../../contract/pair.ts'

async function opened(options: FakeOptions = {}) {
  const bench = fakeWorkbench(options)
  const { client, engine } = pair(async () => bench)
  await client.call('session.open', {})
  await client.call('passages.generate', { names: ['Mara Ellin'], template: 'About {name}.', sampling: {} })
  const done = async (): Promise<boolean> => (await client.call('jobs.list', {})).every((job) => job.endedAt !== null)
  await until(done)
  return { bench, client, engine, done }
}

describe('the calibration job', () => {
  it('is one at a time, hands the passages over and says what it found', async () => {
    const { bench, client, engine, done } = await opened()
    await client.call('calibration.start', { passages: true, people: 24 })
    await expect(client.call('calibration.start', {})).rejects.toMatchObject({ code: 'BadInput' })
    await until(done)
    expect(bench.calibrations).toEqual([{ plan: { anew: true, passages: true, people: 24 }, passages: [5] }])
    const job = (await client.call('jobs.list', {})).at(-1)!
    expect(job).toMatchObject({ kind: 'calibrate', state: 'done' })
    expect(job.summary).toContain('reach 1.25, margin 0.70')
    await engine.close()
  })

  it('is cancelled before anything is kept', async () => {
    const { bench, client, engine, done } = await opened({ stepMs: 2 })
    const { id } = await client.call('calibration.start', {})
    await until(async () => (await client.call('jobs.list', {})).some((j) => j.id === id && j.state === 'running'))
    await client.call('jobs.cancel', { jobId: id })
    await until(done)
    expect(bench.calibrations).toEqual([])
    expect((await client.call('jobs.list', {})).at(-1)).toMatchObject({ kind: 'calibrate', state: 'cancelled' })
    await engine.close()
  })

  it('is refused where it cannot be, with the reason', async () => {
    const { client, engine } = await opened({ refusal: 'This session is open for reading.' })
    expect(await client.call('calibration.read', {})).toMatchObject({ refusal: 'This session is open for reading.' })
    await expect(client.call('calibration.start', {})).rejects.toMatchObject({
      message: 'This session is open for reading.'
    })
    await engine.close()
  })
})
