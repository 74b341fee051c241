/**
 * Passages drawn from one header, side by side, as the untouched model writes them: what it says each time anew. Each
 * is what `writePassage` would draw without edits and with the same sampling, but for the rounding of another shape.
 */
import { ErratumError } from '../../contract/errors.ts'
import { draw } from '../engine/generation/sampler.ts'
import type { Sampling } from '../engine/generation/sampler.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { DEFAULT_SENTENCE_RULE, endCounts } from './sentence-ends.ts'
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
  const promptIds = tokenizer.encode(prompt).ids
  if (promptIds.length === 0) throw new ErratumError('BadInput', 'A passage without a header cannot be sampled.')
  if (samplings.length === 0 || promptIds.length >= config.positions) return samplings.map(() => '')
  const growing = samplings.map((sampling) => new GrowingPassage(sampling, tokenizer.decode(promptIds)))
  const decoder = model.sideBySide(samplings.length)
  try {
    let logits = await decoder.append(growing.map(() => promptIds))
    const most = Math.min(limits.maxNewTokens, config.positions - promptIds.length)
    for (let step = 0; step < most; step++) {
      if (limits.signal?.aborted) throw new ErratumError('Cancelled', 'Sampling was cancelled.')
      const ids = growing.map((passage, b) => passage.next(model, logits[b], step, limits))
      if (growing.every((passage) => passage.ended)) break
      limits.onToken?.(step + 1)
      // One that has ended is fed along, and what comes of it is never looked at.
      if (step + 1 < most) logits = await decoder.append(ids.map((id) => [id]))
    }
    return growing.map((passage) => tokenizer.decode(passage.ids))
  } finally {
    decoder.release()
  }
}

class GrowingPassage {
  readonly ids: number[] = []
  ended = false
  private readonly sampling: Sampling
  /** prompt counted */
  private text: string
  private lastEnd: number
  private ends = 0

  constructor(sampling: Sampling, prompt: string) {
    this.sampling = sampling
    this.text = prompt
    this.lastEnd = prompt.length
  }

  /** Draws the next token and keeps it, unless the passage ends before it. */
  next({ tokenizer, config }: LanguageModel, logits: Float32Array, step: number, limits: SampleLimits): number {
    if (this.ended) return config.eosId
    const id = draw(logits, this.sampling, step)
    const isEos = id === config.eosId
    const piece = isEos ? null : tokenizer.decode([id])
    if (endCounts(this.text, piece, this.lastEnd, limits.rule ?? DEFAULT_SENTENCE_RULE)) {
      this.ends++
      this.lastEnd = this.text.length
    }
    this.ended = isEos || this.ends >= limits.sentences
    if (this.ended || piece === null) return config.eosId
    this.ids.push(id)
    this.text += piece
    return id
  }
}
