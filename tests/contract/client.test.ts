import { describe, expect, it } from 'vitest'
import { createClient } from '../../src/contract/client.ts'
import type { RequestFrame } from '../../src/contract/contract.ts'
import { METHOD_NAMES } from '../../src/contract/contract.ts'
import { ErratumError } from '../../src/contract/errors.ts'
import { answer, unreachable } from '../../src/contract/server.ts'
import type { Handlers } from '../../src/contract/contract.ts'

function recorder() {
  const sent: RequestFrame[] = []
  let deliver: (frame: unknown) => void = () => undefined
  const client = createClient({ send: (frame) => sent.push(frame), onFrame: (listener) => (deliver = listener) })
  return { client, sent, deliver: (frame: unknown) => deliver(frame) }
}

const refuseAll = Object.fromEntries(
  METHOD_NAMES.map((name) => [
    name,
    async () => {
      throw new ErratumError('BadFile', 'line 17 is broken', { file: 'edits.jsonl', line: 17, cure: 'mend it' })
    }
  ])
) as unknown as Handlers

describe('the client', () => {
  it('gives each request its own answer, in whatever order they come', async () => {
    const { client, sent, deliver } = recorder()
    const first = client.call('jobs.list', {})
    const second = client.call('results.list', {})
    const third = client.call('train.undo', {})
    deliver({ id: sent[2].id, result: { blocks: ['b1'], edits: 2, liveAgain: [] } })
    deliver({ id: sent[1].id, result: [] })
    deliver({ id: sent[0].id, error: { code: 'Locked', message: 'in use', file: '/s' } })
    await expect(third).resolves.toEqual({ blocks: ['b1'], edits: 2, liveAgain: [] })
    await expect(second).resolves.toEqual([])
    await expect(first).rejects.toMatchObject({ code: 'Locked', message: 'in use', details: { file: '/s' } })
  })

  it('refuses an answer of another form than agreed, and frames that are none', async () => {
    const { client, sent, deliver } = recorder()
    const jobs = client.call('jobs.list', {})
    deliver('noise')
    deliver({ id: 999, result: [] })
    deliver({ id: sent[0].id, result: [{ id: 3 }] })
    await expect(jobs).rejects.toMatchObject({ code: 'Internal' })
  })

  it('hands events of the agreed form to those who listen, until they stop', () => {
    const { client, deliver } = recorder()
    const heard: string[] = []
    const stop = client.on('engine.restarted', ({ message }) => heard.push(message))
    deliver({ event: 'engine.restarted', payload: { running: true, message: 'one' } })
    deliver({ event: 'engine.restarted', payload: { running: 'yes', message: 'malformed' } })
    stop()
    deliver({ event: 'engine.restarted', payload: { running: true, message: 'late' } })
    expect(heard).toEqual(['one'])
  })

  it('fails every open request when the engine is gone, and one that cannot be sent', async () => {
    const { client } = recorder()
    const open = [client.call('jobs.list', {}), client.call('models.list', {})]
    client.failAll(new ErratumError('Unavailable', 'gone'))
    for (const request of open) await expect(request).rejects.toMatchObject({ code: 'Unavailable' })
    const mute = createClient({
      send: () => {
        throw new Error('closed')
      },
      onFrame: () => undefined
    })
    await expect(mute.call('jobs.list', {})).rejects.toMatchObject({ code: 'Unavailable' })
  })
})

describe('the engine’s checks', () => {
  it('carry an error across as itself, without its stack', async () => {
    const reply = await answer(refuseAll, { id: 4, method: 'models.list', params: {} })
    expect(reply).toEqual({
      id: 4,
      error: { code: 'BadFile', message: 'line 17 is broken', file: 'edits.jsonl', line: 17, cure: 'mend it' }
    })
    const crash = { ...refuseAll, 'models.list': () => Promise.reject(new TypeError('oops')) }
    const told = await answer(crash, { id: 5, method: 'models.list', params: {} })
    expect(told).toEqual({ id: 5, error: { code: 'Internal', message: 'oops' } })
  })

  it('let no unchecked parameter reach a handler', async () => {
    const bad = [
      { id: 1, method: 'review.mark', params: { passageId: 'p', sentence: -1, mark: null } },
      { id: 1, method: 'review.mark', params: { passageId: 'p', sentence: 0, mark: 'wrong' } },
      { id: 1, method: 'passages.generate', params: { names: [], template: '{name}', sampling: {} } },
      { id: 1, method: 'passages.generate', params: { names: ['A'], template: 'no slot', sampling: {} } },
      {
        id: 1,
        method: 'passages.generate',
        params: { names: ['A'], template: '{name}', sampling: { temperature: 9 } }
      },
      { id: 1, method: 'toString', params: {} },
      { id: 1, method: 'jobs.cancel' }
    ]
    for (const frame of bad)
      expect(await answer(refuseAll, frame)).toMatchObject({ id: 1, error: { code: 'BadInput' } })
    for (const noise of [null, 'text', 7, { method: 'jobs.list' }]) expect(await answer(refuseAll, noise)).toBeNull()
  })

  it('answer for an engine that is not there', () => {
    expect(unreachable({ id: 8, method: 'jobs.list', params: {} })).toMatchObject({
      id: 8,
      error: { code: 'Unavailable' }
    })
    expect(unreachable({ id: 8, method: 'nothing' })).toBeNull()
  })
})
