import { expect, it } from 'vitest'
import { newToken, proofOf } from '../../src/main/engine-process/access.ts'
import { whoAnswers } from '../../src/renderer/state/server-proof.ts'

const token = newToken()
const answers = (text: (challenge: string | null) => string | null) => (url: string) =>
  Promise.resolve(new Response(text(new URL(url, 'http://127.0.0.1').searchParams.get('challenge'))))

it('tells the server of this page from another one and from none, without telling it the token', async () => {
  const asked: string[] = []
  const server = answers((challenge) => proofOf(token, challenge))
  const ours = whoAnswers(token, (url) => {
    asked.push(url)
    return server(url)
  })
  expect(await ours).toBe('ours')
  expect(await whoAnswers(token, server)).toBe('ours')
  expect(await whoAnswers(newToken(), server)).toBe('other')
  expect(
    await whoAnswers(
      token,
      answers(() => 'Not Found')
    )
  ).toBe('other')
  expect(
    await whoAnswers(
      token,
      answers((challenge) => challenge)
    )
  ).toBe('other')
  expect(await whoAnswers(token, () => Promise.reject(new TypeError('refused')))).toBe('away')
  expect(asked.join()).not.toContain(token)
})
