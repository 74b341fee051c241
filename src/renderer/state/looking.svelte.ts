import type { Passage } from '../../contract/types.ts'
import { SAMPLES } from '../../contract/types.ts'
import type { Desk } from './desk.svelte.ts'
import { scoreOf, SCORES, toLookAt } from './scores.ts'
import type { Score, ScoreName } from './scores.ts'

/** Where to look first, by the score that the person has chosen. */
export class Looking {
  /** beside each sentence, its score */
  shown = $state(false)
  by = $state<ScoreName>('surprise')
  /** passages to sample for each */
  samples = $state(SAMPLES)
  readonly score: Score = $derived(SCORES[this.by])
  readonly #desk: Desk

  constructor(desk: Desk) {
    this.#desk = desk
  }

  samplesOf({ id }: Passage): number {
    return this.#desk.suggestions.get(id)?.samples ?? 0
  }

  /** Score of a sentence (from 0), by the one that is chosen or another; null: not known. */
  scoreOf(passage: Passage, sentence: number, by = this.by): number | null {
    const suggestion = this.#desk.suggestions.get(passage.id)?.sentences[sentence] ?? null
    return scoreOf(by, passage.sentences[sentence], suggestion)
  }

  /** Sentences (from 0) that nobody has judged yet, those to look at first before the others. */
  order(passage: Passage): number[] {
    return toLookAt(this.by, passage, this.#desk.suggestions.get(passage.id) ?? null)
  }

  /** Score of the first of them; below all others where there is none. */
  highest(passage: Passage): number {
    const [first] = this.order(passage)
    return first === undefined ? -1 : (this.scoreOf(passage, first) ?? -1)
  }

  /** The next sentence after this one in that order; null where it was the last. From nowhere: the first. */
  after(passage: Passage, sentence: number | null): number | null {
    const own = sentence === null ? null : this.scoreOf(passage, sentence)
    const next = this.order(passage).find((i) => {
      if (own === null || sentence === null) return i !== sentence
      const score = this.scoreOf(passage, i)!
      return score < own || (score === own && i > sentence)
    })
    return next ?? null
  }

  /** Has passages sampled to compare these with. */
  async sample(passages: readonly Passage[]): Promise<void> {
    const passageIds = passages.filter((p) => p.sentences.length > 0).map((p) => p.id)
    if (passageIds.length === 0) return
    const job = await this.#desk.ask('suggestions.start', { passageIds, samples: this.samples })
    if (job) this.#desk.takeJob(job)
  }
}
