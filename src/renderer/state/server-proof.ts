/** Who answers at this page's address: asked before the token is told to anybody. */
const PROOF_PATH = '/proof'

/** away: nobody answers; other: somebody answers who does not know this page's token */
export type Answering = 'ours' | 'other' | 'away'

export async function whoAnswers(token: string, ask: (url: string) => Promise<Response> = fetch): Promise<Answering> {
  const challenge = base64url(crypto.getRandomValues(new Uint8Array(24)))
  let answer: string
  try {
    answer = await (await ask(`${PROOF_PATH}?challenge=${challenge}`)).text()
  } catch {
    return 'away'
  }
  return answer === (await proofOf(token, challenge)) ? 'ours' : 'other'
}

/** HMAC-SHA-256 of the challenge under the token, in base64url. */
async function proofOf(token: string, challenge: string): Promise<string> {
  const bytes = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes.encode(token), algorithm, false, ['sign'])
  return base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes.encode(challenge))))
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
