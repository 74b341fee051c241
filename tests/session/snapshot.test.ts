import fc from 'fast-check'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { samplingSchema } from '../../src/contract/types.ts'
import { Workspace } from '../../src/main/services/workspace.ts'
import type { RecordJournal } from '../../src/main/services/workspace.ts'
import { createSession, openSession } from '../../src/main/session/session-folder.ts'
import type { SessionStore } from '../../src/main/session/session-store.ts'
import { SNAPSHOT_FILE } from '../../src/main/session/snapshot.ts'
import { HEADER, randomFrom, sampleBatch, temporaryFolder } from './sample-session.ts'

let folder: ReturnType<typeof temporaryFolder>
let place: string
let open: SessionStore[] = []

beforeEach(() => {
  folder = temporaryFolder()
  place = join(folder.path, 'session')
})
afterEach(async () => {
  for (const store of open) await store.close()
  open = []
  folder.remove()
})

async function opened(at = place): Promise<SessionStore> {
  const store = await openSession(at)
  open.push(store)
  return store
}

/** An owner of the records `mark`: their sum. */
function summing(store: SessionStore): { add(n: number): Promise<void>; sum(): number } {
  const found = store.kept('mark')
  let { records, state: sum } = (found?.kept as { records: number; state: number } | undefined) ?? {
    records: 0,
    state: 0
  }
  for (const { payload } of found?.since ?? store.records('mark')) {
    records++
    sum += payload as number
  }
  store.keepState('mark', () => ({ records, state: sum }))
  return {
    add: async (n) => {
      await store.appendRecord('mark', n)
      records++
      sum += n
    },
    sum: () => sum
  }
}

/** All that a session tells of itself. */
const tell = (store: SessionStore): unknown => ({
  batches: store.batches,
  undone: store.undone,
  edits: store.edits,
  next: [store.nextBatch, store.nextOrder],
  marks: store.records('mark'),
  index: store.indexedEdits('deployment')
})

async function withHistory(): Promise<SessionStore> {
  const store = await createSession(place, HEADER)
  open.push(store)
  const marks = summing(store)
  for (let n = 0; n < 4; n++) {
    await store.commitBatch(sampleBatch(n))
    await marks.add(n)
  }
  await store.undo('block-1')
  expect(await store.snapshot()).toBe(true)
  await marks.add(10)
  await store.undo('block-3')
  await store.redo('block-1')
  return store
}

describe('a snapshot', () => {
  it('gives the session that the journal gives, and only the records since to their owner', async () => {
    const store = await withHistory()
    const whole = tell(store)
    await store.close()
    const again = await opened()
    expect(again.notices).toEqual([])
    expect(tell(again)).toEqual(whole)
    expect(again.kept('mark')).toMatchObject({ kept: { records: 4, state: 6 }, since: [{ payload: 10 }] })
    expect(summing(again).sum()).toBe(16)
    expect(again.kept('text')).toBeNull()
    await again.close()
    rmSync(join(place, SNAPSHOT_FILE))
    const without = await opened()
    expect(tell(without)).toEqual(whole)
    expect(without.kept('mark')).toBeNull()
    expect(summing(without).sum()).toBe(16)
  })

  it('is taken by itself, also over what a snapshot stands for already', async () => {
    const store = await createSession(place, HEADER)
    open.push(store)
    const marks = summing(store)
    for (let n = 1; n <= 300; n++) await marks.add(n)
    await store.close()
    const kept = (await opened()).kept('mark')
    expect(kept!.since.length).toBeLessThan(300)
    const more = summing(open.at(-1)!)
    for (let n = 1; n <= 40; n++) await more.add(1)
    await open.at(-1)!.close()
    expect((await opened()).kept('mark')).toMatchObject({ kept: { records: 340, state: 45150 + 40 }, since: [] })
  })

  it('is not taken while an owner lags behind', async () => {
    const store = await createSession(place, HEADER)
    open.push(store)
    store.keepState('mark', () => ({ records: 0, state: null }))
    await store.appendRecord('mark', 1)
    expect(await store.snapshot()).toBe(false)
    expect(existsSync(join(place, SNAPSHOT_FILE))).toBe(false)
  })

  it(
    'with any bit turned is named and passed over, and the next one takes its place',
    { timeout: 120_000 },
    async () => {
      const store = await withHistory()
      const whole = tell(store)
      await store.close()
      const file = join(place, SNAPSHOT_FILE)
      const good = readFileSync(file)
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: good.length - 1 }), fc.nat({ max: 7 }), async (byte, bit) => {
          const bad = Buffer.from(good)
          bad[byte] ^= 1 << bit
          writeFileSync(file, bad)
          const reading = await openSession(place, { readOnly: true })
          expect(reading.notices).toMatchObject([{ kind: 'damaged-snapshot', file }])
          expect(tell(reading)).toEqual(whole)
          await reading.close()
        }),
        { numRuns: 60, seed: 4, examples: [[0, 0], [good.length - 1, 0]] } // prettier-ignore
      )
      const again = await opened()
      summing(again)
      expect(await again.snapshot()).toBe(true)
      await again.close()
      expect((await opened()).notices).toEqual([])
    }
  )

  it('of a journal that was damaged since is passed over, and the damage is named', async () => {
    const store = await withHistory()
    const blocks = store.batches.map(({ block }) => block)
    await store.close()
    const copy = join(folder.path, 'copy')
    const journal = readFileSync(join(place, 'journal.jsonl'))
    const first = journal.indexOf('\n')
    for (let byte = 0; byte < first; byte += 211) {
      rmSync(copy, { recursive: true, force: true })
      cpSync(place, copy, { recursive: true })
      const bad = Buffer.from(journal)
      bad[byte] ^= 1
      writeFileSync(join(copy, 'journal.jsonl'), bad)
      const damaged = await opened(copy)
      expect(damaged.notices.map(({ kind }) => kind)).toContain('damaged-record')
      expect(damaged.batches.map(({ block }) => block)).toEqual(blocks.filter((block) => block !== 'block-0'))
      await damaged.close()
      // What is left of the journal has no damage any more, and the old snapshot does not speak of it.
      expect((await opened(copy)).notices).toEqual([])
    }
  })

  it('stays where a crash cut the next one short', async () => {
    const store = await withHistory()
    const whole = tell(store)
    await store.close()
    const file = join(place, SNAPSHOT_FILE)
    writeFileSync(`${file}.partial`, readFileSync(file).subarray(0, 100))
    const again = await opened()
    expect([again.notices, tell(again)]).toEqual([[], whole])
  })
})

