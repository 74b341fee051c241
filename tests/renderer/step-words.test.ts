import { describe, expect, it } from 'vitest'
import type { EditInForce, MovedStep } from '../../src/contract/types.ts'
import {
  byPassage,
  deletedWords,
  movedWords,
  removedWords,
  trainingUndoneWords,
  withdrawnMessage
} from '../../src/renderer/state/step-words.ts'

const edit = (target: string, passageId: string | null = 'p'): EditInForce => ({
  ...{ block: 'b', editId: `${passageId}/0`, prompt: 'About p.', isLive: true },
  target,
  passageId
})
const step = (more: Partial<MovedStep>): MovedStep => ({
  ...{ id: 1, kind: 'review', sentences: 0, blocks: [], passageId: null, sentence: null, liveAgain: [] },
  label: 'Marked sentence 2 accurate',
  ...more
})
const told = ({ what, more }: { what: string; more: string[] }): string => [what, ...more].join(' ')

describe('an undo', () => {
  it('says what it took back, and offers Redo', () => {
    const message = movedWords('undo', step({ passageId: 'p' }), 'Mara Ellin')
    expect(told(message)).toBe('Undone: Marked sentence 2 accurate (Mara Ellin).')
    expect(message.offers).toBe('redo')
    expect(movedWords('redo', step({}), null)).toMatchObject({
      what: 'Redone: Marked sentence 2 accurate.',
      offers: 'undo'
    })
  })

  it('of a training says how many sentences are out of the model, and what applies again', () => {
    const training = step({ kind: 'training', label: 'Trained 68 sentences', sentences: 68, blocks: ['b'] })
    expect(told(movedWords('undo', training, null))).toBe(
      'Undone: Trained 68 sentences. 68 sentences are no longer in the model.'
    )
    const again = [edit('She sang.'), edit('She slept.'), edit('She ran.')]
    expect(told(movedWords('undo', { ...training, sentences: 1, liveAgain: again }, null))).toContain(
      '1 sentence is no longer in the model. Earlier edits apply again: “She sang.” and “She slept.” and 1 more.'
    )
    // One that was taken out of turn comes back with undo.
    expect(movedWords('undo', step({ kind: 'training', blocks: [] }), null).more).toEqual([])
    expect(trainingUndoneWords(1, [])).toEqual({
      what: 'Took the training of 1 sentence out.',
      more: [],
      offers: 'undo'
    })
  })
})

describe('a removal', () => {
  it('says whether something was withdrawn from the model', () => {
    expect(told(removedWords(2, { edits: [], liveAgain: [] }))).toBe('Removed the correction of sentence 3.')
    // Trained in two rounds: said once.
    const both = { edits: [edit('She sang.'), edit('She sang.')], liveAgain: [edit('She ran.')] }
    expect(told(removedWords(2, both))).toBe(
      'Removed the correction of sentence 3. The model no longer writes “She sang.”; the rest of the training stays. An earlier edit applies again: “She ran.”.'
    )
    expect(withdrawnMessage(both).what).toContain('no longer writes “She sang.”')
  })
})

describe('a deletion', () => {
  it('says what became of the trained edits', () => {
    const concerned = { edits: [edit('She sang.'), edit('She ran.')], liveAgain: [] }
    expect(told(deletedWords(['Mara'], concerned, true))).toBe(
      'Deleted “Mara”. 2 trained edits were withdrawn from the model.'
    )
    expect(told(deletedWords(['Mara', 'Teod'], { ...concerned, edits: [edit('She sang.')] }, false))).toBe(
      'Deleted 2 passages. 1 trained edit is still in the model.'
    )
    expect(told(deletedWords(['Mara'], { edits: [], liveAgain: [] }, false))).toBe('Deleted “Mara”.')
  })
})

it('edits stand under the passage that they were trained for, each text once', () => {
  const edits = [edit('One.'), edit('Two.', null), edit('One.'), edit('Three.', 'gone')]
  expect(byPassage(edits, (id) => (id === 'p' ? 'Mara' : null))).toEqual([
    { name: 'Mara', targets: ['One.'] },
    { name: null, targets: ['Two.', 'Three.'] }
  ])
})
