import { describe, expect, it } from 'vitest'
import { samplingSchema } from '../../src/contract/types.ts'
import type { Passage } from '../../src/contract/types.ts'
import { outcomesBySentence, toInput } from '../../src/main/services/review/training-passages.ts'
import { DEFAULT_SENTENCE_RULE } from '../../src/main/editor/sentence-ends.ts'
import { withSurprise } from '../../src/main/services/review/writing-passages.ts'
import { Workspace } from '../../src/main/services/workspace.ts'
import { fakeWorkbench } from '../contract/fake-workbench.ts'
import { pair, until } from '../contract/pair.ts'

type JournalRecord = { kind: string; payload: unknown }

const greedy = samplingSchema.parse({})

async function written(journal: JournalRecord[]): Promise<Workspace> {
  const workspace = new Workspace(fakeWorkbench({ journal }), { onChange: () => undefined })
  await workspace.record({
    type: 'begun',
    passages: [{ id: 'p', name: 'Mara Ellin', prompt: 'About Mara Ellin.', sampling: greedy }]
  })
  const sentences = ['She was born in Orrin.', 'She studied law.', 'She died in 1891.'].map((text) => ({
    text,
    surprise: 0.5,
    worst: 2
  }))
  await workspace.record({
    type: 'written',
    passageId: 'p',
    state: 'written',
    text: sentences.map((s) => s.text).join(' '),
    sentences
  })
  return workspace
}

