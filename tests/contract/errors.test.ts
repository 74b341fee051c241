import { describe, expect, it } from 'vitest'
import { ErratumError, errorRecord } from '../../src/contract/errors.ts'
import { jsonReason } from '../../src/contract/json-reason.ts'

describe('the record of an error', () => {
  it('holds no stack, whatever was thrown', () => {
    const system = Object.assign(new Error('no'), { code: 'EACCES', path: '/x' })
    for (const thrown of [
      new Error('a'),
      new TypeError('b'),
      system,
      'text',
      new ErratumError('BadInput', 'c', { stack: 'at x (/home/me/x.ts:1:1)' })
    ])
      expect(Object.keys(errorRecord(thrown))).not.toContain('stack')
  })
})

describe('why a text is no JSON', () => {
  it.each([
    'root:x:0:0:root',
    '{"a": secret}',
    '[1, secret, 3]',
    'secret\nsecond "line"',
    '{"secret',
    '"sec\nret"',
    ''
  ])('is told without the text: %j', (text) => {
    let reason = ''
    try {
      JSON.parse(text)
    } catch (error) {
      reason = jsonReason(error)
    }
    expect(reason).not.toBe('')
    expect(reason).not.toMatch(/secret|root|line"/)
  })
})
