import { expect, it } from 'vitest'
import { compare, compareAll } from '../../src/renderer/state/comparison.ts'
import { passage, sentence, trained } from './review-records.ts'

const rewriting = (...sentences: string[]) => ({
  text: sentences.join(' '),
  sentences,
  asApproved: null,
  at: 1,
  stale: false
})

it('a passage that was not written anew cannot be compared', () => {
  expect(compare(passage('a', [sentence('One.')]))).toBeNull()
})

it('only what was approved can differ: a correction, or a sentence marked accurate', () => {
  const compared = compare(
    passage(
      'a',
      [
        sentence('One.', { correction: 'Uno.', accepted: true, outcome: trained(16, 1) }),
        sentence('Two.', { mark: 'accurate' }),
        sentence('Three.'),
        sentence('Four.', { correction: 'Quattro.', accepted: true, outcome: { ...trained(4, 1), undone: true } }),
        sentence('Five.', { mark: 'accurate', outcome: trained(1, 1) })
      ],
      { rewriting: rewriting('Uno.', 'Deux.', 'Trois.', 'Four.') }
    )
  )!
  expect(compared.sentences.map((s) => s.differs)).toEqual([false, true, false, true, true])
  expect(compared.sentences[4].written).toBeNull()
  expect([compared.approved, compared.differing]).toEqual([4, 3])
  // sqrt(16 · 1) and sqrt(1 · 1): what was undone does not count
  expect(compared.perplexity!.before).toBeCloseTo(4, 12)
  expect(compared.perplexity!.after).toBeCloseTo(1, 12)
})

it('what differs most comes first, and equals keep their order', () => {
  const good = (id: string) => passage(id, [sentence('One.', { mark: 'accurate' })], { rewriting: rewriting('One.') })
  const bad = passage('bad', [sentence('One.', { mark: 'accurate' })], { rewriting: rewriting('Two.') })
  expect(compareAll([good('a'), bad, good('b')]).map((c) => c.passage.id)).toEqual(['bad', 'a', 'b'])
})
