/** Undo and redo over everything that the person does: on the state alone, and as the journal replays it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { samplingSchema } from '../../../src/contract/types.ts'
import type { Passage } from '../../../src/contract/types.ts'
import { outcomesBySentence, toInput } from '../../../src/main/services/review/training-passages.ts'
import { keepSeen, seePassage } from '../../../src/main/services/promises/check-promises.ts'
import { Workspace } from '../../../src/main/services/workspace.ts'
import { concernedEdits, placesOf } from '../../../src/main/services/review/concerned-edits.ts'
import type { ModelMoves } from '../../../src/main/services/workspace.ts'
import { fakeWorkbench } from '../../contract/fake-workbench.ts'

type JournalRecord = { kind: string; payload: unknown }

const SENTENCES = ['She was born in Orrin and grew up in Tarn.', 'She studied law.', 'She died in 1891.', 'She wrote.']

async function desk(journal: JournalRecord[] = []) {
  const bench = fakeWorkbench({ journal })
  const workspace = new Workspace(bench, { onChange: () => undefined })
  const sampling = samplingSchema.parse({})
  await workspace.record({ type: 'begun', passages: [{ id: 'p', name: 'Mara', prompt: 'About Mara.', sampling }] })
  const sentences = SENTENCES.map((text) => ({ text, surprise: 0.5 }))
  await workspace.record({ type: 'written', passageId: 'p', state: 'written', text: SENTENCES.join(' '), sentences })

  const move: ModelMoves = {
    block: async (block, into) => {
      await bench.moveBlock(block, into)
    },
    edits: async (edits, into) => {
      await bench.moveEdits(edits, into)
    }
  }
  async function train(): Promise<void> {
    const passage = workspace.passage('p')
    const trained = await bench.trainPassages([toInput(passage)], {})
    const count = trained.outcomes.length
    const result = {
      ...{ jobId: 'j', at: 1, seconds: 1, blocks: trained.block, undoneBlocks: [], edits: count, exact: count },
      ...{ perplexity: { before: 2, after: 1 }, passages: [] }
    }
    const approved = passage.sentences.map((s) => (s.accepted ? s.correction : s.mark === 'accurate' ? s.text : null))
    const outcomes = outcomesBySentence([passage], trained.outcomes)
    await workspace.record({ type: 'trained', result, outcomes, approved: [{ passageId: 'p', texts: approved }] })
    await keepSeen({ bench, workspace }, await seePassage({ bench, workspace }, 'p'))
  }
  return { bench, workspace, train, undo: () => workspace.undo(move), redo: () => workspace.redo(move), move }
}

/** What the person's hands made of the passages, whether what they approved is in force, and the edits in the model. */
function reviewed({ workspace, bench }: Awaited<ReturnType<typeof desk>>) {
  const passage = ({ id, sentences, waiting, leftInModel }: Passage) => ({
    id,
    waiting,
    leftInModel,
    sentences: sentences.map((s) => ({ ...s, outcome: s.outcome?.undone === false ? s.outcome : null }))
  })
  return { passages: workspace.passages().map(passage), edits: bench.edits().map((e) => `${e.block}/${e.editId}`) }
}

type Action =
  | { do: 'mark'; sentence: number; mark: 'accurate' | 'minor_inaccurate' | null }
  | { do: 'rest' }
  | { do: 'split'; sentence: number; word: number }
  | { do: 'join'; sentence: number }
  | { do: 'correct'; sentence: number; text: string; accepted: boolean }
  | { do: 'train' }
  | { do: 'version' }
  | { do: 'choose'; version: number }
  | { do: 'remove'; sentence: number }
  | { do: 'restore'; sentence: number }
  | { do: 'delete'; withdraw: boolean }
  | { do: 'import' }
  | { do: 'withdraw' }

const place = { sentence: fc.nat(5) }
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    do: fc.constant('mark' as const),
    ...place,
    mark: fc.constantFrom('accurate' as const, 'minor_inaccurate' as const, null)
  }),
  fc.record({ do: fc.constant('rest' as const) }),
  fc.record({ do: fc.constant('split' as const), ...place, word: fc.nat(6) }),
  fc.record({ do: fc.constant('join' as const), ...place }),
  fc.record({
    do: fc.constant('correct' as const),
    ...place,
    text: fc.constantFrom('', 'She si', 'She sings.', 'She died in 1890.'),
    accepted: fc.boolean()
  }),
  fc.record({ do: fc.constant('train' as const) }),
  fc.record({ do: fc.constant('version' as const) }),
  fc.record({ do: fc.constant('choose' as const), version: fc.nat(3) }),
  fc.record({ do: fc.constant('remove' as const), ...place }),
  fc.record({ do: fc.constant('restore' as const), ...place }),
  fc.record({ do: fc.constant('delete' as const), withdraw: fc.boolean() }),
  fc.record({ do: fc.constant('import' as const) }),
  fc.record({ do: fc.constant('withdraw' as const) })
)

