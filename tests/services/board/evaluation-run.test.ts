// States of a session measured later are what they were: against sessions that never went further.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_BOARD_SETTINGS } from '../../../src/contract/board.ts'
import type { EvaluationPlan, EvaluationRecord } from '../../../src/contract/board.ts'
import { boardBench } from '../../../src/main/services/board/board-bench.ts'
import { EVALUATION_RECORD, SETTINGS_RECORD } from '../../../src/main/services/board/board-records.ts'
import { placesOf } from '../../../src/main/services/board/evaluation-run.ts'
import { boardOfFolder, sessionsBeside } from '../../../src/main/services/board/read-board.ts'
import { openEditSession } from '../../../src/main/services/edit-sessions.ts'
import type { EditSession } from '../../../src/main/services/edit-session.ts'
import { blockSizes } from '../../../src/main/engine/models/language-model.ts'
import { tinyHome } from '../tiny-home.ts'
import type { TinyHome } from '../tiny-home.ts'

const settings = { rank: 4, iterations: 30, extraIterations: 0, halveEvery: 20 }
const BATCHES = [
  [{ id: 'a', prompt: 'About Ann.', target: 'She was born in May. She died.' }],
  [{ id: 'b', prompt: 'About Bob and others.', target: 'He wrote two books.' }],
  // Restates the first with other words: that one is superseded.
  [{ id: 'c', prompt: 'About Ann.', target: 'She sang.' }]
]

let home: TinyHome
let plan: EvaluationPlan
const opened: EditSession[] = []

async function trained(name: string, batches = BATCHES, index: 'scopes' | 'clusters' = 'scopes'): Promise<EditSession> {
  const session = await openEditSession({
    model: home.model,
    dir: join(home.root, name),
    executor: 'onnxruntime',
    settings: { ...settings, index }
  })
  opened.push(session)
  for (const batch of batches) await session.trainBatch(batch)
  return session
}

const request = (which: 'planned' | 'present', over: Partial<EvaluationPlan> = {}) => ({
  plan: { ...plan, ...over },
  which,
  approved: [],
  names: []
})

async function measured(
  session: EditSession,
  what = request('planned'),
  signal = new AbortController().signal,
  onRecord: (record: EvaluationRecord) => void = () => undefined
): Promise<EvaluationRecord[]> {
  const records: EvaluationRecord[] = []
  await boardBench(session).measure(what, {
    signal,
    onProgress: () => undefined,
    onRecord: (record) => {
      records.push(record)
      onRecord(record)
    }
  })
  return records
}

beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  const file = (name: string, rows: readonly object[]): string => {
    const path = join(home.root, name)
    writeFileSync(path, rows.map((row) => JSON.stringify(row) + '\n').join(''))
    return path
  }
  plan = {
    ...DEFAULT_BOARD_SETTINGS.plan,
    accurate: file('accurate.jsonl', [{ id: 'x', prompt: 'About Cleo.', target_new: 'She wrote.' }]),
    locality: file('locality.jsonl', [{ text: 'One more text, and it is of no one at all. It goes on.' }])
  }
}, 60_000)
afterEach(async () => {
  for (const session of opened.splice(0)) await session.close()
})
afterAll(() => home.remove())

