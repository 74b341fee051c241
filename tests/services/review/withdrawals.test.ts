/** What the window asks for over the contract: corrections removed with their edits, passages deleted, imports undone. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import type { Passage } from '../../../src/contract/types.ts'
import { fakeWorkbench } from '../../contract/fake-workbench.ts'
import { pair, until } from '../../contract/pair.ts'

type JournalRecord = { kind: string; payload: unknown }

const CORRECTION = 'She studied botany at the University of Orrin.'
const OTHER = 'She was born in Tarn.'

let journal: JournalRecord[]
let engine: ReturnType<typeof pair>['engine']
let client: Client
let bench: ReturnType<typeof fakeWorkbench>

beforeEach(async () => {
  journal = []
  bench = fakeWorkbench({ journal })
  ;({ client, engine } = pair(async () => bench))
  await client.call('session.open', {})
})
afterEach(() => engine.close())

const idle = (): Promise<unknown> =>
  until(async () => (await client.call('jobs.list', {})).every((j) => j.endedAt !== null))
const only = async (): Promise<Passage> => (await client.call('passages.list', {}))[0]
const inModel = (): string[] => bench.edits().map(({ target }) => target)

/** A passage of which two sentences were corrected and trained in one batch. */
async function trained(): Promise<Passage> {
  await client.call('passages.generate', { names: ['Mara Ellin'], template: 'A passage about {name}.', sampling: {} })
  await idle()
  const { id: passageId } = await only()
  await client.call('review.correct', { passageId, sentence: 1, text: OTHER, accepted: true })
  await client.call('review.correct', { passageId, sentence: 2, text: CORRECTION, accepted: true })
  await client.call('train.start', {})
  await idle()
  return only()
}

