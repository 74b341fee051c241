// What tools really write into JSON, and what somebody may put into it: NaN, odd numbers, depth; errors quote nothing.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/main/formats/json-text.ts'
import { readEdits, readFormattedEdits } from '../../src/main/formats/edits.ts'
import { errorOf, given } from './given-file.ts'

const parse = (json: string, line = 1): unknown => parseJson('f.json', { line, json }, 'Mend it.').value

describe('NaN', () => {
  it('outside of strings is null, and is counted', () => {
    expect(parseJson('f', { line: 1, json: '{"a": NaN, "b": ["NaN", NaN], "c\\"NaN": 1}' }, '')).toEqual({
      value: { a: null, b: ['NaN', null], 'c"NaN': 1 },
      absent: 2
    })
  })

  it('is an absent field in lines, arrays and parallel lists', () => {
    for (const text of ['{"prompt":"P","target_new":"T","target_old":NaN}', '[{"prompt":"P","target_new":"T","target_old":NaN}]', '{"prompts":["P"],"target_new":["T"],"ground_truth":[NaN]}']) {
      const [one] = readFormattedEdits(given(text))
      expect([one.row.targetOld, one.absent, one.row.target]).toEqual([undefined, 1, 'T'])
    }
  }) // prettier-ignore

  it('where a text is required names the line and the field, and the other rows can be had', () => {
    const text = '{"prompt":"P","target_new":"T"}\n{"prompt":"P","target_new":NaN}'
    expect(errorOf(() => readEdits(given(text))).details).toMatchObject({ line: 2, field: 'target_new' })
    const bad: unknown[] = []
    expect(readEdits(given(text), { onBad: (error) => bad.push(error) })).toHaveLength(1)
    expect(bad).toHaveLength(1)
  })
})

describe('a number', () => {
  it('that is too large is refused by name', () => {
    expect(errorOf(() => parse('{"a": 1e999}')).message).toContain('too large (1e999)')
    expect(errorOf(() => parse(`{"a": ${'9'.repeat(400)}}`)).message).toContain('too large (400 characters)')
    expect(errorOf(() => parse('[Infinity]')).message).toContain('Infinity at character 2')
  })

  it('keeps all its digits', () => {
    expect(parse('[12345678901234567891, 9007199254740992, 1e22, 0.1, -0]')).toEqual(['12345678901234567891', 9007199254740992, 1e22, 0.1, -0]) // prettier-ignore
    expect(readEdits(given('{"id":12345678901234567891,"prompt":"P","target_new":"T"}'))[0].id).toBe('12345678901234567891') // prettier-ignore
  })
})

describe('nesting', () => {
  it.each([100_000, 101])('of %i levels is refused', (levels) => {
    const error = errorOf(() => readEdits(given(`{"prompt":"P","target_new":"T","note":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`))) // prettier-ignore
    expect([error.code, error.details.line, error.message.includes(`${levels} levels`)]).toEqual(['BadFile', 1, true])
  })

  it('of brackets in strings is none', () => {
    expect(parse(JSON.stringify({ a: '['.repeat(1000) }))).toEqual({ a: '['.repeat(1000) })
  })
})

describe('what is no JSON', () => {
  it.each([
    ['', 'it ends too early, at character 1'],
    ['{"a": 1', 'it ends too early, at character 8'],
    ['{"a": "SECRET', 'it ends too early'],
    ['root:x:0', 'something unexpected at character 1'],
    ['{"a": 1,}', 'something unexpected at character 9'],
    ['{"a" 1}', 'something unexpected at character 6'],
    ['{"a": 01}', 'something unexpected at character 8'],
    ['["a\nb"]', 'something unexpected at character 4'],
    ['["\\x"]', 'something unexpected at character 3'],
    ["{'a': 1}", 'something unexpected at character 2'],
    ['{"a": True}', 'something unexpected at character 7'],
    ['[1] [2]', 'something unexpected at character 5'],
    ['{\n "a": 1\n "b": 2}', 'something unexpected at line 5, character 2']
  ])('%s is told by its place', (json, told) => {
    const error = errorOf(() => parse(json, 3))
    expect(error.message).toContain(told)
    expect(error.details.line).toBe(3)
    expect(error.message).not.toMatch(/SECRET|root/)
  })

  it('is whatever JSON.parse refuses, and the place is inside the text', () => {
    const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '"a"', '1', '-', '.5', 'e9', 'true', 'nul', ' ', '\n', '\\', '\\u12') // prettier-ignore
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 9 }).map((all) => all.join('')),
        (json) => {
          let due: unknown
          try {
            due = JSON.parse(json)
          } catch {
            const { message } = errorOf(() => parse(json))
            const at = Number(/character (\d+)/.exec(message)![1])
            expect(at).toBeLessThanOrEqual(json.length + 1)
            // Up to that place the text is JSON or can still become it, so cutting there finds no earlier fault.
            if (message.includes('unexpected') && !json.includes('\n'))
              try {
                parse(json.slice(0, at - 1))
              } catch (error) {
                expect((error as Error).message).toContain('ends too early')
              }
            return
          }
          expect(parse(json)).toEqual(due)
        }
      ),
      { numRuns: 2000 }
    )
  })
})
