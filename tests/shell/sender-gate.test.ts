import { describe, expect, it } from 'vitest'
import { isOurPage, maySend } from '../../src/main/shell/sender-gate.ts'

const ours = { senderFrame: { url: 'app://erratum/#write', parent: null }, sender: { id: 7 } }

describe('the gate of the shell', () => {
  it('lets the main frame of our own window through', () => {
    expect(maySend(ours, 7)).toBe(true)
  })

  it('refuses other windows, inner frames, frames that are gone, and other pages', () => {
    expect(maySend(ours, 8)).toBe(false)
    expect(maySend({ ...ours, senderFrame: null }, 7)).toBe(false)
    expect(maySend({ ...ours, senderFrame: { ...ours.senderFrame, parent: {} } }, 7)).toBe(false)
    for (const url of [
      'https://erratum/',
      'app://other/',
      'app://erratum.evil/',
      'file:///etc/passwd',
      'about:blank',
      ''
    ])
      expect(maySend({ ...ours, senderFrame: { url, parent: null } }, 7), url).toBe(false)
    expect(isOurPage('app://erratum/index.html')).toBe(true)
  })
})