describe('the review under a snapshot', () => {
  const journalOf = (store: SessionStore) => ({
    appendRecord: (kind: string, payload: unknown) => store.appendRecord(kind, payload).then(() => undefined),
    records: (kind: string) => store.records(kind).map(({ payload }) => payload),
    kept: (kind: string) => {
      const found = store.kept(kind)
      return found && { ...found.kept, since: found.since.map(({ payload }) => payload) }
    },
    keepState: (kind: string, source: () => { records: number; state: unknown }) => store.keepState(kind, source)
  })
  const told = (workspace: Workspace): unknown => ({
    passages: workspace.passages(),
    history: workspace.history(),
    results: workspace.results(),
    setAside: workspace.setAside
  })
  const silent = { onChange: () => undefined }
  const NO_MOVES = { block: async () => undefined, edits: async () => undefined }
  const sampling = samplingSchema.parse({})

  it('is what its records come to, and goes on from there', async () => {
    const store = await createSession(place, HEADER)
    open.push(store)
    let workspace = new Workspace(journalOf(store), silent)
    const ids = ['p', 'q', 'r']
    await workspace.record({
      type: 'begun',
      passages: ids.map((id) => ({ id, name: id, prompt: `About ${id}.`, sampling }))
    })
    const sentences = ['It was tall.', 'It sank.', 'It rose.'].map((text) => ({ text, surprise: 1 }))
    for (const passageId of ['p', 'q'])
      await workspace.record({ type: 'written', passageId, state: 'written', text: 'It was tall. It sank.', sentences })
    const random = randomFrom(9)
    const anything = async (): Promise<void> => {
      const passage = random() < 0.5 ? 'p' : 'q'
      const sentence = Math.floor(random() * 2)
      const choice = random()
      if (choice < 0.3) await workspace.mark(passage, sentence, 'major_inaccurate')
      else if (choice < 0.6)
        await workspace.correct(passage, sentence, `It ${Math.floor(random() * 9)}.`, random() < 0.5)
      else if (choice < 0.7) await workspace.markRest(passage)
      else if (choice < 0.85) await workspace.undo(NO_MOVES)
      else await workspace.redo(NO_MOVES)
    }
    for (let n = 0; n < 60; n++) {
      await anything()
      // Written, and not yet in any record.
      workspace.stream('r', 'It is')
      if (n % 9 === 0) expect(await store.snapshot()).toBe(true)
    }
    await store.close()
    const again = await opened()
    expect(again.kept('review')).not.toBeNull()
    const from = (journal: RecordJournal): unknown => told(new Workspace(journal, silent))
    const { appendRecord, records } = journalOf(again)
    expect(from(journalOf(again))).toEqual(from({ appendRecord, records }))
    workspace = new Workspace(journalOf(again), silent)
    for (let n = 0; n < 30; n++) await anything()
    expect(told(workspace)).toEqual(from({ appendRecord, records }))
    expect(await again.snapshot()).toBe(true)
  })

  it('is replayed from its records where the snapshot is of another version', async () => {
    const store = await createSession(place, HEADER)
    open.push(store)
    const workspace = new Workspace(journalOf(store), silent)
    await workspace.record({ type: 'begun', passages: [{ id: 'p', name: 'p', prompt: 'p', sampling }] })
    const kept = { records: 1, state: { review: { version: 0 }, setAside: 9 }, since: [] }
    const again = new Workspace({ ...journalOf(store), kept: () => kept }, silent)
    expect([again.passages(), again.setAside]).toEqual([[expect.objectContaining({ id: 'p', state: 'stopped' })], 0])
  })
})
