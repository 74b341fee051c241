/**
 * Measures given texts before and after the edits, under one or both protocols at once.
 *
 * What the protocols share is computed once: the hidden states, and what the untouched model says. Where no block fires,
 * the edited model's logits are those of the untouched one, bit for bit; that is not assumed but looked at: for every
 * text where that is what is asked, else for the first texts of a run.
 */
import { z } from 'zod'
import { routeText, textStates } from '../editor/read-text.ts'
import type { Protocol, ReadingRules, TextToRead } from '../editor/read-text.ts'
import { addRows, emptyScore, rowsByBlock, scoreTexts } from '../editor/routed-score.ts'
import type { ScoredText } from '../editor/routed-score.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { divergenceOfRows } from './divergence.ts'
import { writesAfter } from './exact-writing.ts'
import type { Shelf } from './shelf.ts'
import { comparisonSchema, sameBits, sumsOf, UntouchedReader, untouchedTextSchema } from './untouched.ts'
import type { UntouchedText } from './untouched.ts'

/** Rules of the protocols that are measured, one at least; their keys and sentence rules are the same. */
export type RulesByProtocol = Partial<Record<Protocol, ReadingRules>>

const readingSchema = z.object({
  /** that fired, one a decision */
  blocks: z.array(z.string().nullable()),
  after: z.object({ nats: z.number(), tokens: z.number() }),
  /** whether greedy writing from the prompt gives the target, token for token; null: not asked, or protocol `paper` */
  exact: z.boolean().nullable(),
  /** null: not asked */
  comparison: comparisonSchema.nullable()
})
/** A text under one protocol. */
export type Reading = z.output<typeof readingSchema>

export const measuredTextSchema = z.object({
  before: untouchedTextSchema.shape.before,
  /** of greedy writing by the untouched model; null: not asked */
  exactBefore: z.boolean().nullable(),
  readings: z.object({ deployment: readingSchema.optional(), paper: readingSchema.optional() })
})
export type MeasuredText = z.output<typeof measuredTextSchema>

export interface Wanted {
  exact?: boolean
  comparison?: boolean
}

export class TextMeter {
  private readonly model: LanguageModel
  private readonly rules: readonly ReadingRules[]
  private readonly untouched: UntouchedReader

  /** @param shelf keeps what the untouched model says */
  constructor(model: LanguageModel, rules: RulesByProtocol, shelf?: Shelf) {
    this.model = model
    this.rules = Object.values(rules)
    this.untouched = new UntouchedReader(model, shelf)
  }

  /** The texts go through the model together: a few dozen at a time are a good number. */
  async measure(samples: readonly TextToRead[], wanted: Wanted = {}): Promise<MeasuredText[]> {
    if (samples.length === 0) return []
    const deployment = this.rules.find((r) => r.protocol === 'deployment')
    const states = await textStates(
      this.model,
      samples,
      this.rules[0].key,
      deployment && ((ids) => deployment.isLivePrompt(ids))
    )
    const untouched = await this.untouched.read(samples, states, {
      exact: wanted.exact === true && deployment !== undefined,
      comparison: wanted.comparison === true
    })
    const readings: Partial<Record<Protocol, Reading[]>> = {}
    for (const rules of this.rules) {
      const texts = states.map((s) => routeText(s, rules.index, rules.protocol))
      const after = wanted.comparison
        ? await this.compared(texts, rules, untouched)
        : await this.scored(texts, rules, untouched)
      const list: Reading[] = []
      for (const [i, text] of texts.entries()) {
        const { lapse, exact: exactBefore } = untouched[i]
        const exact =
          exactBefore === null || rules.protocol === 'paper'
            ? null
            : await writesAfter(this.model, samples[i], rules, { states: states[i], text, lapse, exactBefore })
        list.push({ blocks: text.routes.map((r) => r.block), exact, ...after[i] })
      }
      readings[rules.protocol] = list
    }
    return samples.map((_, i) => ({
      before: untouched[i].before,
      exactBefore: untouched[i].exact,
      readings: Object.fromEntries(this.rules.map(({ protocol }) => [protocol, readings[protocol]![i]]))
    }))
  }

  private async scored(
    texts: readonly ScoredText[],
    rules: ReadingRules,
    untouched: readonly UntouchedText[]
  ): Promise<After[]> {
    const routed = texts.filter(fires)
    const scores = await scoreTexts(this.model, routed, rules.block)
    return texts.map((text, i) => ({
      after: fires(text) ? sumsOf(scores[routed.indexOf(text)]) : untouched[i].plain.after,
      comparison: null
    }))
  }

  private async compared(
    texts: readonly ScoredText[],
    rules: ReadingRules,
    untouched: readonly UntouchedText[]
  ): Promise<After[]> {
    const results: After[] = []
    for (const [i, text] of texts.entries())
      results.push(fires(text) ? await this.compareRouted(text, rules) : untouched[i].plain)
    return results
  }

  /** The text under its blocks beside the untouched model, block by block at the same shapes. */
  private async compareRouted(text: ScoredText, rules: ReadingRules): Promise<After> {
    const after = emptyScore(text)
    let identical = true
    let divergence = 0
    for (const [block, rows] of rowsByBlock(text)) {
      if (rows.length === 0) continue
      const request = [{ hidden: text.hidden, block: block === null ? null : await rules.block(block), rows }]
      const [[edited], [untouched]] = [await this.model.top(request), await this.model.topUntouched(request)]
      addRows(after, text, rows, edited)
      identical &&= sameBits(edited, untouched)
      divergence += divergenceOfRows(untouched, edited, this.model.config.vocabulary)
    }
    return { after: sumsOf(after), comparison: { identical, divergence } }
  }
}

type After = Pick<Reading, 'after' | 'comparison'>

const fires = ({ routes }: ScoredText): boolean => routes.some((r) => r.block !== null)
