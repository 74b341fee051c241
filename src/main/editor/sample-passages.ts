/**
 * Passages drawn from one header, side by side, as the untouched model writes them: what it says each time anew. Each
 * is what `writePassage` would draw without edits and with the same sampling, but for the rounding of another shape.
 */
import { ErratumError } from '../../contract/errors.ts'
import { draw } from '../engine/generation/sampler.ts'
import type { Sampling } from '../engine/generation/sampler.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { promptStart } from './edit-sample.ts'
import { spacedAlone } from './passage-writer.ts'
import { SentenceCounter } from './sentence-counter.ts'
import type { SentenceRule } from './sentence-ends.ts'

export interface SampleLimits {
  maxNewTokens: number
  /** a passage ends after so many sentences */
  sentences: number
  rule?: SentenceRule
  signal?: AbortSignal
  /** tokens of the longest one so far */
  onToken?: (count: number) => void
}

/** @param samplings one a passage: their seeds tell the passages apart */
export async function samplePassages(
  model: LanguageModel,
  prompt: string,
  samplings: readonly Sampling[],
  limits: SampleLimits
): Promise<string[]> {
  const { tokenizer, config } = model
  const { ids: promptIds, afterSpace } = promptStart(tokenizer, prompt)
  if (promptIds.length === 0) throw new ErratumError('BadInput', 'A passage without a header cannot be sampled.')
  if (samplings.length === 0 || promptIds.length >= config.positions) return samplings.map(() => '')
  const growing = samplings.map(
    (sampling) => new GrowingPassage(sampling, new SentenceCounter(tokenizer.decode(promptIds), limits.rule))
  )
  const decoder = model.sideBySide(samplings.length)
  try {
    let logits = await decoder.append(growing.map(() => promptIds))
    const most = Math.min(limits.maxNewTokens, config.positions - promptIds.length)
    for (let step = 0; step < most; step++) {
      if (limits.signal?.aborted) throw new ErratumError('Cancelled', 'Sampling was cancelled.')
      const ids = growing.map((passage, b) => {
        const open = step === 0 && afterSpace ? spacedAlone(model, logits[b]) : logits[b]
        return passage.next(model, open, step, limits)
      })
      if (growing.every((passage) => passage.ended)) break
      limits.onToken?.(step + 1)
      // One that has ended is fed along, and what comes of it is never looked at.
      if (step + 1 < most) logits = await decoder.append(ids.map((id) => [id]))
    }
    return growing.map((passage) => (afterSpace ? passage.text(model).replace(/^ /, '') : passage.text(model)))
  } finally {
    decoder.release()
  }
}

/** What a passage that has ended is fed with. */
const FILLER = 0

class GrowingPassage {
  ended = false
  private readonly ids: number[] = []
  private readonly sampling: Sampling
  private readonly counter: SentenceCounter
  /** UTF-16 units written so far, after each token */
  private readonly lengths: number[] = []

  constructor(sampling: Sampling, counter: SentenceCounter) {
    this.sampling = sampling
    this.counter = counter
  }

  /** Draws the next token and keeps it, unless the passage ends before it. */
  next({ tokenizer, config }: LanguageModel, logits: Float32Array, step: number, { sentences }: SampleLimits): number {
    if (this.ended) return FILLER
    const id = draw(logits, this.sampling, step)
    const isEos = config.eosIds.includes(id)
    const piece = tokenizer.decode([id])
    if (isEos) this.counter.finish()
    else this.counter.push(piece)
    this.ended = isEos || this.counter.ends >= sentences
    if (this.counter.ends >= sentences) {
      // What was written to know that the last sentence had ended is no part of the passage.
      const kept = this.lengths.findIndex((length) => length >= this.counter.lastEnd) + 1
      this.ids.splice(kept)
    }
    if (this.ended) return FILLER
    this.ids.push(id)
    this.lengths.push((this.lengths.at(-1) ?? 0) + piece.length)
    return id
  }

  text({ tokenizer }: LanguageModel): string {
    return tokenizer.decode(this.ids)
  }
}
