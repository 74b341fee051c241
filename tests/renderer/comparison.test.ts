import { expect, it } from 'vitest'
import type { Passage } from '../../src/contract/types.ts'
import { causeWords } from '../../src/renderer/state/cause-words.ts'
import { compare, compareAll, countStandings } from '../../src/renderer/state/comparison.ts'
import { verdictOf } from '../../src/renderer/state/verdict.ts'
import { passage, sentence, trained } from './review-records.ts'

const rewriting = (...sentences: string[]) => ({ text: sentences.join(' '), sentences, asApproved: null, at: 1 })
const promise = (promised: number, standings: Passage['promise']['standings'], checked = true) => ({
  promised,
  checked,
  standings,
  broken: null
})

it('a passage that was not written since cannot be compared', () => {
  expect(compare(passage('a', [sentence('One.')]))).toBeNull()
})

const FIVE = [
  sentence('One.', { correction: 'Uno.', accepted: true, outcome: trained(16, 1) }),
  sentence('Two.', { mark: 'accurate' }),
  sentence('Three.'),
  sentence('Four.', { correction: 'Quattro.', accepted: true, outcome: { ...trained(4, 1), undone: true } }),
  sentence('Five.', { mark: 'accurate', outcome: trained(1, 1) })
]

it('what is promised, what waits and what nobody asked for are counted apart', () => {
  const compared = compare(
    passage('a', FIVE, {
      rewriting: rewriting('Uno.', 'Deux.', 'Trois.', 'Four.'),
      promise: promise(3, ['held', 'broken', 'changed', 'approved', 'broken'])
    })
  )!
  expect(compared.sentences[4].written).toBeNull()
  expect(compared).toMatchObject({ promised: 3, held: 1, broken: 2, untrained: 1, changed: 1, other: 0 })
  // sqrt(16 · 1) and sqrt(1 · 1): what was undone does not count
  expect(compared.perplexity!.before).toBeCloseTo(4, 12)
  expect(compared.perplexity!.after).toBeCloseTo(1, 12)
  expect(verdictOf(compared).map(({ mark, words, tone }) => `${mark} ${words} (${tone})`)).toEqual([
    '✗ 2 of 3 promised sentences broken (broken)',
    '○ 1 approved and not trained yet (open)',
    '≠ 1 other sentence changed (unasked)'
  ])
})

it('where the edits have changed since, nothing is said to hold, and nothing is counted as if it did', () => {
  const unchecked = compare(
    passage('a', [sentence('One.', { mark: 'accurate' })], {
      rewriting: rewriting('One.'),
      promise: promise(1, ['held'], false)
    })
  )!
  expect(verdictOf(unchecked)).toEqual([{ mark: '?', words: 'Not checked since the edits changed', tone: 'open' }])
  expect(countStandings([unchecked])).toMatchObject({ promised: 0, held: 0 })
})

it('what is broken comes first, then what nobody knows, and equals keep their order', () => {
  const one = (id: string, standing: 'held' | 'broken' | 'changed', checked = true) =>
    passage(id, [sentence('One.')], { rewriting: rewriting('One.'), promise: promise(1, [standing], checked) })
  const all = [one('a', 'held'), one('b', 'changed'), one('c', 'held', false), one('d', 'broken'), one('e', 'held')]
  expect(compareAll(all).map((c) => c.passage.id)).toEqual(['d', 'c', 'b', 'a', 'e'])
})

it('the reason of a broken promise names the edit and where it came from', () => {
  const cause = { kind: 'edit' as const, editId: 'e7', target: 'Two.', file: 'more.jsonl' }
  expect(causeWords(cause)).toBe('Edit e7 from more.jsonl applies there instead.')
  expect(causeWords({ ...cause, editId: 'q/1~2', file: null }, (id) => (id === 'q' ? 'Bob' : null))).toBe(
    'The edit of sentence 2 of Bob applies there instead.'
  )
  expect(causeWords({ ...cause, kind: 'gone', editId: null })).toMatch(/no longer in the session/)
})
