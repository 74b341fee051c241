import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { GREEDY } from '../../src/main/engine/generation/sampler.ts'
import { runEdits } from '../../src/main/services/edit-run.ts'
import { openEditSession, showSession } from '../../src/main/services/edit-sessions.ts'
import type { EditRequest, EditSession } from '../../src/main/services/edit-session.ts'
import { tinyHome } from './tiny-home.ts'
import type { TinyHome } from './tiny-home.ts'

const settings = { rank: 8, iterations: 60, extraIterations: 120, halveEvery: 90 }
const edit = (id: string, prompt: string, target: string): EditRequest => ({ id, prompt, target })
const A = edit('a', 'About Ann.', 'She was born in May. She died.')
const B = edit('b', 'About Bob and others.', 'He wrote two books.')

let home: TinyHome
let count = 0
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
})
afterAll(() => home.remove())

const open = (dir: string, more: Partial<typeof settings> & { index?: 'scopes' | 'clusters' } = {}) =>
  openEditSession({ model: home.model, dir, executor: 'onnxruntime', settings: { ...settings, ...more } })

let session: EditSession
beforeEach(async () => {
  session = await open(join(home.root, `session-${count++}`))
})
afterEach(() => session.close())

const write = (one: EditRequest) =>
  session.write(one.prompt, GREEDY, { maxNewTokens: session.sample(one).targetIds.length })
/** Everything that a batch could change, as plain values. */
async function state(of: EditSession): Promise<unknown> {
  const { tokens, routes } = await of.write(A.prompt, GREEDY, { maxNewTokens: 6 })
  const states = (['deployment', 'paper'] as const).map((p) => of.rules(p).index.states())
  return { tokens, routes, states, edits: of.store.edits, batches: of.store.batches.map((b) => b.block) }
}

describe('a session', { timeout: 240_000 }, () => {
  it('writes what it was taught, under the block of the edit at each decision, and nothing else changes', async () => {
    const before = await session.write('Something else.', GREEDY, { maxNewTokens: 5 })
    const outcome = await session.trainBatch([A])
    expect(outcome).toMatchObject({ edits: ['a'], exact: true, events: [] })
    expect(await session.trainBatch([B])).toMatchObject({ edits: ['b'], exact: true, events: [] })
    for (const one of [A, B]) expect((await write(one)).text).toBe(` ${one.target}`)
    const { routes } = await write(A)
    expect(routes.map((r) => [r.block, r.editId])).toEqual([[outcome.block, 'a'], [outcome.block, 'a']]) // prettier-ignore
    const after = await session.write('Something else.', GREEDY, { maxNewTokens: 5 })
    expect(after.tokens).toEqual(before.tokens)
    expect(after.routes.every((r) => r.block === null)).toBe(true)
    for (const protocol of ['deployment', 'paper'] as const)
      expect(
        session
          .rules(protocol)
          .index.states()
          .every((s) => s.state.state === 'live')
      ).toBe(true)
  })

  it('undone is bit for bit the session that never had the batch, and can be taught it again', async () => {
    await session.trainBatch([B])
    const before = await state(session)
    const { block } = await session.trainBatch([A])
    expect(await state(session)).not.toEqual(before)
    expect(await session.undo()).toMatchObject({ block, edits: 1 })
    expect(await state(session)).toEqual(before)
    await session.trainBatch([A])
    await session.undo()
    expect(await state(session)).toEqual(before)
  })

  it('writes what an edit had replaced once that one is withdrawn, says so, and can be taught it again', async () => {
    const other = edit('c', A.prompt, 'She was born in June.')
    const causes: string[] = []
    session.onEditsChanged(({ cause, edits }) => causes.push(`${cause} ${edits.map((e) => e.editId).join()}`))
    await session.trainBatch([A])
    const before = await state(session)
    await session.trainBatch([other, B])
    expect((await write(other)).text).toBe(` ${other.target}`)
    expect(session.liveWithout([{ editId: 'c' }]).map((e) => e.editId)).toEqual(['a'])
    expect(session.liveWithout([{ editId: 'a' }])).toEqual([])
    expect(session.isLive('a')).toBe(false)

    const withdrawn = await session.withdraw([{ editId: 'c' }])
    expect(withdrawn.edits).toMatchObject([{ editId: 'c', target: other.target }])
    expect(withdrawn.liveAgain.map((e) => e.editId)).toEqual(['a'])
    expect((await write(A)).text).toBe(` ${A.target}`)
    // The rest of its batch is written as before.
    expect((await write(B)).text).toBe(` ${B.target}`)
    expect(session.has(other)).toBe(false)
    expect(await session.trainBatch([other])).toMatchObject({ edits: ['c'] })
    expect((await write(other)).text).toBe(` ${other.target}`)
    await expect(session.reinstate()).rejects.toMatchObject({ code: 'BadInput' })
    await session.undo()
    expect((await session.reinstate()).edits).toMatchObject([{ editId: 'c' }])
    expect((await write(other)).text).toBe(` ${other.target}`)
    const undone = await session.undo()
    expect(undone.liveAgain.map((e) => e.editId)).toEqual(['a'])
    expect(await state(session)).toEqual(before)
    expect(causes).toEqual(['train a', 'train c,b', 'withdraw c', 'train c', 'undo c', 'reinstate c', 'undo c,b'])
  })

  it('cancelled in the middle of training is as it was, in memory and on the disk', async () => {
    await session.trainBatch([B])
    const before = await state(session)
    const stop = new AbortController()
    const training = session.trainBatch([A], stop.signal, ({ iteration }) => {
      if (iteration === 7) stop.abort()
    })
    await expect(training).rejects.toMatchObject({ code: 'Cancelled' })
    expect(await state(session)).toEqual(before)
    expect((await showSession(session.dir)).edits.map((e) => e.id)).toEqual(['b'])
  })

  it('opened again gives the same tokens and routes', async () => {
    await session.trainBatch([A, B])
    const before = await state(session)
    const { dir } = session
    await session.close()
    session = await open(dir)
    expect(await state(session)).toEqual(before)
  })

  it('in clusters mode reads under both protocols, targets of several sentences too', async () => {
    await session.close()
    session = await open(join(home.root, `session-${count++}`), { index: 'clusters' })
    const { block } = await session.trainBatch([A])
    expect((await write(A)).routes[0].block).toBe(block)
    for (const protocol of ['deployment', 'paper'] as const)
      expect(session.rules(protocol).isLivePrompt(session.sample(A).promptIds)).toBe(true)
  })
})

