/** Counts the sentences of a text as it grows, each as soon as what follows its end says that it counts. */
import { DEFAULT_SENTENCE_RULE, nextEnd } from './sentence-ends.ts'
import type { SentenceRule } from './sentence-ends.ts'

export class SentenceCounter {
  /** sentences that ended in what was written */
  ends = 0
  /** false: an end was written, and what comes next will say whether it counts */
  settled = true
  private readonly rule: SentenceRule
  private readonly promptLength: number
  private text: string
  private previousEnd: number

  /** @param prompt what the text goes on from; its own ends are not counted */
  constructor(prompt: string, rule: SentenceRule = DEFAULT_SENTENCE_RULE) {
    this.rule = rule
    this.text = prompt
    this.promptLength = prompt.length
    this.previousEnd = prompt.length
  }

  /** Where the last sentence that was counted ends: UTF-16 units behind the prompt; 0 before the first. */
  get lastEnd(): number {
    return this.previousEnd - this.promptLength
  }

  push(piece: string): void {
    this.text += piece
    this.count(false)
  }

  /** Nothing follows. */
  finish(): void {
    this.count(true)
  }

  private count(isOver: boolean): void {
    for (;;) {
      const { end, settled } = nextEnd(this.text, this.previousEnd, isOver, this.rule)
      this.settled = settled
      if (end === null) return
      this.ends++
      this.previousEnd = end
    }
  }
}