describe('a trained correction that is removed', () => {
  it('is withdrawn from the model alone, waits no more as trained, and comes back with undo', async () => {
    const { id: passageId } = await trained()
    const removed = await client.call('review.removeCorrection', { passageId, sentence: 2 })
    expect(removed.edits).toMatchObject([{ block: 'b1', target: CORRECTION, passageId }])
    expect(inModel()).toEqual([OTHER])
    const after = await only()
    expect(after.sentences[2]).toMatchObject({ correction: null, accepted: false })
    // The rest of its batch is trained, but no longer what the model is known to write as a whole.
    expect(after).toMatchObject({ waiting: true, leftInModel: [] })
    expect(after.sentences[1].outcome).toMatchObject({ undone: false })

    const { done } = await client.call('history.list', {})
    expect(done[0]).toMatchObject({
      kind: 'review',
      label: 'Removed the correction of sentence 3 and withdrew its edit'
    })
    await client.call('history.undo', { step: done[0].id })
    expect(inModel()).toEqual([OTHER, CORRECTION])
    expect(await only()).toMatchObject({
      waiting: false,
      sentences: [{}, {}, { correction: CORRECTION, accepted: true }, {}, {}]
    })
    await client.call('history.redo', { step: done[0].id })
    expect(inModel()).toEqual([OTHER])
  })

  it('that was never trained is only removed', async () => {
    await client.call('passages.generate', { names: ['Mara Ellin'], template: 'About {name}.', sampling: {} })
    await idle()
    const { id: passageId } = await only()
    await client.call('review.correct', { passageId, sentence: 2, text: CORRECTION, accepted: true })
    expect(await client.call('review.removeCorrection', { passageId, sentence: 2 })).toEqual({
      edits: [],
      liveAgain: []
    })
    expect((await client.call('history.list', {})).done[0].label).toBe('Removed the correction of sentence 3')
  })

  it('and whose batch is undone meanwhile, gives back what is left of it with redo', async () => {
    const { id: passageId } = await trained()
    await client.call('review.removeCorrection', { passageId, sentence: 2 })
    await client.call('train.undo', { blocks: ['b1'] })
    expect(inModel()).toEqual([])
    await client.call('history.undo', {})
    expect(inModel()).toEqual([OTHER])
    await client.call('history.undo', {})
    expect(inModel()).toEqual([OTHER, CORRECTION])
  })

  it('is refused while a job runs, and nothing is changed', async () => {
    const { id: passageId } = await trained()
    const before = await only()
    // Written until it is cancelled.
    bench.write = (_, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
    const regenerating = await client.call('passages.regenerate', { passageId })
    await expect(client.call('review.removeCorrection', { passageId, sentence: 2 })).rejects.toMatchObject({
      code: 'BadInput',
      message: 'A job is running.'
    })
    await client.call('jobs.cancel', { jobId: regenerating.id })
    await idle()
    expect((await only()).sentences).toEqual(before.sentences)
    expect(inModel()).toEqual([OTHER, CORRECTION])
  })
})

describe('what the model may still write', () => {
  it('is told of a correction that is typed over or marked accurate, and can be withdrawn', async () => {
    const { id: passageId } = await trained()
    await client.call('review.mark', { passageId, sentence: 2, mark: 'accurate' })
    const left = (await only()).leftInModel
    expect(left).toMatchObject([{ block: 'b1', target: CORRECTION, sentence: 2 }])
    const [{ block, editId }] = left
    await client.call('edits.withdraw', { edits: [{ block, editId }] })
    expect(inModel()).toEqual([OTHER])
    expect((await only()).leftInModel).toEqual([])
    const { done } = await client.call('history.list', {})
    expect(done[0]).toMatchObject({ kind: 'withdrawal', label: 'Withdrew 1 edit from the model' })
    await expect(client.call('edits.withdraw', { edits: [{ block, editId }] })).rejects.toMatchObject({
      code: 'NotFound'
    })
    await client.call('history.undo', {})
    expect((await only()).leftInModel).toHaveLength(1)
  })

  it('is found out at opening where another program withdrew it', async () => {
    const { id: passageId } = await trained()
    await bench.moveEdits([{ block: 'b1', editId: `${passageId}/2` }], 'trash')
    await client.call('session.close', {})
    await client.call('session.open', {})
    const found = await only()
    expect(found.sentences[2]).toMatchObject({ accepted: true, outcome: { undone: true, withdrawn: true } })
    expect(found.waiting).toBe(true)
    await bench.moveEdits([{ block: 'b1', editId: `${passageId}/2` }], 'session')
    await client.call('session.close', {})
    await client.call('session.open', {})
    expect(await only()).toMatchObject({ waiting: false })
  })
})

describe('undo', () => {
  it('takes back the step that was named and no other', async () => {
    await trained()
    const { done } = await client.call('history.list', {})
    expect(done[0]).toMatchObject({ kind: 'training', sentences: 2, blocks: ['b1'] })
    await expect(client.call('history.undo', { step: done[1].id })).rejects.toMatchObject({ code: 'BadInput' })
    expect(inModel()).toHaveLength(2)
    expect(await client.call('history.undo', { step: done[0].id })).toMatchObject({ label: 'Trained 2 sentences' })
    // Clicked twice: the step is no longer the newest.
    await expect(client.call('history.undo', { step: done[0].id })).rejects.toMatchObject({ code: 'BadInput' })
    expect((await client.call('history.list', {})).undone).toHaveLength(1)
  })

  it('of the last training takes that one and no other', async () => {
    const { id: passageId } = await trained()
    await client.call('review.correct', { passageId, sentence: 3, text: 'In 1851, she slept.', accepted: true })
    await client.call('train.start', {})
    await idle()
    await client.call('train.undo', { blocks: ['b2'] })
    await expect(client.call('train.undo', { blocks: ['b2'] })).rejects.toMatchObject({ code: 'BadInput' })
    expect(bench.blocks()).toEqual(['b1'])
  })

  it('says which edits a training brought into the model', async () => {
    const { id } = await trained()
    const { edits } = await client.call('edits.concerned', { blocks: ['b1'] })
    expect(edits.map(({ target, passageId }) => [target, passageId])).toEqual([[OTHER, id], [CORRECTION, id]]) // prettier-ignore
  })
})

describe('an accepted correction that is typed over', () => {
  it('is given back, and what was typed comes back with redo', async () => {
    const { id: passageId } = await trained()
    const at = { passageId, sentence: 2 }
    for (const text of ['She studied law', 'She studied law.'])
      await client.call('review.correct', { ...at, text, accepted: false })
    expect((await only()).sentences[2]).toMatchObject({ acceptedBefore: CORRECTION, accepted: false })
    const restored = await client.call('review.restoreAccepted', at)
    expect(restored.sentences[2]).toMatchObject({ correction: CORRECTION, accepted: true, acceptedBefore: null })
    expect(restored.waiting).toBe(false)
    await client.call('history.redo', {})
    expect((await only()).sentences[2]).toMatchObject({ correction: 'She studied law.', accepted: false })
    await client.call('review.correct', { ...at, text: 'She studied law.', accepted: true })
    expect((await only()).sentences[2]).toMatchObject({ accepted: true, acceptedBefore: null })
    await expect(client.call('review.restoreAccepted', at)).rejects.toMatchObject({ code: 'NotFound' })
  })

  it('is kept where all of it was deleted, also over a reopening', async () => {
    const { id: passageId } = await trained()
    await client.call('review.correct', { passageId, sentence: 2, text: '', accepted: false })
    await client.call('session.close', {})
    await client.call('session.open', {})
    expect((await only()).sentences[2]).toMatchObject({ correction: null, acceptedBefore: CORRECTION })
    const { sentences } = await client.call('review.restoreAccepted', { passageId, sentence: 2 })
    expect(sentences[2]).toMatchObject({ correction: CORRECTION, accepted: true })
  })
})

describe('passages', () => {
  const file = {
    fileName: 'two.txt',
    content: 'About Ann.\nShe was born.\n\nAbout Bob.\nHe died.',
    template: 'About {name}.'
  }

  it('that were imported go with undo and come back with redo', async () => {
    const removed: string[] = []
    client.on('passages.removed', ({ passageIds }) => removed.push(...passageIds))
    const imported = await client.call('passages.import', file)
    const [step] = (await client.call('history.list', {})).done
    expect(step).toMatchObject({ kind: 'import', label: 'Imported 2 passages' })
    await client.call('history.undo', { step: step.id })
    expect(await client.call('passages.list', {})).toEqual([])
    expect(removed).toEqual(imported.map(({ id }) => id))
    await expect(client.call('review.mark', { passageId: removed[0], sentence: 0, mark: null })).rejects.toMatchObject({
      code: 'NotFound'
    })
    await client.call('history.redo', { step: step.id })
    expect(await client.call('passages.list', {})).toEqual(imported)
  })

  it('that are deleted leave their edits in the model or take them along, and undo brings all back', async () => {
    const { id } = await trained()
    const before = await only()
    for (const withdraw of [true, false]) {
      const deleted = await client.call('passages.delete', { passageIds: [id], withdraw })
      expect(deleted.edits.map(({ target }) => target)).toEqual([OTHER, CORRECTION])
      expect(inModel()).toEqual(withdraw ? [] : [OTHER, CORRECTION])
      expect(await client.call('passages.list', {})).toEqual([])
      // As a crash would leave it.
      await client.call('session.close', {})
      await client.call('session.open', {})
      expect(await client.call('passages.list', {})).toEqual([])
      const [step] = (await client.call('history.list', {})).done
      expect(step.label).toBe(`Deleted “Mara Ellin”${withdraw ? ' and withdrew 2 edits' : ''}`)
      await client.call('history.undo', { step: step.id })
      expect(inModel()).toEqual([OTHER, CORRECTION])
      expect(await only()).toEqual(before)
    }
  })

  it('are deleted several at once, in one step, and none where one is not there', async () => {
    const imported = await client.call('passages.import', file)
    const ids = imported.map(({ id }) => id)
    await expect(client.call('passages.delete', { passageIds: [...ids, 'x'], withdraw: true })).rejects.toMatchObject({
      code: 'NotFound'
    })
    expect(await client.call('passages.list', {})).toHaveLength(2)
    await client.call('passages.delete', { passageIds: ids, withdraw: true })
    expect((await client.call('history.list', {})).done[0].label).toBe('Deleted 2 passages')
    await client.call('history.undo', {})
    expect(await client.call('passages.list', {})).toEqual(imported)
  })
})

describe('a journal of an earlier version', () => {
  it('has no step for an import: undo goes on to the step before it', async () => {
    const passages = [{ id: 'p', name: 'p', prompt: 'About p.', reference: null, sentences: [{ text: 'It was.', mark: null, correction: null }] }] // prettier-ignore
    journal.push({ kind: 'review', payload: { type: 'imported', passages } })
    journal.push({ kind: 'review', payload: { type: 'mark', passageId: 'p', sentence: 0, mark: 'accurate' } })
    journal.push({ kind: 'review', payload: { type: 'imported', passages: [{ ...passages[0], id: 'q' }] } })
    journal.push({ kind: 'review', payload: { type: 'step-undone' } })
    await client.call('session.close', {})
    await client.call('session.open', {})
    const found = await client.call('passages.list', {})
    expect(found.map(({ id, sentences }) => [id, sentences[0].mark])).toEqual([['p', null], ['q', null]]) // prettier-ignore
    expect((await client.call('history.list', {})).done).toEqual([])
  })
})
