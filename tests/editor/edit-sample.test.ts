import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decisionPoints, fitsContext, makeSample, pieces, passageTokens } from '../../src/main/editor/edit-sample.ts'
import { DEFAULT_SENTENCE_RULE } from '../../src/main/editor/sentence-ends.ts'
import { smallTokenizer } from '../engine/tokenizer/small-tokenizer.ts'

const tokenizer = smallTokenizer()

const sample = (prompt: string, target: string) =>
  makeSample(tokenizer, { id: 'e', prompt, target }, DEFAULT_SENTENCE_RULE)

const word = fc.stringMatching(/^[A-Za-zäöü0-9“”,-]{1,8}$/)
const sentence = fc
  .array(word, { minLength: 1, maxLength: 6 })
  .map((words) => `${words.join(' ')}.`)
  .filter((text) => /^[\p{L}\p{N}]/u.test(text))

describe('an edit as tokens', () => {
  it('joins an ordinary prompt and target by one space, which is the target’s', () => {
    const one = sample('She was born.', 'In May.')
    expect(sample('She was born.', '  In May. ')).toEqual(one)
    expect(one.promptIds).toEqual(tokenizer.encode('She was born.').ids)
    expect(one.targetIds).toEqual(tokenizer.encode(' In May.').ids)
    expect(tokenizer.decode([...one.promptIds, ...one.targetIds])).toBe('She was born. In May.')
  })

  it('is decided at the prompt’s end and at each sentence end inside the target, not at its last one', () => {
    const { decisions, promptIds, targetIds } = sample('A header without an end', 'He met Dr. No. They left! Then?')
    const ids = [...promptIds, ...targetIds]
    const lefts = decisions.map((length) => tokenizer.decode(ids.slice(0, length)))
    expect(lefts).toEqual(['A header without an end', 'A header without an end He met Dr. No. They left!'])
  })

  it('has pieces which together are the target', () => {
    fc.assert(
      fc.property(sentence, fc.array(sentence, { minLength: 1, maxLength: 5 }), (prompt, sentences) => {
        const one = sample(prompt, sentences.join(' '))
        expect(pieces(one).flat()).toEqual(one.targetIds)
        expect(pieces(one)).toHaveLength(one.decisions.length)
      })
    )
  })

  it('has the same ids and decisions when it is written sentence by sentence', () => {
    fc.assert(
      fc.property(sentence, fc.array(sentence, { minLength: 2, maxLength: 5 }), (header, sentences) => {
        const whole = sample(header, sentences.join(' '))
        const grown = passageTokens(tokenizer, header, sentences)
        expect([...whole.promptIds, ...whole.targetIds]).toEqual([...grown.promptIds, ...grown.sentences.flat()])
        const parts = sentences.flatMap((s, j) => sample([header, ...sentences.slice(0, j)].join(' '), s).decisions)
        // A sentence may end in what the rule takes for an abbreviation: the writer then goes on under the same route.
        expect(parts).toEqual(expect.arrayContaining([...whole.decisions]))
      })
    )
  })

  it('always counts the place it starts from as a decision', () => {
    const ids = tokenizer.encode('One two three').ids
    expect(decisionPoints(tokenizer, ids, 2, DEFAULT_SENTENCE_RULE)).toEqual([2])
  })

  it('fits up to the context and not beyond', () => {
    const one = sample('One.', 'Two.')
    const tokens = one.promptIds.length + one.targetIds.length
    expect([fitsContext(one, tokens), fitsContext(one, tokens - 1)]).toEqual([true, false])
  })

  it.each([
    ['', 'A target.', 'prompt'],
    [' \n', 'A target.', 'prompt'],
    ['A prompt.', ' \t', 'target_new']
  ])('refuses %j with %j', (prompt, target, field) => {
    expect(() => sample(prompt, target)).toThrow(expect.objectContaining({ code: 'BadInput', details: { field } }))
  })
})
