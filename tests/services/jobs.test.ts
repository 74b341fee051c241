import { describe, expect, it } from 'vitest'
import { ErratumError } from '../../src/contract/errors.ts'
import type { Job } from '../../src/contract/types.ts'
import { Jobs } from '../../src/main/services/jobs.ts'
import type { JobContext } from '../../src/main/services/jobs.ts'
import { TimeLeft } from '../../src/main/services/time-left.ts'
import { until } from '../contract/pair.ts'

function bench() {
  let now = 0
  const told: Job[] = []
  const jobs = new Jobs(
    (job) => told.push(job),
    () => now
  )
  return { jobs, told, pass: (ms: number) => (now += ms) }
}

/** Work that waits until it is let go on. */
function held() {
  let go: () => void = () => undefined
  let context: JobContext | null = null
  const work = async (given: JobContext): Promise<string> => {
    context = given
    await new Promise<void>((resolve) => (go = resolve))
    given.signal.throwIfAborted()
    return 'all is done'
  }
  return { work, go: () => go(), context: () => context!, started: () => context !== null }
}

describe('a job', () => {
  it('goes from queued over running to done, one at a time and in order', async () => {
    const { jobs, told } = bench()
    const [first, second] = [held(), held()]
    jobs.start('generate', 'first', first.work)
    const waiting = jobs.start('train', 'second', second.work)
    expect(waiting.state).toBe('queued')
    await until(first.started)
    expect(second.started()).toBe(false)
    first.go()
    await until(second.started)
    second.go()
    await until(() => !jobs.busy())
    expect(told.filter((j) => j.title === 'first').map((j) => j.state)).toEqual(['queued', 'running', 'done'])
    expect(jobs.list().map((j) => [j.title, j.state, j.summary, j.progress.fraction])).toEqual([
      ['first', 'done', 'all is done', 1],
      ['second', 'done', 'all is done', 1]
    ])
  })

  it('tells its progress once a second at most, and its last word always', async () => {
    const { jobs, told, pass } = bench()
    const work = held()
    jobs.start('train', 'busy', work.work)
    await until(work.started)
    const before = told.length
    for (let step = 1; step <= 50; step++) {
      pass(100)
      work.context().report(step / 50, `step ${step}`)
    }
    expect(told.length - before).toBe(5)
    expect(jobs.list()[0].progress.doing).toBe('step 50')
    work.go()
    await until(() => !jobs.busy())
    expect(told.at(-1)?.state).toBe('done')
  })

  it('says after cancelling what was true then, in one sentence', async () => {
    const { jobs } = bench()
    const [silent, telling] = [held(), held()]
    for (const [work, sentence] of [
      [silent, null],
      [telling, 'Cancelled. Two of five are kept.']
    ] as const) {
      const { id } = jobs.start('train', 'busy', work.work)
      await until(work.started)
      if (sentence !== null) {
        work.context().ifCancelled('Cancelled. One of five is kept.')
        work.context().ifCancelled(sentence)
      }
      jobs.cancel(id)
      work.go()
      await until(() => !jobs.busy())
      expect(jobs.list().at(-1)).toMatchObject({ state: 'cancelled', summary: sentence })
    }
    jobs.forgetEnded()
    expect(jobs.list()).toEqual([])
  })

  it('is cancelled at its next step, and at once where it has not begun', async () => {
    const { jobs } = bench()
    const [running, queued] = [held(), held()]
    let abandoned = 0
    const first = jobs.start('train', 'running', running.work)
    const second = jobs.start('train', 'queued', queued.work, () => abandoned++)
    await until(running.started)
    expect(jobs.cancel(second.id).state).toBe('cancelled')
    expect(abandoned).toBe(1)
    expect(jobs.cancel(first.id)).toMatchObject({ state: 'running', cancelling: true })
    running.go()
    await until(() => !jobs.busy())
    expect(jobs.list().map((j) => [j.state, j.cancelling, j.error])).toEqual([
      ['cancelled', false, null],
      ['cancelled', false, null]
    ])
    expect(queued.started()).toBe(false)
    expect(jobs.cancel(first.id).state).toBe('cancelled')
    expect(() => jobs.cancel('nobody')).toThrow(ErratumError)
  })

  it('fails with the error that was thrown, and the next one runs all the same', async () => {
    const { jobs } = bench()
    jobs.start('train', 'bad', () =>
      Promise.reject(new ErratumError('OutOfMemory', 'too big', { cure: 'smaller batches' }))
    )
    const next = held()
    jobs.start('train', 'next', next.work)
    await until(next.started)
    expect(jobs.list()[0]).toMatchObject({ state: 'failed', error: { code: 'OutOfMemory', cure: 'smaller batches' } })
    next.go()
    await until(() => !jobs.busy())
  })

  it('is waited for when everything is closed', async () => {
    const { jobs } = bench()
    let cleanedUp = false
    jobs.start('train', 'slow to stop', async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await new Promise((resolve) => setTimeout(resolve, 10))
      cleanedUp = true
      throw new ErratumError('Cancelled', 'stopped')
    })
    await until(() => jobs.list()[0].state === 'running')
    await jobs.close()
    expect(cleanedUp).toBe(true)
    expect(jobs.list()[0].state).toBe('cancelled')
  })

  it('that fails by a fault of ours tells no stack', async () => {
    const told: Job[] = []
    const jobs = new Jobs((job) => told.push(job))
    const { id } = jobs.start('train', 'One', () => Promise.reject(new TypeError('oops')))
    await until(() => jobs.list().some((job) => job.id === id && job.state === 'failed'))
    expect(told.at(-1)!.error).toEqual({ code: 'Internal', message: 'oops' })
    expect(JSON.stringify([told, jobs.list()])).not.toContain('jobs.test.ts')
  })
})

describe('time left', () => {
  it('is exact at a steady pace, silent while nothing is known, and fresh after a new start', () => {
    const left = new TimeLeft()
    expect(left.after(null, 0)).toBeNull()
    expect(left.after(0, 0)).toBeNull()
    expect(left.after(0.05, 1000)).toBeNull()
    for (let s = 2; s < 20; s++) expect(left.after(s / 20, s * 1000)).toBeCloseTo(20 - s, 6)
    expect(left.after(0, 30_000)).toBeNull()
  })

  it('does not jump where one step is slow', () => {
    const left = new TimeLeft()
    for (let s = 0; s <= 10; s++) left.after(s / 20, s * 1000)
    // One step takes five seconds in place of one: measured plainly, 13.6 s are left; before it, 10 were.
    const after = left.after(11 / 20, 15_000)!
    expect(after).toBeGreaterThan(5)
    expect(after).toBeLessThan(9)
  })
})