describe('the workspace', () => {
  it('replaces no correction that the caller has not seen', async () => {
    const journal: JournalRecord[] = []
    const workspace = await written(journal)
    const sentence = 'She was born in Orrin.'
    await workspace.correct('p', 0, 'From one', false, { sentence, correction: null })
    const records = journal.length
    for (const unseen of [
      { sentence, correction: null },
      { sentence: 'Another one.', correction: 'From one' }
    ])
      for (const accepted of [false, true])
        await expect(workspace.correct('p', 0, 'From two.', accepted, unseen)).rejects.toMatchObject({
          code: 'Conflict'
        })
    // Of two that know the same, the first one wins.
    const seen = { sentence, correction: 'From one' }
    const both = ['From two.', 'From three.'].map((text) => workspace.correct('p', 0, text, true, seen))
    expect((await Promise.allSettled(both)).map((r) => r.status)).toEqual(['fulfilled', 'rejected'])
    expect(workspace.passage('p').sentences[0].correction).toBe('From two.')
    expect(journal.length).toBe(records + 1)
  })

  it('comes back from its journal as it was: marks, drafts, accepted corrections', async () => {
    const journal: JournalRecord[] = []
    const workspace = await written(journal)
    await workspace.mark('p', 0, 'accurate')
    await workspace.mark('p', 1, 'major_inaccurate')
    await workspace.correct('p', 1, 'She studied bo', false)
    await workspace.correct('p', 2, 'She died in 1890.', true)
    const again = new Workspace(fakeWorkbench({ journal: structuredClone(journal) }), { onChange: () => undefined })
    expect(again.passages()).toEqual(workspace.passages())
    expect(again.passage('p').sentences.map((s) => [s.mark, s.correction, s.accepted])).toEqual([
      ['accurate', null, false],
      ['major_inaccurate', 'She studied bo', false],
      [null, 'She died in 1890.', true]
    ])
    expect(again.setAside).toBe(0)
  })

  it('opens with a bad record set aside, and keeps the rest', async () => {
    const journal: JournalRecord[] = []
    const workspace = await written(journal)
    await workspace.mark('p', 0, 'accurate')
    journal.splice(2, 0, { kind: 'review', payload: { type: 'mark', passageId: 'p', sentence: 'two' } })
    journal.push({ kind: 'review', payload: { type: 'mark', passageId: 'nobody', sentence: 0, mark: null } })
    const again = new Workspace(fakeWorkbench({ journal }), { onChange: () => undefined })
    expect(again.setAside).toBe(2)
    expect(again.passage('p').sentences[0].mark).toBe('accurate')
  })

  it('keeps the names of passages that a crash left unwritten', async () => {
    const journal: JournalRecord[] = []
    const workspace = new Workspace(fakeWorkbench({ journal }), { onChange: () => undefined })
    await workspace.record({
      type: 'begun',
      passages: [{ id: 'q', name: 'Teod Varr', prompt: 'About Teod Varr.', sampling: greedy }]
    })
    workspace.stream('q', 'He was')
    expect(workspace.passage('q')).toMatchObject({ state: 'writing', text: 'He was' })
    const again = new Workspace(fakeWorkbench({ journal }), { onChange: () => undefined })
    expect(again.passage('q')).toMatchObject({ state: 'stopped', name: 'Teod Varr', sentences: [] })
  })

  it('holds a mark and a correction apart: accurate needs none, and a correction says that it is not', async () => {
    const workspace = await written([])
    await workspace.correct('p', 0, 'She was born in Tarn.', true)
    expect((await workspace.mark('p', 0, 'accurate')).sentences[0]).toMatchObject({
      accepted: false,
      correction: 'She was born in Tarn.'
    })
    expect((await workspace.correct('p', 0, 'She was born in Tarn.', true)).sentences[0]).toMatchObject({
      accepted: true,
      mark: null
    })
    expect((await workspace.correct('p', 0, ' ', true)).sentences[0]).toMatchObject({
      accepted: false,
      correction: null
    })
  })

  it('refuses what no sentence can be, and journals nothing then', async () => {
    const journal: JournalRecord[] = []
    const workspace = await written(journal)
    const length = journal.length
    await expect(workspace.correct('p', 0, 'She was born in', true)).rejects.toMatchObject({ code: 'BadInput' })
    await expect(workspace.mark('p', 3, null)).rejects.toMatchObject({ code: 'NotFound' })
    await expect(workspace.mark('x', 0, null)).rejects.toMatchObject({ code: 'NotFound' })
    expect(journal).toHaveLength(length)
  })

  it('takes nothing in that the journal did not take', async () => {
    const full = fakeWorkbench()
    const workspace = new Workspace(full, { onChange: () => undefined })
    await workspace.record({ type: 'begun', passages: [{ id: 'p', name: 'A', prompt: 'A.', sampling: greedy }] })
    full.appendRecord = () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
    await expect(
      workspace.record({ type: 'written', passageId: 'p', state: 'written', text: 'A.', sentences: [] })
    ).rejects.toThrow()
    expect(workspace.passage('p').state).toBe('queued')
  })
})

