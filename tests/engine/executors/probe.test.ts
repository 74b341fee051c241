import { describe, expect, it } from 'vitest'
import { ErratumError } from '../../../src/contract/errors.ts'
import { createExecutor } from '../../../src/main/engine/executors/create-executor.ts'
import type { Executor } from '../../../src/main/engine/executors/executor.ts'
import { probeExecutors, trainingStepMilliseconds } from '../../../src/main/engine/executors/probe.ts'

/** Executors that only know their name and whether they were given back. */
function stage(times: Record<string, number | Error>): {
  open: (name: string) => Promise<Executor>
  measure: (executor: Executor) => Promise<number>
  released: string[]
} {
  const released: string[] = []
  const never = (): never => {
    throw new Error('nothing is compiled here')
  }
  return {
    released,
    open: (name) =>
      name in times
        ? Promise.resolve({
            name: `The ${name}`,
            compile: never,
            release: () => {
              released.push(name)
              return Promise.resolve()
            }
          })
        : Promise.reject(new ErratumError('Unavailable', `There is no ${name}.`)),
    measure: ({ name }) => {
      const time = times[name.slice(4)]
      return time instanceof Error ? Promise.reject(time) : Promise.resolve(time)
    }
  }
}

describe('the probe', () => {
  it('picks the fastest and tells the times of all, each given back', async () => {
    for (const [onnxruntime, tensorflow, chosen] of [
      [20, 30, 'onnxruntime'],
      [20, 10, 'tensorflow'],
      [20, 19, 'onnxruntime'] // no gain to speak of: the default stays
    ] as const) {
      const { open, measure, released } = stage({ onnxruntime, tensorflow })
      const result = await probeExecutors({ open, measure })
      expect(result.chosen).toBe(chosen)
      expect(result.entries.map((entry) => entry.milliseconds)).toEqual([onnxruntime, tensorflow])
      expect(result.why).toMatch(new RegExp(`^Chosen: The ${chosen}, `))
      expect(released).toEqual(['onnxruntime', 'tensorflow'])
    }
  })

  it('skips what is not there and what fails, and says why', async () => {
    const absent = stage({ onnxruntime: 5 })
    expect(await probeExecutors(absent)).toEqual({
      chosen: 'onnxruntime',
      entries: [
        { executor: 'onnxruntime', name: 'The onnxruntime', milliseconds: 5, skipped: null },
        { executor: 'tensorflow', name: null, milliseconds: null, skipped: 'There is no tensorflow.' }
      ],
      why: 'Chosen: The onnxruntime, 5.0 ms a training step; tensorflow was skipped (There is no tensorflow).'
    })
    const failing = stage({ onnxruntime: new Error('it broke'), tensorflow: 7 })
    const { chosen, entries } = await probeExecutors(failing)
    expect(chosen).toBe('tensorflow')
    expect(entries[0]).toMatchObject({ name: 'The onnxruntime', skipped: 'it broke' })
    expect(failing.released).toEqual(['onnxruntime', 'tensorflow'])
  })

  it('says so when nothing runs', async () => {
    await expect(probeExecutors(stage({}))).rejects.toMatchObject({ code: 'Unavailable' })
  })

  it('takes the time of a real training step', async () => {
    const executor = await createExecutor({ executor: 'onnxruntime', threads: 1 })
    expect(await trainingStepMilliseconds(executor)).toBeGreaterThan(0)
    await executor.release()
  })
})