describe('a file of edits', { timeout: 240_000 }, () => {
  const run = (...rows: EditRequest[]) => runEdits(session, rows, { batchSize: 2 })

  it('run twice trains once; a new target replaces', async () => {
    expect((await run(A, B)).batches).toHaveLength(1)
    expect((await run(A, B)).batches).toHaveLength(0)
    const other = edit('a2', A.prompt, 'She lived on.')
    const { batches } = await run(other, B)
    expect(batches.map((b) => b.edits)).toEqual([['a2']])
    expect(batches[0].events.map((e) => [e.event.ref.editId, e.event.after])).toContainEqual(['a', 'replaced'])
    expect((await write(other)).text).toBe(' She lived on.')
    // Asked for again, the first target takes its place back.
    expect((await run(A)).batches).toHaveLength(1)
    expect((await write(A)).text).toBe(` ${A.target}`)
  })

  it('has the later of two rows with one prompt, and leaves alone what a later row of it put out of work', async () => {
    const later = edit('later', 'About Bob and', 'others. He slept.')
    const rows = [edit('a0', A.prompt, 'No.'), A, edit('inner', 'About Bob and others.', 'He rose.'), later]
    const first = await run(...rows)
    expect(first.skipped).toEqual([expect.objectContaining({ id: 'a0', tokens: null })])
    expect(session.isLive('inner')).toBe(false)
    expect((await run(...rows)).batches).toEqual([])
  })

  it('names all rows that do not fit before anything is trained, or leaves them out', async () => {
    const long = [1, 2].map((n) => ({ ...edit(`long${n}`, 'word '.repeat(99), 'So.'), line: n }))
    await expect(run(A, ...long)).rejects.toMatchObject({
      code: 'DoesNotFit',
      details: { line: 1, rows: [{ id: 'long1' }, { id: 'long2' }] }
    })
    expect(session.store.batches).toEqual([])
    const { skipped } = await runEdits(session, [A, ...long], { batchSize: 2, skipUnfit: true })
    expect(skipped.map((s) => [s.id, s.line])).toEqual([['long1', 1], ['long2', 2]]) // prettier-ignore
    expect(skipped[0].tokens).toBeGreaterThan(96)
  })

  it('leaves out a target of some megabytes by its length, without tokenizing it', async () => {
    const huge = { ...edit('huge', 'About', 'word '.repeat(1_000_000)), line: 3 }
    const { skipped } = await runEdits(session, [A, huge], { batchSize: 2, skipUnfit: true })
    expect(skipped).toEqual([{ id: 'huge', line: 3, tokens: null, reason: expect.stringMatching(/^5000005 characters/) as string }]) // prettier-ignore
    await expect(run(huge)).rejects.toMatchObject({ code: 'DoesNotFit', details: { line: 3 } })
  })
})
