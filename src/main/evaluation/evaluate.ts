/**
 * What edits gained and what they cost: perplexity, exact reproduction, and which block fired, for edits, their
 * rewordings, sentences that were accurate all along, and unrelated texts (paper, Experiments; melo-reference, Metrics).
 *
 * Perplexities are token-weighted over target tokens; `before` is the untouched model.
 */
import { ErratumError } from '../../contract/errors.ts'
import { decisionPoints, makeSample } from '../editor/edit-sample.ts'
import type { EditSample } from '../editor/edit-sample.ts'
import { writePassage } from '../editor/passage-writer.ts'
import type { Routing } from '../editor/passage-writer.ts'
import { readTexts } from '../editor/read-text.ts'
import type { ReadingRules } from '../editor/read-text.ts'
import { perplexity, scoreTexts } from '../editor/routed-score.ts'
import type { Score, ScoredText } from '../editor/routed-score.ts'
import { GREEDY } from '../engine/generation/sampler.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { rewordingKind } from '../editor/calibrate.ts'

/** An edit to be measured; `block` is the one that it should fire (null: it was never trained). */
export interface EvaluatedEdit {
  id: string
  prompt: string
  target: string
  block: string | null
  /** sentences before the target in its passage, if it is known: rewordings at the header are another matter */
  place?: number
  rephrase?: readonly { kind?: string; prompt: string }[]
}

export interface EvaluationInput {
  edits?: readonly EvaluatedEdit[]
  accurate?: readonly { id: string; prompt: string; target: string }[]
  locality?: readonly string[]
}

export interface EditMeasures {
  n: number
  before: number | null
  after: number | null
  exact: { before: number; after: number } | null
  fired: number | null
  ownBlock: number | null
}

export interface FireMeasures {
  n: number
  fired: number | null
  ownBlock: number | null
}

export interface Evaluation {
  edits?: EditMeasures
  rephrase?: EditMeasures & { kinds: Record<string, FireMeasures>; places: Record<string, FireMeasures> }
  accurate?: { n: number; before: number | null; after: number | null; fired: number | null }
  locality?: { n: number; before: number | null; after: number | null; fired: number | null; identical: number | null }
}

export interface EvaluateOptions {
  signal?: AbortSignal
  onProgress?: (done: number, of: number, what: string) => void
  /** greedy generation is left out, which takes most of the time */
  withoutExact?: boolean
}

/** Reported even where a set has none of them. */
const REPHRASE_KINDS = ['header', 'one', 'all']
/** Texts that go through the model together. */
const CHUNK = 8
/** Of a locality text, so many tokens are the prompt. */
const LOCALITY_PROMPT = 16

export async function evaluate(
  model: LanguageModel,
  rules: ReadingRules,
  input: EvaluationInput,
  options: EvaluateOptions = {}
): Promise<Evaluation> {
  const result: Evaluation = {}
  if (input.edits) {
    result.edits = (await measureEdits(model, rules, input.edits, 'edits', options)).measures
    const reworded = input.edits.flatMap((edit) =>
      (edit.rephrase ?? []).map((r) => ({ ...edit, prompt: r.prompt, kind: r.kind ?? 'other' }))
    )
    if (input.edits.some((e) => e.rephrase !== undefined))
      result.rephrase = await measureRewordings(model, rules, reworded, options)
  }
  if (input.accurate) {
    const { measures } = await measureEdits(
      model,
      rules,
      input.accurate.map((a) => ({ ...a, block: null })),
      'accurate',
      { ...options, withoutExact: true }
    )
    result.accurate = { n: measures.n, before: measures.before, after: measures.after, fired: measures.fired }
  }
  if (input.locality) result.locality = await measureLocality(model, rules, input.locality, options)
  return result
}

interface Measured {
  fired: boolean
  ownBlock: boolean
  before: Score
  after: Score
  exact: { before: boolean; after: boolean } | null
}

async function measureEdits(
  model: LanguageModel,
  rules: ReadingRules,
  edits: readonly EvaluatedEdit[],
  what: string,
  options: EvaluateOptions
): Promise<{ measures: EditMeasures; each: Measured[] }> {
  const each: Measured[] = []
  for (let from = 0; from < edits.length; from += CHUNK) {
    throwIfAborted(options)
    const chunk = edits.slice(from, from + CHUNK)
    const samples = chunk.map((e) => fitted(model, makeSample(model.tokenizer, e, rules.rule)))
    const texts = await readTexts(model, samples, rules)
    const [before, after] = [
      await scoreTexts(model, texts, rules.block, { untouched: true }),
      await scoreTexts(model, texts, rules.block)
    ]
    for (const [i, text] of texts.entries()) {
      const withExact = rules.protocol === 'deployment' && !options.withoutExact
      each.push({
        fired: text.routes.some((r) => r.block !== null),
        ownBlock: chunk[i].block !== null && text.routes.every((r) => r.block === chunk[i].block),
        before: before[i],
        after: after[i],
        exact: withExact
          ? { before: await writes(model, samples[i], null), after: await writes(model, samples[i], rules) }
          : null
      })
    }
    options.onProgress?.(Math.min(from + CHUNK, edits.length), edits.length, what)
  }
  return { measures: summary(each), each }
}

