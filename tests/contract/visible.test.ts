import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { visible, visibleInLine } from '../../src/contract/visible.ts'

describe('text of others', () => {
  it('shows what a terminal would obey', () => {
    expect(visible('\u001b[2Jgone\r\u0007')).toBe('\\u001b[2Jgone\\u000d\\u0007')
    expect(visible('\u009b31mred\u007f')).toBe('\\u009b31mred\\u007f')
    expect(visible('abc\u202edcba\u2066x')).toBe('abc\\u202edcba\\u2066x')
    expect(visible('two\nlines\tand a tab')).toBe('two\nlines\tand a tab')
    expect(visibleInLine('an id\n  e2  [block]')).toBe('an id\\u000a  e2  [block]')
  })

  it('is otherwise as it is, in any script', () => {
    for (const text of ['Ein Satz — “so”.', '日本語', 'עברית', 'e\u0301', '👩‍👩‍👧', 'zero\u200dwidth'])
      expect(visible(text)).toBe(text)
  })

  it('holds nothing that is obeyed, whatever it is, and JSON means the same', () => {
    const anything = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(anything, (text) => {
        // eslint-disable-next-line no-control-regex
        expect(visibleInLine(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
        expect(JSON.parse(visibleInLine(JSON.stringify({ text })))).toEqual({ text })
      })
    )
  })
})
