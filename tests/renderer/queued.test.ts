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

it('two passages with one header conflict where their texts differ', () => {
  const one = passage('a', [sentence('One.', { correction: 'Uno.', accepted: true })], { prompt: 'About X.' })
  const other = passage('b', [sentence('One.', { correction: 'Un.', accepted: true })], { prompt: 'About X.' })
  const same = passage('c', [sentence('Uno.', { mark: 'accurate' })], { prompt: 'About X.' })
  const elsewhere = passage('d', [sentence('One.')])
  expect(conflictsOf([one, other, elsewhere].map(queuedPassage))).toEqual([{ prompt: 'About X.', names: ['a', 'b'] }])
  expect(conflictsOf([one, same, elsewhere].map(queuedPassage))).toEqual([])
})
