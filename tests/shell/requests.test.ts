import { describe, expect, it } from 'vitest'
import { passOn } from '../../src/main/shell/requests.ts'

const circle: Record<string, unknown> = { id: 4, method: 'models.list' }
circle.params = circle

describe('what the window sends', () => {
  it('is passed on as plain JSON', () => {
    const sent: unknown[] = []
    const send = (frame: unknown): boolean => sent.push(frame) > 0
    expect(passOn({ id: 1, method: 'models.list', params: {}, at: new Date(0) }, send)).toBeNull()
    expect(sent).toEqual([{ id: 1, method: 'models.list', params: {}, at: '1970-01-01T00:00:00.000Z' }])
  })

  it.each([
    ['a number without end', { id: 4, params: 1n }],
    ['a circle', circle],
    ['more than a frame may hold', { id: 4, params: 'x'.repeat(33 * 1024 * 1024) }]
  ])('is refused where it is %s, and nothing is thrown', (_, frame) => {
    const send = (): boolean => {
      throw new Error('it was sent')
    }
    expect(passOn(frame, send)).toMatchObject({ id: 4, error: { code: 'BadInput' } })
  })

  it('that is nothing to answer to is dropped', () => {
    const never = (): boolean => false
    for (const frame of [undefined, null, 1n, Symbol('x'), () => 1, 'text', { id: 1n }, { id: 'x' }])
      expect(passOn(frame, never)).toBeNull()
  })

  it('is answered where no engine runs', () => {
    const answer = passOn({ id: 5, method: 'models.list', params: {} }, () => false)
    expect(answer).toMatchObject({ id: 5, error: { code: 'Unavailable' } })
  })
})
