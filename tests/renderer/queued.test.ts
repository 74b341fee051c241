import { expect, it } from 'vitest'
import { conflictsOf, queuedPassage } from '../../src/renderer/state/queued.ts'
import { passage, sentence } from './review-records.ts'

it('what is approved is trained or kept; of the rest it is told that nothing is promised', () => {
  const queued = queuedPassage(
    passage('a', [
      sentence('One.', { correction: 'Uno.', accepted: true, mark: 'major_inaccurate' }),
      sentence('Two.', { mark: 'accurate' }),
      sentence('Three.', { mark: 'minor_inaccurate' }),
      sentence('Four.', { correction: 'Quat' }),
      sentence('Five.')
    ])
  )
  expect(queued.sentences.map(({ index, kind }) => [index, kind])).toEqual([
    [0, 'corrected'],
    [1, 'accurate']
  ])
  expect([queued.unpromised, queued.open]).toEqual([3, 2])
})

it('two edits conflict where the whole text before them is the same and they say different things', () => {
  const header = { prompt: 'About X.' }
  const corrected = (text: string) => sentence('Two.', { correction: text, accepted: true })
  const one = passage('a', [sentence('One.'), corrected('Zwei.')], header)
  const other = passage('b', [sentence('One.', { mark: 'accurate' }), corrected('Deux.')], header)
  const same = passage('c', [sentence('One.'), corrected('Zwei.')], header)
  const afterAnother = passage('d', [sentence('Uno.'), corrected('Due.')], header)
  const elsewhere = passage('e', [sentence('One.'), corrected('Dos.')])
  const conflicts = (...passages: ReturnType<typeof passage>[]) => conflictsOf(passages.map(queuedPassage))
  expect(conflicts(one, other, elsewhere)).toEqual([
    {
      prompt: 'About X. One.',
      wanted: [
        { name: 'a', target: 'Zwei.' },
        { name: 'b', target: 'Deux.' }
      ]
    }
  ])
  expect(conflicts(one, same, afterAnother, elsewhere)).toEqual([])
})