describe('measuring a session', { timeout: 240_000 }, () => {
  it('after each batch gives what a session that went no further gives', async () => {
    const records = await measured(await trained('whole'))
    expect(records.map((r) => r.about.session.batches)).toEqual([1, 2, 3])
    for (const count of [1, 2]) {
      const [short] = await measured(await trained(`first-${count}`, BATCHES.slice(0, count)), request('present'))
      expect(short.protocols).toEqual(records[count - 1].protocols)
      expect(short.state).toBe(records[count - 1].state)
    }
    expect(records.map((r) => r.protocols.deployment?.edits?.n)).toEqual([1, 2, 2])
    expect(records[2].protocols.deployment?.accurate?.n).toBe(1)
    expect(records[2].protocols.paper?.locality?.n).toBe(1)
  })

  it('measures nothing twice, and what was stopped goes on', async () => {
    const session = await trained('stopped')
    const stop = new AbortController()
    await expect(measured(session, request('planned'), stop.signal, () => stop.abort())).rejects.toMatchObject({
      code: 'Cancelled'
    })
    expect(session.store.records(EVALUATION_RECORD)).toHaveLength(1)
    const rest = await measured(session)
    expect(rest.map((r) => r.about.session.batches)).toEqual([2, 3])
    expect(await measured(session)).toEqual([])
    expect(readdirSync(join(home.root, 'evaluations'))).toEqual([])
    // Another sample is another question.
    const other = await measured(session, request('present', { sample: { size: 1, seed: 3 } }))
    expect(other.map((r) => r.about.sample)).toEqual([{ size: 1, seed: 3 }])
  })

  it('is kept in the session: its board is read without the model, from elsewhere too', async () => {
    const session = await trained('kept', BATCHES.slice(0, 2))
    const records = await measured(session)
    const alarms = [{ figure: 'ES' as const, protocol: 'paper' as const, percent: 3 }]
    await session.store.appendRecord(SETTINGS_RECORD, { plan, alarms })
    await session.store.appendRecord(EVALUATION_RECORD, { state: 'of nothing' })
    const board = await boardOfFolder(join(home.root, 'kept'))
    expect(board.evaluations).toEqual(records)
    expect(board.settings).toEqual({ plan, alarms })
    expect(board.setAside).toBe(1)
    expect(board.batches.map((b) => b.state)).toEqual(records.map((r) => r.state))
    expect(board.batches.at(-1)).toMatchObject({
      place: 2,
      edits: 1,
      after: {
        edits: 2,
        parameters: 2 * blockSizes(session.model.config, session.model.points, settings.rank).parameters,
        keyBytes: records[1].about.cost.keyBytes
      }
    })
    expect(records[1].about.cost.parameters).toBe(board.batches[1].after.parameters)
    expect(sessionsBeside(join(home.root, 'kept'))).toContain(join(home.root, 'whole'))
    await expect(boardOfFolder(join(home.root, 'nowhere'))).rejects.toMatchObject({ code: 'NotFound' })
  })

  it('tells what became of edits, and of which edit a batch that was restated is', async () => {
    const session = await trained('restated')
    const { batches } = await boardBench(session).read()
    expect(batches.map((b) => b.after.standing.deployment)).toMatchObject([
      { live: 1, superseded: 0, clusters: null },
      { live: 2, superseded: 0 },
      { live: 2, superseded: 1 }
    ])
    expect(boardBench(session).batch(batches[0].block)).toMatchObject([{ editId: 'a', state: 'replaced', by: 'c' }])
    expect(boardBench(session).batch('no such block')).toEqual([])
    await session.undo()
    expect((await boardBench(session).read()).batches).toEqual(batches.slice(0, 2))
  })

  it('counts clusters and conflicts where the session has them', async () => {
    const session = await trained('clusters', BATCHES, 'clusters')
    const { index, batches } = await boardBench(session).read()
    expect(index).toBe('clusters')
    const { live, forgotten, outOfReach, clusters, conflicts } = batches[2].after.standing.deployment
    expect(live + forgotten + outOfReach).toBe(3)
    expect(clusters).toBeGreaterThan(0)
    // The third has the first one's key and another target.
    expect(conflicts).toBe(1)
  })
})

describe('the places that a plan names', () => {
  it('are every so many batches, and the last', () => {
    expect(placesOf(5, 1)).toEqual([1, 2, 3, 4, 5])
    expect(placesOf(5, 2)).toEqual([2, 4, 5])
    expect(placesOf(4, 2)).toEqual([2, 4])
    expect(placesOf(1, 3)).toEqual([1])
    expect(placesOf(0, 3)).toEqual([])
  })
})
