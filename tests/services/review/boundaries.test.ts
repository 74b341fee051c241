import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitSentences } from '../../../src/main/editor/sentence-ends.ts'
import { cutAlike, joinWithNext, plainSentence, splitAt } from '../../../src/main/services/review/boundaries.ts'

const two = [plainSentence('He was born in Orrin and died in Tarn.'), plainSentence('He wrote.')]
const texts = (sentences: { text: string }[]): string[] => sentences.map((s) => s.text)

describe('a split', () => {
  it('cuts between two words, and a join puts the same text together again', () => {
    const cut = splitAt(two, 0, 'He was born in Orrin'.length)
    expect(texts(cut)).toEqual(['He was born in Orrin', 'and died in Tarn.', 'He wrote.'])
    expect(joinWithNext(cut, 0)).toEqual(two)
    expect(splitAt(two, 0, 'He was born in Orrin '.length)).toEqual(cut)
  })

  it('keeps that both halves are accurate, and no other mark', () => {
    const marked = (mark: 'accurate' | 'major_inaccurate') => splitAt([{ ...two[0], mark }], 0, 3).map((s) => s.mark)
    expect(marked('accurate')).toEqual(['accurate', 'accurate'])
    expect(marked('major_inaccurate')).toEqual([null, null])
  })

  it.each([0, 1, 40, 1000])('is refused at character %i, where no word begins', (at) => {
    expect(() => splitAt(two, 0, at)).toThrow('between two of its words')
  })

  it('and a join are refused where a correction would be lost', () => {
    const corrected = [{ ...two[0], correction: 'He was born in Tarn.' }, two[1]]
    expect(() => splitAt(corrected, 0, 3)).toThrow('belongs to the whole of it')
    expect(() => joinWithNext(corrected, 0)).toThrow('has a correction')
    expect(() => joinWithNext(two, 1)).toThrow('no next one')
  })
})

describe('a text written anew', () => {
  it('is cut where the person cut, and by the rule where it says something else', () => {
    const byHand = ['He was born in Orrin', 'and died in Tarn.', 'He wrote. And sang.']
    expect(cutAlike(`${byHand.join(' ')} He left.`, byHand)).toEqual([...byHand, 'He left.'])
    expect(cutAlike('She was born. She died.', byHand)).toEqual(['She was born.', 'She died.'])
    expect(cutAlike('', byHand)).toEqual([])
  })

  it('is cut by the rule alone where nothing was cut by hand; no word is lost', () => {
    const word = fc.constantFrom('He', 'left', 'St.', 'M.', 'home.', 'Why?', '"No."')
    fc.assert(
      fc.property(fc.array(word), fc.array(fc.array(word).map((w) => w.join(' '))), (words, wanted) => {
        const text = words.join(' ')
        expect(cutAlike(text, [])).toEqual(splitSentences(text).map((s) => s.text))
        expect(cutAlike(text, wanted).join(' ')).toBe(text)
      })
    )
  })
})
