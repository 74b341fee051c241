import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runSweep } from '../../../src/main/services/studies/sweep.ts'
import type { Sweep } from '../../../src/main/services/studies/sweep.ts'

let out: string
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'erratum-sweep-'))
})
afterEach(() => rmSync(out, { recursive: true, force: true }))

const asked: string[] = []
beforeEach(() => asked.splice(0))
const sweep = (points: string[], more: Partial<Sweep<number>> = {}): Sweep<number> => ({
  name: 'letters',
  identity: { data: 1 },
  points,
  measure: (id) => {
    asked.push(id)
    return Promise.resolve(id.charCodeAt(0))
  },
  page: (all) => ({
    title: 'Letters <&>',
    intro: 'Codes.',
    table: { columns: ['id', 'code'], rows: all.map(({ id, result }) => [id, result]) },
    charts: []
  }),
  ...more
})

describe('a sweep', () => {
  it('measures each point once, whenever it is run, and gives the same result', async () => {
    const first = await runSweep(out, sweep(['a', 'b']))
    expect(asked).toEqual(['a', 'b'])
    const known: boolean[] = []
    const second = await runSweep(out, sweep(['a', 'b', 'c']), { onPoint: (_id, _done, _of, was) => known.push(was) })
    expect(asked).toEqual(['a', 'b', 'c'])
    expect(known).toEqual([true, true, false])
    expect(second.points.slice(0, 2)).toEqual(first.points)
    expect(JSON.parse(readFileSync(second.files.json, 'utf8'))).toEqual({
      study: 'letters',
      identity: { data: 1 },
      points: [
        { id: 'a', result: 97 },
        { id: 'b', result: 98 },
        { id: 'c', result: 99 }
      ]
    })
  })

  it('that fails keeps what was finished, and its page says how much that is', async () => {
    const measure = (id: string) => (id === 'b' ? Promise.reject(new Error('broken')) : Promise.resolve(1))
    await expect(runSweep(out, sweep(['a', 'b'], { measure }))).rejects.toThrow('broken')
    const page = readFileSync(join(out, 'index.html'), 'utf8')
    expect(page).toContain('1 of 2 points')
    expect(page).toContain('Letters &lt;&amp;&gt;')
    await runSweep(out, sweep(['a', 'b']))
    expect(asked).toEqual(['b'])
    expect(readFileSync(join(out, 'index.html'), 'utf8')).not.toContain('1 of 2')
  })

  it('is stopped between two points', async () => {
    const stop = new AbortController()
    const running = runSweep(out, sweep(['a', 'b']), { signal: stop.signal, onPoint: () => stop.abort() })
    await expect(running).rejects.toMatchObject({ code: 'Cancelled' })
    expect(asked).toEqual(['a'])
  })

  it('never mixes points of other data, and measures a half-written one again', async () => {
    await runSweep(out, sweep(['a', 'b']))
    const other = runSweep(out, sweep(['a'], { identity: { data: 2 } }))
    await expect(other).rejects.toMatchObject({ code: 'BadInput', details: { field: 'out' } })
    writeFileSync(join(out, 'points', 'a.json'), '{"identity": "')
    await runSweep(out, sweep(['a', 'b']))
    expect(asked).toEqual(['a', 'b', 'a'])
  })
})