function summary(each: readonly Measured[]): EditMeasures {
  const exact = each.flatMap((m) => (m.exact ? [m.exact] : []))
  return {
    n: each.length,
    before: perplexity(each.map((m) => m.before)),
    after: perplexity(each.map((m) => m.after)),
    exact:
      exact.length === 0
        ? null
        : { before: share(exact, (e) => e.before) ?? 0, after: share(exact, (e) => e.after) ?? 0 },
    fired: share(each, (m) => m.fired),
    ownBlock: share(each, (m) => m.ownBlock)
  }
}

async function measureRewordings(
  model: LanguageModel,
  rules: ReadingRules,
  reworded: readonly (EvaluatedEdit & { kind: string })[],
  options: EvaluateOptions
): Promise<NonNullable<Evaluation['rephrase']>> {
  const { measures, each } = await measureEdits(model, rules, reworded, 'rephrase', options)
  const grouped = (
    nameOf: (r: EvaluatedEdit & { kind: string }) => string,
    always: readonly string[] = []
  ): Record<string, FireMeasures> => {
    const names = [...new Set([...always, ...reworded.map(nameOf).sort()])]
    return Object.fromEntries(
      names.map((name) => {
        const group = each.filter((_, i) => nameOf(reworded[i]) === name)
        return [
          name,
          { n: group.length, fired: share(group, (m) => m.fired), ownBlock: share(group, (m) => m.ownBlock) }
        ]
      })
    )
  }
  return {
    ...measures,
    kinds: grouped((r) => r.kind, REPHRASE_KINDS),
    places: grouped((r) => (r.place === undefined ? r.kind : rewordingKind(r.kind, r.place)))
  }
}

/** Whether greedy writing from the prompt gives the target, token for token. */
async function writes(model: LanguageModel, sample: EditSample, routing: Routing | null): Promise<boolean> {
  const { targetIds } = sample
  const written = await writePassage(model, sample.promptIds, routing, GREEDY, {
    maxNewTokens: targetIds.length,
    accept: (id, i) => id === targetIds[i]
  })
  return written.tokens.length === targetIds.length && written.tokens.every((t, i) => t.id === targetIds[i])
}

async function measureLocality(
  model: LanguageModel,
  rules: ReadingRules,
  texts: readonly string[],
  options: EvaluateOptions
): Promise<NonNullable<Evaluation['locality']>> {
  const before: Score[] = []
  const after: Score[] = []
  let fired = 0
  let identical = 0
  let n = 0
  for (const [i, text] of texts.entries()) {
    throwIfAborted(options)
    const ids = model.tokenizer.encode(text).ids.slice(0, model.config.positions)
    // A text without anything after the prompt has nothing to measure.
    if (ids.length <= LOCALITY_PROMPT) continue
    n++
    const [promptIds, targetIds] = [ids.slice(0, LOCALITY_PROMPT), ids.slice(LOCALITY_PROMPT)]
    const decisions = decisionPoints(model.tokenizer, ids, LOCALITY_PROMPT, rules.rule)
    const [read] = await readTexts(model, [{ promptIds, targetIds, decisions }], rules)
    before.push(...(await scoreTexts(model, [read], rules.block, { untouched: true })))
    after.push(...(await scoreTexts(model, [read], rules.block)))
    if (read.routes.some((r) => r.block !== null)) fired++
    if (await sameLogits(model, read, rules)) identical++
    options.onProgress?.(i + 1, texts.length, 'locality')
  }
  return {
    n,
    before: perplexity(before),
    after: perplexity(after),
    fired: n ? fired / n : null,
    identical: n ? identical / n : null
  }
}

/** Whether every logit of the text is bit for bit that of a graph without any LoRA node, at the same shapes. */
async function sameLogits(model: LanguageModel, text: ScoredText, rules: ReadingRules): Promise<boolean> {
  const rowsOf = new Map<string | null, number[]>()
  text.decisions.forEach((from, d) => {
    const rows = rowsOf.get(text.routes[d].block) ?? []
    rowsOf.set(text.routes[d].block, rows)
    for (let length = from; length < (text.decisions[d + 1] ?? text.ids.length); length++) rows.push(length - 1)
  })
  for (const [block, rows] of rowsOf) {
    const request = [{ hidden: text.hidden, block: block === null ? null : await rules.block(block), rows }]
    const [[edited], [untouched]] = [await model.top(request), await model.topUntouched(request)]
    if (Buffer.compare(bytes(edited), bytes(untouched)) !== 0) return false
  }
  return true
}

const bytes = (x: Float32Array): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength)

function fitted(model: LanguageModel, sample: EditSample): EditSample {
  const tokens = sample.promptIds.length + sample.targetIds.length
  if (tokens > model.config.positions)
    throw new ErratumError(
      'DoesNotFit',
      `${sample.editId} has ${tokens} tokens and the model's context ${model.config.positions}.`,
      {
        tokens,
        context: model.config.positions,
        cure: 'Leave it out or shorten it.'
      }
    )
  return sample
}

function share<T>(list: readonly T[], hit: (item: T) => boolean): number | null {
  return list.length === 0 ? null : list.filter(hit).length / list.length
}

function throwIfAborted(options: EvaluateOptions): void {
  if (options.signal?.aborted) throw new ErratumError('Cancelled', 'The evaluation was cancelled.')
}
