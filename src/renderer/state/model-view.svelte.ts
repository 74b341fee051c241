import type { Passage, SeenToken } from '../../contract/types.ts'
import { errorRecord } from '../../contract/errors.ts'
import type { Desk } from './desk.svelte.ts'
import { approvedText } from './marks.ts'

export const SIGHTS = ['off', 'untouched', 'edited', 'difference'] as const
export type Sight = (typeof SIGHTS)[number]

export interface ViewedToken extends SeenToken {
  /** surprise, or in the difference that of the edited model less that of the untouched one */
  nats: number
}

type Tokens = readonly (readonly ViewedToken[] | null)[]

/** The text as the model sees it: read when it is asked for, and again when the text or the edits have changed. */
export class ModelView {
  sight = $state<Sight>('off')
  /** one list a sentence; null = beyond the model's context */
  tokens = $state.raw<Tokens | null>(null)
  /** why there are none */
  failure = $state<string | null>(null)
  /** token in focus, in the sentence in focus */
  token = $state<{ sentence: number; index: number } | null>(null)
  readonly #desk: Desk
  /** of what `tokens` were asked for last */
  #asked = ''
  #shown = ''

  constructor(desk: Desk) {
    this.#desk = desk
  }

  next(): void {
    this.sight = SIGHTS[(SIGHTS.indexOf(this.sight) + 1) % SIGHTS.length]
  }

  tokenOf(): ViewedToken | null {
    return this.token === null ? null : (this.tokens?.[this.token.sentence]?.[this.token.index] ?? null)
  }

  /** Reads a passage, unless what is shown is what would come out. */
  async follow(passage: Passage | null): Promise<void> {
    const wanted = passage === null || this.sight === 'off' ? '' : this.#stamp(passage)
    if (wanted === this.#asked) return
    this.#asked = wanted
    if (!wanted.startsWith(this.#shown.split('\n', 1)[0]) || wanted === '') this.tokens = null
    this.failure = null
    this.token = null
    if (passage === null || wanted === '') return
    try {
      const tokens = await this.#read(passage)
      // Something else was asked for meanwhile.
      if (this.#asked !== wanted) return
      this.tokens = tokens
      this.#shown = wanted
    } catch (error) {
      if (this.#asked !== wanted) return
      this.tokens = null
      this.failure = errorRecord(error).message
    }
  }

  async #read({ id }: Passage): Promise<Tokens> {
    const ask = (untouched: boolean): Promise<(SeenToken[] | null)[]> =>
      this.#desk.client.call('passages.view', { passageId: id, untouched })
    if (this.sight !== 'difference') {
      const seen = await ask(this.sight === 'untouched')
      return seen.map((tokens) => tokens?.map((token) => ({ ...token, nats: -token.logprob })) ?? null)
    }
    const [untouched, edited] = await Promise.all([ask(true), ask(false)])
    return edited.map(
      (tokens, s) =>
        tokens?.map((token, t) => ({
          ...token,
          nats: (untouched[s]?.[t]?.logprob ?? token.logprob) - token.logprob
        })) ?? null
    )
  }

  /** What the view depends on; the passage and the sight stand in its first line. */
  #stamp(passage: Passage): string {
    const texts = passage.sentences.map((s) => approvedText(s) ?? s.text).join('\n')
    const edits = this.#desk.results.map((r) => `${r.jobId}-${r.undoneBlocks.length}`).join()
    return `${passage.id} ${this.sight}\n${edits}\n${texts}`
  }
}
