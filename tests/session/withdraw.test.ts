/** Single edits that are taken out of their batches: the rest stays, to the bit, and so does their place. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sealsOf } from '../../src/main/services/evaluation/session-state.ts'
import { JournalWriter } from '../../src/main/session/journal.ts'
import { createSession, openSession } from '../../src/main/session/session-folder.ts'
import type { SessionStore } from '../../src/main/session/session-store.ts'
import { readFileSync } from 'node:fs'
import { HEADER, sampleBatch, temporaryFolder } from './sample-session.ts'

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

async function made(batches: number): Promise<SessionStore> {
  const store = await createSession(place, HEADER)
  open.push(store)
  for (let n = 0; n < batches; n++) await store.commitBatch(sampleBatch(n))
  return store
}
async function reopened(store: SessionStore): Promise<SessionStore> {
  await store.close()
  const again = await openSession(place)
  open.push(again)
  return again
}
const ids = (store: SessionStore): string[] => store.edits.map(({ editId }) => editId)
const names = (...editIds: string[]): { editId: string }[] => editIds.map((editId) => ({ editId }))
const tell = (store: SessionStore): unknown => ({
  edits: store.edits,
  withdrawn: store.withdrawn,
  batches: store.batches,
  undone: store.undone,
  index: [store.indexedEdits('deployment'), store.indexedEdits('paper')],
  next: [store.nextBatch, store.nextOrder]
})

describe('a withdrawn edit', () => {
  it('is gone from the index, and every other edit has the keys it had', async () => {
    const store = await made(2)
    const before = store.indexedEdits('deployment')
    const seals = sealsOf(store)
    const [{ block, order }] = await store.withdraw(names('0.1'))
    expect([block, order]).toEqual(['block-0', 1])
    expect(ids(store)).toEqual(['0.0', '0.2', '1.0', '1.1', '1.2'])
    expect(store.indexedEdits('deployment')).toEqual(before.filter((e) => e.editId !== '0.1'))
    expect(sealsOf(store)[0]).not.toBe(seals[0])
    expect(store.batches[0]).toMatchObject({
      edits: [{ editId: '0.0' }, { editId: '0.2' }],
      withdrawn: [{ editId: '0.1' }]
    })
    expect(store.keysOf('block-0')).toEqual(sampleBatch(0).keys)

    const again = await reopened(store)
    expect(ids(again)).toEqual(['0.0', '0.2', '1.0', '1.1', '1.2'])
    await again.reinstate()
    expect(again.indexedEdits('deployment')).toEqual(before)
    expect(sealsOf(again)).toEqual(seals)
    expect(again.withdrawn).toEqual([])
  })

  it('stays withdrawn while its batch goes out and comes back', async () => {
    const store = await made(2)
    await store.withdraw(names('0.1'))
    await store.undo('block-0')
    expect(store.withdrawn).toEqual([])
    const again = await reopened(store)
    await again.redo('block-0')
    expect(ids(again)).toEqual(['0.0', '0.2', '1.0', '1.1', '1.2'])
    expect(again.withdrawn.map(({ editId }) => editId)).toEqual(['0.1'])
  })

  it('leaves a batch behind that may have no edit any more, in its place', async () => {
    const store = await made(2)
    await store.withdraw(names('0.0', '0.1', '0.2'))
    expect(ids(store)).toEqual(['1.0', '1.1', '1.2'])
    expect(store.batches.map(({ block, edits }) => [block, edits.length])).toEqual([['block-0', 0], ['block-1', 3]]) // prettier-ignore
    await store.undo('block-0')
    await store.redo('block-0')
    expect(store.batches.map(({ block }) => block)).toEqual(['block-0', 'block-1'])
    expect(readdirSync(join(place, 'blocks')).sort()).toEqual(['block-0', 'block-1'])
    await store.reinstate(names('0.2'))
    expect(ids(store)).toEqual(['0.2', '1.0', '1.1', '1.2'])
  })

  it('can be trained again under its id, and then is not put back beside itself', async () => {
    const store = await made(1)
    await store.withdraw(names('0.1'))
    expect(store.freeEditIds(['0.1', '0.0'])).toEqual(['0.1', '0.0~2'])
    const edits = sampleBatch(1, { edits: 1 }).edits.map((edit) => ({ ...edit, editId: '0.1' }))
    await store.commitBatch({ ...sampleBatch(1, { edits: 1 }), edits })
    await expect(store.reinstate(names('0.1'))).rejects.toMatchObject({
      code: 'BadInput',
      details: { field: 'edit', cure: expect.stringContaining('Withdraw the newer edit') as unknown }
    })
    // By its block the older one can be told from the newer.
    await store.withdraw([{ editId: '0.1', block: 'block-1' }])
    await store.reinstate([{ editId: '0.1', block: 'block-0' }])
    expect(store.edits.find(({ editId }) => editId === '0.1')).toMatchObject({ block: 'block-0', order: 1 })
  })

  it('keeps an undone batch with the same id from coming back', async () => {
    const store = await made(1)
    await store.undo()
    const edits = sampleBatch(1, { edits: 1 }).edits.map((edit) => ({ ...edit, editId: '0.1' }))
    await store.commitBatch({ ...sampleBatch(1, { edits: 1 }), edits })
    await expect(store.redo('block-0')).rejects.toMatchObject({ code: 'BadInput' })
    await store.withdraw(names('0.1'))
    await store.redo('block-0')
    expect(ids(store)).toEqual(['0.0', '0.1', '0.2'])
    await expect(store.reinstate([{ editId: '0.1', block: 'block-1' }])).rejects.toMatchObject({ code: 'BadInput' })
  })

  it('is refused by name where it is not in force, and then nothing changes', async () => {
    const store = await made(1)
    const before = tell(store)
    const bytes = readFileSync(join(place, 'journal.jsonl'))
    await expect(store.withdraw(names('0.0', 'x'))).rejects.toMatchObject({
      code: 'NotFound',
      details: { field: 'edit' }
    })
    await expect(store.withdraw([])).rejects.toMatchObject({ code: 'BadInput' })
    await expect(store.withdraw([{ editId: '0.0', block: 'block-1' }])).rejects.toMatchObject({ code: 'NotFound' })
    await expect(store.reinstate()).rejects.toMatchObject({ code: 'BadInput' })
    await expect(store.appendRecord('withdraw', {})).rejects.toMatchObject({ code: 'BadInput' })
    expect(tell(store)).toEqual(before)
    expect(readFileSync(join(place, 'journal.jsonl'))).toEqual(bytes)
    await store.withdraw(names('0.0'))
    await expect(store.withdraw(names('0.0'))).rejects.toMatchObject({
      code: 'NotFound',
      message: 'Edit 0.0 is withdrawn already.'
    })
  })
})

describe('a snapshot', () => {
  it('knows the withdrawn edits, of undone batches too', async () => {
    const store = await made(3)
    await store.withdraw(names('0.1', '2.0'))
    await store.withdraw(names('1.2'))
    await store.undo('block-2')
    expect(await store.snapshot()).toBe(true)
    await store.reinstate(names('0.1'))
    await store.redo('block-2')
    const before = tell(store)
    expect(tell(await reopened(store))).toEqual(before)
    expect(open.at(-1)!.withdrawn.map(({ editId }) => editId)).toEqual(['2.0', '1.2'])
  })
})

describe('a record of a withdrawal', () => {
  it('that names what the journal does not have is named; what it has is withdrawn', async () => {
    const store = await made(1)
    const { seq } = store.batches[0]
    await store.close()
    const file = join(place, 'journal.jsonl')
    const bytes = readFileSync(file)
    const journal = await JournalWriter.open(file, bytes, seq)
    await journal.append('withdraw', {
      edits: [
        { batchSeq: seq, block: 'block-0', editId: '0.2' },
        { batchSeq: 99, block: 'block-9', editId: '9.0' }
      ]
    })
    await journal.append('withdraw', { edits: 'all' })
    await journal.close()
    const again = await openSession(place)
    open.push(again)
    expect(ids(again)).toEqual(['0.0', '0.1'])
    expect(again.notices.map(({ kind }) => kind)).toEqual(['damaged-record', 'damaged-record'])
    expect(again.notices[0].message).toContain('edit 9.0 of block block-9')
  })
})