/** @returns whether it could be done */
async function act(at: Awaited<ReturnType<typeof desk>>, action: Action): Promise<boolean> {
  const { workspace, train, move } = at
  try {
    if (action.do === 'mark') await workspace.mark('p', action.sentence, action.mark)
    else if (action.do === 'rest') await workspace.markRest('p')
    else if (action.do === 'join') await workspace.join('p', action.sentence)
    else if (action.do === 'correct') await workspace.correct('p', action.sentence, action.text, action.accepted)
    else if (action.do === 'train') await train()
    else if (action.do === 'choose') await workspace.chooseVersion('p', action.version)
    else if (action.do === 'remove') {
      const { edits } = concernedEdits(at, { correction: { passageId: 'p', sentence: action.sentence } })
      await workspace.removeCorrection('p', action.sentence, placesOf(edits), move)
    } else if (action.do === 'restore') await workspace.restoreAccepted('p', action.sentence)
    else if (action.do === 'delete') {
      const { edits } = concernedEdits(at, { passageIds: ['p'] })
      await workspace.deletePassages(['p'], action.withdraw ? placesOf(edits) : [], move)
    } else if (action.do === 'withdraw') await workspace.withdrawEdits(placesOf(at.bench.edits().slice(0, 1)), move)
    else if (action.do === 'import') {
      const id = `i${workspace.passages().length}-${workspace.history().done.length}`
      const sentences = [{ text: 'He wrote.', mark: null, correction: 'He read.' }]
      const passages = [{ id, name: id, prompt: 'About Teod.', reference: null, sentences }]
      await workspace.record({ type: 'imported', step: true, passages })
    } else if (action.do === 'version') {
      const sentences = ['She sang.', 'She slept.'].map((text) => ({ text, surprise: 1 }))
      const sampling = samplingSchema.parse({ temperature: 0.9 })
      await workspace.record({ type: 'version', passageId: 'p', sampling, text: 'She sang. She slept.', sentences })
    } else {
      const words = workspace.passage('p').sentences[action.sentence]?.text.split(' ') ?? []
      const at = words.slice(0, action.word).join(' ').length
      await workspace.split('p', action.sentence, Math.max(1, at))
    }
    return true
  } catch {
    return false
  }
}

describe('undo and redo', () => {
  it('of everything give the state before and after, step by step, and the journal replays to the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 14 }), fc.nat(14), async (actions, back) => {
        const journal: JournalRecord[] = []
        const at = await desk(journal)
        const states = [reviewed(at)]
        for (const one of actions) {
          const steps = at.workspace.history().done.length
          await act(at, one)
          const now = at.workspace.history().done.length
          // Typing that goes on changes the newest step, and typing that is deleted again removes it.
          if (now < steps) states.pop()
          else if (now === steps) states[states.length - 1] = reviewed(at)
          else states.push(reviewed(at))
        }
        const steps = at.workspace.history().done.length
        expect(states).toHaveLength(steps + 1)
        // What was typed over an accepted correction and given up again.
        const givenUp = at.workspace.history().undone.length
        expect(givenUp).toBeLessThanOrEqual(1)
        for (let left = steps - 1; left >= 0; left--) {
          expect(await at.undo()).not.toBeNull()
          expect(reviewed(at)).toEqual(states[left])
        }
        expect(await at.undo()).toBeNull()
        expect(at.bench.blocks()).toEqual([])
        for (let step = 1; step <= steps; step++) {
          expect(await at.redo()).not.toBeNull()
          expect(reviewed(at)).toEqual(states[step])
        }
        expect(at.workspace.history().undone).toHaveLength(givenUp)
        for (let n = 0; n < back; n++) await at.undo()

        const copy = fakeWorkbench({ journal: structuredClone(journal), blocks: at.bench.blocks() })
        const again = new Workspace(copy, { onChange: () => undefined })
        expect(again.setAside).toBe(0)
        expect(again.passages()).toEqual(at.workspace.passages())
        expect(again.results()).toEqual(at.workspace.results())
        expect(again.history()).toEqual(at.workspace.history())
        expect(again.liveBlocks()).toEqual([...at.bench.blocks()].reverse())
      }),
      { numRuns: 120 }
    )
  }, 30_000)

  it('take typing as one step up to its acceptance, and what is typed after that as another', async () => {
    const { workspace, undo } = await desk()
    for (const text of ['S', 'She sang', 'She sang.']) await workspace.correct('p', 1, text, false)
    await workspace.correct('p', 1, 'She sang.', true)
    for (const text of ['She sang well', 'She sang well.']) await workspace.correct('p', 1, text, false)
    expect(workspace.history().done.map((s) => s.label)).toEqual([
      'Began to correct sentence 2',
      'Corrected sentence 2'
    ])
    await undo()
    expect(workspace.passage('p').sentences[1]).toMatchObject({ correction: 'She sang.', accepted: true })
    await undo()
    expect(workspace.passage('p').sentences[1]).toMatchObject({ correction: null, accepted: false })
  })

  it('forget what was undone as soon as something else is done', async () => {
    const { workspace, undo, redo } = await desk()
    await workspace.mark('p', 0, 'accurate')
    await undo()
    await workspace.mark('p', 1, 'accurate')
    expect(await redo()).toBeNull()
    expect(workspace.history().undone).toEqual([])
  })

  it('take a training with its blocks, out of turn too, and no longer tell what was written under it as if it held', async () => {
    const { workspace, train, undo, redo, bench, move } = await desk()
    await workspace.correct('p', 1, 'She studied moss.', true)
    await train()
    expect(workspace.passage('p')).toMatchObject({ waiting: false, promise: { promised: 1, checked: true } })
    await workspace.mark('p', 0, 'minor_inaccurate')
    expect(await workspace.takeOutTraining(move)).toEqual({ blocks: ['b1'], edits: 1 })
    expect(workspace.passage('p')).toMatchObject({ waiting: true, promise: { promised: 0, checked: false } })
    expect(workspace.passage('p').sentences[0].mark).toBe('minor_inaccurate')
    expect(workspace.history().done[0].label).toBe('Took the training of 1 sentence out')
    await undo()
    expect(bench.blocks()).toEqual(['b1'])
    expect(workspace.passage('p')).toMatchObject({ waiting: false, promise: { promised: 1, checked: true } })
    await undo()
    await undo()
    expect(bench.blocks()).toEqual([])
    expect(workspace.history().done.map((s) => s.label)).toEqual(['Corrected sentence 2'])
    for (let n = 0; n < 3; n++) await redo()
    expect(bench.blocks()).toEqual([])
    expect(await redo()).toBeNull()
  })

  it('pass a training over whose blocks another program took out', async () => {
    const { workspace, train, undo, bench } = await desk()
    await workspace.correct('p', 1, 'She studied moss.', true)
    await train()
    await bench.moveBlock('b1', 'trash')
    await workspace.reconcile(bench.blocks())
    expect(workspace.passage('p')).toMatchObject({ waiting: true })
    expect((await undo())?.label).toBe('Corrected sentence 2')
  })

  it('leave a training in force whose blocks cannot be moved', async () => {
    const { workspace, train } = await desk()
    await workspace.correct('p', 1, 'She studied moss.', true)
    await train()
    const busy = () => Promise.reject(new Error('a job is running'))
    await expect(workspace.undo({ block: busy, edits: busy })).rejects.toThrow('a job')
    expect(workspace.history().done[0].label).toBe('Trained 1 sentence')
    expect(workspace.passage('p').waiting).toBe(false)
  })
})

