import { count } from '../../contract/words.ts'
import type { TokenCounts } from '../../contract/types.ts'
import type { Desk } from './desk.svelte.ts'

const ASK_AFTER_MS = 200

/** Whether a correction that is being typed leaves room in the model's context, for itself and for what follows. */
export class Room {
  /** why it cannot be accepted; null: it fits, or is not measured yet */
  refusal = $state<string | null>(null)
  /** what gets lost behind it */
  warning = $state<string | null>(null)
  readonly #desk: Desk
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0

  constructor(desk: Desk) {
    this.#desk = desk
  }

  measure(passageId: string, sentence: number, text: string): void {
    clearTimeout(this.#timer)
    const asked = ++this.#asked
    this.#timer = setTimeout(() => void this.#ask(asked, passageId, sentence, text), ASK_AFTER_MS)
  }

  forget(): void {
    clearTimeout(this.#timer)
    this.#asked++
    this.refusal = this.warning = null
  }

  async #ask(asked: number, passageId: string, sentence: number, text: string): Promise<void> {
    // Not told as an error: accepting it asks again.
    const counts = await this.#desk.client.call('passages.measure', { passageId, sentence, text }).catch(() => null)
    if (asked !== this.#asked || !counts) return
    this.refusal = refusalOf(counts, sentence)
    this.warning = this.refusal === null ? warningOf(counts, sentence) : null
  }
}

/** By how many tokens each sentence ends beyond the context; 0 and less: it fits. */
function beyond({ header, sentences, context }: TokenCounts): number[] {
  let length = header
  return sentences.map((tokens) => (length += tokens) - context)
}

export function refusalOf(counts: TokenCounts, sentence: number): string | null {
  const excess = beyond(counts)[sentence]
  if (excess <= 0) return null
  return `This is ${count(excess, 'token')} too long: the model reads ${counts.context} in all, header and sentences before included.`
}

export function warningOf(counts: TokenCounts, sentence: number): string | null {
  const lost = beyond(counts).flatMap((excess, i) => (i > sentence && excess > 0 ? [i + 1] : []))
  if (lost.length === 0) return null
  return `${lost.length === 1 ? `Sentence ${lost[0]} lies` : `Sentences ${lost[0]} to ${lost.at(-1)} lie`} beyond what the model reads then, and cannot be trained.`
}
