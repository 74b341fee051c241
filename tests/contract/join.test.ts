import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinBetween, joined, joinTexts, targetForFile } from '../../src/contract/join.ts'

describe('what stands between a prompt and its target', () => {
  it.each([
    // ordinary
    ['The capital of France is', 'Paris', ' '],
    ['She was born.', 'In May.', ' '],
    ['Answer:', 'Paris', ' '],
    ['It was', '(then) new', ' '],
    ['It is', '-5 degrees', ' '],
    ['서울은', '도시다', ' '],
    // white space at the prompt's end is all there is
    ['This is about Mara. ', 'Mara', ''],
    ['two spaces  ', 'end', ''],
    ['### Response:\n', 'Tor', ''],
    ['Field notes:\n\n', 'The quay', ''],
    ['a\n ', 'b', ''],
    ['a\r\n', 'b', ''],
    ['river\t', 'the Lindelv.', ''],
    ['no break\u00a0', 'b', ''],
    ['full-width space\u3000', 'b', ''],
    // the target brings its own
    ['def f():', '\n    return 1', ''],
    ['a', '\tb', ''],
    // scripts without spaces
    ['他出生于', '北京', ''],
    ['中国的首都是', 'Beijing', ''],
    ['The capital in Chinese:', '北京', ''],
    ['首都是东京。', '它很大。', ''],
    ['東京は', 'とても大きい', ''],
    ['กรุงเทพ', 'สวย', ''],
    ['他说“', '是', ''],
    ['他说：', '“是”', ''],
    // punctuation
    ['Paris', ', France', ''],
    ['The end', '.', ''],
    ['(see above', ')', ''],
    ['yes', '…', ''],
    ['नमस्ते', '।', ''],
    ['Mara', "'s house", ''],
    ['He did', "n't", ''],
    ['He said "yes', '" and left', ''],
    ['well', '-known', ''],
    ['1820', '–1830', ''],
    // open ends
    ['Mara (', 'born 1931)', ''],
    ['He said "', 'Yes', ''],
    ['He said “', 'Yes', ''],
    ['well-', 'known', ''],
    ['and/', 'or', ''],
    ['It costs $', '5', ''],
    // and closed ones
    ['He said "yes"', 'and left', ' '],
    ['He said “yes”', 'and left', ' '],
    ['„Ja“', 'sagte er', ' '],
    ['It costs 5 €', 'a day', ' '],
    ['A dash -', 'then more', ' '],
    ['He said', '"Yes"', ' '],
    ['Er sagte', '»Ja«', ' ']
  ])('%j and %j: %j', (prompt, target, join) => {
    expect(joined(prompt, target)).toEqual({ prompt, join, target })
  })

  it('is nothing behind a special token, and a space behind what only looks like one', () => {
    expect(joined('Hello<speaker2>', 'Hi', true).join).toBe('')
    expect(joined('Hello<speaker2>', 'Hi').join).toBe(' ')
  })

  it('takes spaces in front of a target for one space, but not where they are indentation', () => {
    expect(joined('Paris', ' , France')).toEqual({ prompt: 'Paris', join: ' ', target: ', France' })
    expect(joined('他出生于', ' 北京')).toEqual({ prompt: '他出生于', join: ' ', target: '北京' })
    expect(joined('Paris is', '  big ')).toEqual({ prompt: 'Paris is', join: ' ', target: 'big' })
    expect(joined('Paris is ', ' big')).toEqual({ prompt: 'Paris is ', join: '', target: 'big' })
    expect(joined('def f():\n', '    return 1')).toEqual({ prompt: 'def f():\n', join: '', target: '    return 1' })
  })

  it('puts a passage together by the same rule', () => {
    expect(joinTexts(['About X.', 'She left.', 'He stayed.'])).toBe('About X. She left. He stayed.')
    expect(joinTexts(['About X.\n\n', 'She left.', 'He stayed.'])).toBe('About X.\n\nShe left. He stayed.')
    expect(joinTexts(['关于李白。', '他是诗人。', '他生于701年。'])).toBe('关于李白。他是诗人。他生于701年。')
  })

  const ends = fc.constantFrom(
    '',
    ' ',
    '  ',
    '\n',
    '\n\n',
    '\t',
    '\r\n',
    '\n ',
    '\u00a0',
    '(',
    '"',
    '“',
    '-',
    '。',
    '京',
    '>',
    '$'
  )
  const starts = fc.constantFrom('', ' ', '  ', '\n', ' \n', '\t', ',', '.', ')', '"', "'s", '京', '-', '\u00a0')
  const prompts = fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), ends).map((parts) => parts.join(''))
  const targets = fc.tuple(starts, fc.string({ unit: 'grapheme' })).map((parts) => parts.join('')).filter((t) => t.trim() !== '') // prettier-ignore

  it('is found again from what a file says', () => {
    fc.assert(
      fc.property(prompts, targets, fc.boolean(), (prompt, target, isSpecial) => {
        const marker = isSpecial && prompt.endsWith('>')
        const text = joined(prompt, target, marker)
        expect(joined(prompt, targetForFile(text), marker)).toEqual(text)
        // A space that sessions of old always had comes back too, wherever the prompt's own end leaves room for one.
        if (/\s$/.test(prompt)) return
        const old = { prompt: prompt.trimEnd(), join: ' ', target: target.trim() }
        expect(joined(old.prompt, targetForFile(old))).toEqual(old)
      }),
      { numRuns: 2000 }
    )
  })

  it('is nothing or one space, and never a second one', () => {
    fc.assert(
      fc.property(prompts, targets, (prompt, target) => {
        const { join } = joined(prompt, target)
        expect(['', ' ']).toContain(join)
        if (/\s$/.test(prompt)) expect(join).toBe('')
        expect(joinBetween(prompt, target)).toMatch(/^ ?$/)
      })
    )
  })
})