describe('versions', () => {
  it('are kept with their marks, looked at and brought back', async () => {
    const { workspace, undo } = await desk()
    await workspace.mark('p', 0, 'accurate')
    const sampling = samplingSchema.parse({ temperature: 0.9, seed: 4 })
    const sentences = [{ text: 'She sang.', surprise: 1 }]
    await workspace.record({ type: 'version', passageId: 'p', sampling, text: 'She sang.', sentences })
    expect(workspace.passage('p')).toMatchObject({ version: 2, sampling: { seed: 4 }, text: 'She sang.' })
    expect(workspace.passage('p').otherVersions).toMatchObject([
      { version: 1, sentences: [{ mark: 'accurate' }, {}, {}, {}] }
    ])
    await workspace.mark('p', 0, 'minor_inaccurate')
    await workspace.chooseVersion('p', 1)
    expect(workspace.passage('p')).toMatchObject({ version: 1, sentences: [{ mark: 'accurate' }, {}, {}, {}] })
    expect(workspace.passage('p').otherVersions).toMatchObject([
      { version: 2, sentences: [{ mark: 'minor_inaccurate' }] }
    ])
    await expect(workspace.chooseVersion('p', 7)).rejects.toMatchObject({ code: 'NotFound' })
    for (let n = 0; n < 3; n++) await undo()
    expect(workspace.passage('p')).toMatchObject({ version: 1, otherVersions: [] })
  })
})

describe('a training that ends while the person goes on', () => {
  it('gives its outcome to the sentence that stands where its text does now', async () => {
    const { workspace, bench } = await desk()
    await workspace.correct('p', 2, 'She died in 1890.', true)
    const passage = workspace.passage('p')
    const trained = await bench.trainPassages([toInput(passage)], {})
    await workspace.split('p', 0, 'She was born in Orrin'.length)
    await workspace.record({
      type: 'trained',
      result: {
        ...{ jobId: 'j', at: 1, seconds: 1, blocks: trained.block, undoneBlocks: [], edits: 1, exact: 1 },
        ...{ perplexity: { before: 2, after: 1 }, passages: [] }
      },
      outcomes: outcomesBySentence([passage], trained.outcomes),
      approved: [{ passageId: 'p', texts: [null, null, 'She died in 1890.', null] }]
    })
    const targets = workspace.passage('p').sentences.map((s) => s.outcome?.target ?? null)
    expect(targets).toEqual([null, null, null, 'She died in 1890.', null])
    // Another cut is another promise: the model has not been asked to keep it.
    expect(workspace.passage('p').waiting).toBe(true)
  })
})
