import { describe, expect, it } from 'vitest'
import { passagePromise, UNKNOWN_CAUSE } from '../../../src/main/services/promises/promise.ts'
import type { PromisedPassage } from '../../../src/main/services/promises/promise.ts'

const passage = (over: Partial<PromisedPassage>): PromisedPassage => ({
  texts: ['One.', 'Two.', 'Three.'],
  approved: ['Uno.', 'Two.', null],
  trained: ['Uno.', 'Two.', null],
  isOwn: true,
  seen: { sentences: ['Uno.', 'Two.', 'Three.'], broken: null },
  isCurrent: true,
  ...over
})
const seen = (...sentences: string[]) => ({ seen: { sentences, broken: null } })

describe('a promise', () => {
  it('is what was approved and trained, and holds where it is written at its place, to the letter', () => {
    expect(passagePromise(passage({}))).toEqual({
      promised: 2,
      checked: true,
      standings: ['held', 'held', 'kept'],
      broken: null
    })
    expect(passagePromise(passage(seen('Uno.', 'two.', 'Three.')))).toMatchObject({
      standings: ['held', 'broken', 'kept'],
      broken: { sentence: 1, cause: UNKNOWN_CAUSE }
    })
    // Written, but not at its place.
    expect(passagePromise(passage(seen('Two.', 'Uno.'))).standings).toEqual(['broken', 'broken', 'changed'])
  })

  it('is none where it was approved after the training, was never trained, or its training was taken out', () => {
    const later = passage({ approved: ['Uno.', 'Deux.', 'Three.'], ...seen('Uno.', 'Two.', 'Three.') })
    expect(passagePromise(later)).toMatchObject({ promised: 1, standings: ['held', 'approved', 'approved'] })
    expect(passagePromise(passage({ trained: null }))).toMatchObject({
      promised: 0,
      standings: ['approved', 'approved', 'kept']
    })
  })

  it('is not told to hold where the edits have changed since, or where nobody has looked', () => {
    expect(passagePromise(passage({ isCurrent: false })).checked).toBe(false)
    expect(passagePromise(passage({ seen: null }))).toEqual({
      promised: 2,
      checked: false,
      standings: [],
      broken: null
    })
  })

  it('tells a text that the model changed from one that it never wrote', () => {
    const changed = seen('Uno.', 'Two.', 'Drei.')
    expect(passagePromise(passage(changed)).standings[2]).toBe('changed')
    expect(passagePromise(passage({ ...changed, isOwn: false })).standings[2]).toBe('other')
  })

  it('names the reason that was found, as long as it is about the same sentence', () => {
    const cause = { kind: 'edit' as const, editId: 'e', target: 'Deux.', file: 'f.jsonl' }
    const at = (sentence: number) => ({ seen: { sentences: ['Uno.', 'Deux.'], broken: { sentence, cause } } })
    expect(passagePromise(passage(at(1))).broken).toEqual({ sentence: 1, cause })
    expect(passagePromise(passage(at(0))).broken).toEqual({ sentence: 1, cause: UNKNOWN_CAUSE })
  })
})
