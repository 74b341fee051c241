import { describe, expect, it } from 'vitest'
import { DEFAULT_BOARD_SETTINGS } from '../../../src/contract/board.ts'
import { fakeWorkbench } from '../../contract/fake-workbench.ts'
import { pair, until } from '../../contract/pair.ts'

async function opened(when: 'training' | 'demand') {
  const bench = fakeWorkbench({
    journal: [
      {
        kind: 'board',
        payload: { ...DEFAULT_BOARD_SETTINGS, plan: { ...DEFAULT_BOARD_SETTINGS.plan, when } }
      }
    ]
  })
  const { client, engine } = pair(async () => bench)
  await client.call('session.open', {})
  await client.call('passages.generate', { names: ['Mara Ellin'], template: 'About {name}.', sampling: {} })
  const done = async (): Promise<boolean> => (await client.call('jobs.list', {})).every((job) => job.endedAt !== null)
  await until(done)
  const [{ id }] = await client.call('passages.list', {})
  await client.call('review.correct', { passageId: id, sentence: 1, text: 'She was born in Tarn.', accepted: true })
  return { bench, client, engine, done }
}

describe('evaluation jobs', () => {
  it('follow a training where the plan says so', async () => {
    const { bench, client, engine, done } = await opened('training')
    await client.call('train.start', {})
    await until(async () => bench.measures.length > 0 && (await done()))
    expect(bench.measures).toEqual(['planned'])
    expect((await client.call('jobs.list', {})).map((job) => [job.kind, job.state])).toEqual([
      ['generate', 'done'],
      ['train', 'done'],
      ['evaluate', 'done']
    ])
    await engine.close()
  })

  it('are started by the person otherwise, one at a time, and refused where there is nothing to measure', async () => {
    const { bench, client, engine, done } = await opened('demand')
    await expect(client.call('evaluation.start', { which: 'present' })).rejects.toMatchObject({ code: 'BadInput' })
    await client.call('train.start', {})
    await until(done)
    expect(bench.measures).toEqual([])
    const job = await client.call('evaluation.start', { which: 'present' })
    await expect(client.call('evaluation.start', { which: 'planned' })).rejects.toMatchObject({ code: 'BadInput' })
    await client.call('jobs.cancel', { jobId: job.id })
    await until(done)
    expect(bench.measures).toEqual([])
    await client.call('evaluation.start', { which: 'planned' })
    await until(done)
    expect(bench.measures).toEqual(['planned'])
    await engine.close()
  })

  it('settings are kept in the session', async () => {
    const { client, engine } = await opened('demand')
    const settings = { ...DEFAULT_BOARD_SETTINGS, alarms: [] }
    await client.call('board.settings', settings)
    expect((await client.call('board.read', {})).settings).toEqual(settings)
    await expect(client.call('board.read', { sessionDir: '/nowhere/at/all' })).rejects.toMatchObject({
      code: 'NotFound'
    })
    await engine.close()
  })
})