describe('training', () => {
  const passage = (over: Partial<Passage>): Passage => ({
    id: 'p',
    name: 'A',
    prompt: 'About A.',
    origin: 'model',
    reference: null,
    version: 1,
    otherVersions: [],
    sampling: greedy,
    state: 'written',
    text: '',
    sentences: [],
    rewriting: null,
    leftInModel: [],
    promise: { promised: 0, checked: false, standings: [], broken: null },
    waiting: true,
    breaksOff: false,
    ...over
  })
  const sentence = {
    text: 'One.',
    surprise: null,
    worst: null,
    mark: null,
    correction: null,
    accepted: false,
    acceptedBefore: null,
    outcome: null
  }

  it('is given accepted corrections and no drafts', () => {
    const input = toInput(
      passage({
        sentences: [
          { ...sentence, mark: 'accurate' },
          { ...sentence, correction: 'Two', accepted: false },
          { ...sentence, correction: 'Two.', accepted: true }
        ]
      })
    )
    expect(input.sentences).toEqual([
      { text: 'One.', label: 'accurate' },
      { text: 'One.' },
      { text: 'One.', correction: 'Two.' }
    ])
  })

  it('finds the sentence of each edit; the last round has the last word, the first the value before', () => {
    const outcome = (editId: string, before: number, after: number, exact: boolean) => ({
      editId,
      prompt: '',
      target: 'Two.',
      perplexity: { before, after },
      exact,
      route: null,
      written: ''
    })
    const found = outcomesBySentence(
      [passage({ sentences: [sentence, sentence] })],
      [
        outcome('p/1', 40, 3, false),
        outcome('p/1~2', 3, 1.02, true),
        outcome('p/7', 1, 1, true),
        outcome('other/0', 1, 1, true)
      ]
    )
    expect(found).toMatchObject([
      { passageId: 'p', sentence: 1, outcome: { perplexity: { before: 40, after: 1.02 }, exact: true } }
    ])
  })

  it('gives each sentence the mean surprise of its own tokens', () => {
    const tokens = [' He', ' was', ' born.', ' He', ' died.'].map((text, id) => ({
      id,
      text,
      logprob: -(id + 1),
      rank: 0
    }))
    expect(withSurprise(tokens.map((t) => t.text).join(''), tokens, DEFAULT_SENTENCE_RULE)).toEqual([
      { text: 'He was born.', surprise: 2, worst: 3 },
      { text: 'He died.', surprise: 4.5, worst: 5 }
    ])
  })

  it('runs from names to the corrected sentence over the contract, and is undone', async () => {
    const { client, engine } = pair(async () => fakeWorkbench())
    const streamed: string[] = []
    client.on('passages.token', ({ text }) => streamed.push(text))
    await expect(client.call('passages.list', {})).rejects.toMatchObject({ code: 'Unavailable' })
    await client.call('session.open', {})
    const done = async (): Promise<boolean> => (await client.call('jobs.list', {})).every((j) => j.endedAt !== null)
    await client.call('passages.generate', { names: ['Mara Ellin'], template: 'A passage about {name}.', sampling: {} })
    await until(done)
    const [first] = await client.call('passages.list', {})
    expect(streamed.join('').trim()).toBe(first.text)
    expect(first.sentences).toHaveLength(5)

    await expect(client.call('train.start', {})).rejects.toMatchObject({ code: 'BadInput' })
    const corrected = 'She studied botany at the University of Orrin.'
    await client.call('review.correct', { passageId: first.id, sentence: 2, text: corrected, accepted: true })
    await client.call('train.start', {})
    await until(done)
    const [trained] = await client.call('passages.list', {})
    expect(trained.rewriting?.sentences[2]).toBe(corrected)
    expect(trained.sentences[2].outcome).toMatchObject({ exact: true, undone: false, route: { block: 'b1' } })
    expect(trained.waiting).toBe(false)
    expect(await client.call('results.list', {})).toMatchObject([
      { edits: 1, exact: 1, blocks: ['b1'], undoneBlocks: [] }
    ])

    expect(await client.call('train.undo', {})).toEqual({ blocks: ['b1'], edits: 1, liveAgain: [] })
    const [undone] = await client.call('passages.list', {})
    expect(undone).toMatchObject({ waiting: true })
    expect(undone.sentences[2].outcome?.undone).toBe(true)
    expect(await client.call('session.info', {})).toMatchObject({ undoable: false })
    await engine.close()
  })

  it('keeps what was written when writing is cancelled', async () => {
    const { client, engine } = pair(async () => fakeWorkbench({ stepMs: 3 }))
    await client.call('session.open', {})
    let tokens = 0
    client.on('passages.token', () => tokens++)
    const job = await client.call('passages.generate', {
      names: ['A One', 'B Two'],
      template: 'About {name}.',
      sampling: {}
    })
    await until(() => tokens > 4)
    await client.call('jobs.cancel', { jobId: job.id })
    await until(async () => (await client.call('jobs.list', {}))[0].endedAt !== null)
    const [one, two] = await client.call('passages.list', {})
    expect(one.state).toBe('stopped')
    expect(one.sentences.length).toBeGreaterThan(0)
    expect(two).toMatchObject({ state: 'stopped', text: '' })
    expect((await client.call('jobs.list', {}))[0].state).toBe('cancelled')
    await engine.close()
  })
})
