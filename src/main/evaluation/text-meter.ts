/**
 * Measures given texts before and after the edits, under one or both protocols at once.
 *
 * What the protocols share is computed once: the hidden states, and the logits of the untouched model. Where no block
 * fires, the edited model's logits are those of the untouched one, bit for bit; that is not assumed but looked at: for
 * every text where that is what is asked, else for the first texts of a run.
 */
import { routeText, textStates } from '../editor/read-text.ts'
import type { Protocol, ReadingRules, TextStates, TextToRead } from '../editor/read-text.ts'
import { addRows, emptyScore, rowsByBlock, scoreTexts } from '../editor/routed-score.ts'
import type { Score, ScoredText } from '../editor/routed-score.ts'
import type { Route } from '../editor/neuron-index/types.ts'
import type { LanguageModel, TopRequest } from '../engine/models/language-model.ts'
import { divergence } from './divergence.ts'
import { writesAfter, writesBefore } from './exact-writing.ts'

/** Rules of the protocols that are measured, one at least; their keys and sentence rules are the same. */
export type RulesByProtocol = Partial<Record<Protocol, ReadingRules>>

export interface Comparison {
  /** every logit of a scored token is bit for bit that of a graph without any LoRA node, at the same shapes */
  readonly identical: boolean
  /** Kullback-Leibler divergence of the edited from the untouched model, summed over the scored tokens, nats */
  readonly divergence: number
}

/** A text under one protocol. */
export interface Reading {
  readonly routes: readonly Route[]
  readonly after: Score
  /** whether greedy writing from the prompt gives the target, token for token; null: not asked, or protocol `paper` */
  readonly exact: boolean | null
  /** null: not asked */
  readonly comparison: Comparison | null
}

export interface MeasuredText {
  readonly before: Score
  /** of greedy writing by the untouched model; null: not asked */
  readonly exactBefore: boolean | null
  readonly readings: Readonly<Partial<Record<Protocol, Reading>>>
}

export interface Wanted {
  exact?: boolean
  comparison?: boolean
}

export class TextMeter {
  private readonly model: LanguageModel
  private readonly rules: readonly ReadingRules[]
  /** whether both graphs agree on the bits where no block fires; null: not looked at yet */
  private agrees: boolean | null = null

  constructor(model: LanguageModel, rules: RulesByProtocol) {
    this.model = model
    this.rules = Object.values(rules)
  }

  /** The texts go through the model together: a few dozen at a time are a good number. */
  async measure(samples: readonly TextToRead[], wanted: Wanted = {}): Promise<MeasuredText[]> {
    if (samples.length === 0) return []
    const { model } = this
    const deployment = this.rules.find((r) => r.protocol === 'deployment')
    const states = await textStates(
      model,
      samples,
      this.rules[0].key,
      deployment && ((ids) => deployment.isLivePrompt(ids))
    )
    const unrouted = states.map(({ ids, start, hidden }): TopRequest => ({
      hidden,
      block: null,
      rows: Array.from({ length: ids.length - start }, (_, i) => start + i - 1)
    }))
    const untouched = await model.topUntouched(unrouted)
    const before = states.map((s, i) => scoreOf(s, unrouted[i].rows, untouched[i]))
    const plain = await this.withoutBlock(states, unrouted, untouched, before, wanted)
    const exactBefore: (boolean | null)[] = []
    for (const [i, sample] of samples.entries())
      exactBefore.push(wanted.exact && deployment ? await writesBefore(model, sample, before[i]) : null)

    const readings: Partial<Record<Protocol, Reading[]>> = {}
    for (const rules of this.rules) {
      const texts = states.map((s) => routeText(s, rules.index, rules.protocol))
      const after = wanted.comparison
        ? await this.compared(texts, rules, plain)
        : await this.scored(texts, rules, plain)
      const list: Reading[] = []
      for (const [i, text] of texts.entries()) {
        const writtenBefore = exactBefore[i]
        const exact =
          writtenBefore === null || rules.protocol === 'paper'
            ? null
            : await writesAfter(model, samples[i], rules, {
                states: states[i],
                text,
                untouched: before[i],
                exactBefore: writtenBefore
              })
        list.push({ routes: text.routes, exact, ...after[i] })
      }
      readings[rules.protocol] = list
    }
    return samples.map((_, i) => ({
      before: before[i],
      exactBefore: exactBefore[i],
      readings: Object.fromEntries(this.rules.map(({ protocol }) => [protocol, readings[protocol]![i]]))
    }))
  }

  /** What the edited model's own graph says where no block fires, at the shapes of the untouched one's run. */
  private async withoutBlock(
    states: readonly TextStates[],
    requests: readonly TopRequest[],
    untouched: readonly Float32Array[],
    before: readonly Score[],
    { comparison }: Wanted
  ): Promise<Plain[]> {
    if (this.agrees && !comparison) return before.map((after) => ({ after, comparison: null }))
    const edited = await this.model.top(requests)
    const plain = edited.map((logits, i): Plain => {
      const identical = sameBits(logits, untouched[i])
      return {
        after: identical ? before[i] : scoreOf(states[i], requests[i].rows, logits),
        comparison: { identical, divergence: identical ? 0 : this.divergence(untouched[i], logits) }
      }
    })
    this.agrees = (this.agrees ?? true) && plain.every((p) => p.comparison?.identical)
    return plain
  }

  private async scored(texts: readonly ScoredText[], rules: ReadingRules, plain: readonly Plain[]): Promise<Plain[]> {
    const routed = texts.filter(fires)
    const scores = await scoreTexts(this.model, routed, rules.block)
    return texts.map((text, i) => ({
      after: fires(text) ? scores[routed.indexOf(text)] : plain[i].after,
      comparison: null
    }))
  }

  private async compared(texts: readonly ScoredText[], rules: ReadingRules, plain: readonly Plain[]): Promise<Plain[]> {
    const results: Plain[] = []
    for (const [i, text] of texts.entries())
      results.push(fires(text) ? await this.compareRouted(text, rules) : plain[i])
    return results
  }

  /** The text under its blocks beside the untouched model, block by block at the same shapes. */
  private async compareRouted(text: ScoredText, rules: ReadingRules): Promise<Plain> {
    const after = emptyScore(text)
    let identical = true
    let sum = 0
    for (const [block, rows] of rowsByBlock(text)) {
      if (rows.length === 0) continue
      const request = [{ hidden: text.hidden, block: block === null ? null : await rules.block(block), rows }]
      const [[edited], [untouched]] = [await this.model.top(request), await this.model.topUntouched(request)]
      addRows(after, text, rows, edited)
      identical &&= sameBits(edited, untouched)
      sum += this.divergence(untouched, edited)
    }
    return { after, comparison: { identical, divergence: sum } }
  }

  /** [rows, V] of both models -> nats, summed over the rows */
  private divergence(untouched: Float32Array, edited: Float32Array): number {
    const { vocabulary } = this.model.config
    let sum = 0
    for (let from = 0; from < untouched.length; from += vocabulary)
      sum += divergence(untouched.subarray(from, from + vocabulary), edited.subarray(from, from + vocabulary))
    return sum
  }
}

type Plain = Pick<Reading, 'after' | 'comparison'>

const fires = ({ routes }: ScoredText): boolean => routes.some((r) => r.block !== null)

function scoreOf(text: Pick<ScoredText, 'ids' | 'start'>, rows: readonly number[], logits: Float32Array): Score {
  const score = emptyScore(text)
  if (rows.length > 0) addRows(score, text, rows, logits)
  return score
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.compare(bytes(a), bytes(b)) === 0
}

const bytes = (x: Float32Array): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength)
