/**
 * What edits gained and what they cost: perplexity, exact reproduction, and which block fired, for edits, their
 * rewordings, sentences that were accurate all along, and unrelated texts (paper, Experiments; melo-reference, Metrics).
 *
 * Perplexities are token-weighted over target tokens; `before` is the untouched model.
 */
import { ErratumError } from '../../contract/errors.ts'
import { rewordingKind } from '../editor/calibrate.ts'
import { decisionPoints, makeSample } from '../editor/edit-sample.ts'
import type { Protocol, ReadingRules, TextToRead } from '../editor/read-text.ts'
import { perplexity } from '../editor/routed-score.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { TextMeter } from './text-meter.ts'
import type { MeasuredText, Reading, RulesByProtocol, Wanted } from './text-meter.ts'

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
/** Texts that go through the model together, at most, and their logits. */
const CHUNK = 32
const CHUNK_LOGITS = 4e7
/** Of a locality text, so many tokens are the prompt. */
const LOCALITY_PROMPT = 16

/** Under one protocol. */
export async function evaluate(
  model: LanguageModel,
  rules: ReadingRules,
  input: EvaluationInput,
  options: EvaluateOptions = {}
): Promise<Evaluation> {
  return (await evaluateProtocols(model, { [rules.protocol]: rules }, input, options))[rules.protocol]!
}

/** Under several protocols, which costs little more than one. */
export async function evaluateProtocols(
  model: LanguageModel,
  rules: RulesByProtocol,
  input: EvaluationInput,
  options: EvaluateOptions = {}
): Promise<Partial<Record<Protocol, Evaluation>>> {
  const protocols = Object.keys(rules) as Protocol[]
  const meter = new TextMeter(model, rules)
  const { rule } = Object.values(rules)[0]
  const measure = <T>(what: string, items: readonly ToMeasure<T>[], wanted: Wanted) =>
    measureAll(model, meter, what, items, wanted, options)
  const sampled = <T extends { id: string; prompt: string; target: string }>(list: readonly T[]) =>
    list.map((item) => ({ item, sample: fitted(model, item.id, makeSample(model.tokenizer, item, rule)) }))
  const reworded = input.edits?.flatMap((edit) =>
    (edit.rephrase ?? []).map((r): Reworded => ({ ...edit, prompt: r.prompt, kind: r.kind ?? 'other' }))
  )

  const exact = !options.withoutExact
  const edits = input.edits && (await measure('edits', sampled(input.edits), { exact }))
  const rephrase =
    reworded && input.edits?.some((e) => e.rephrase !== undefined)
      ? await measure('rephrase', sampled(reworded), { exact })
      : undefined
  const accurate = input.accurate && (await measure('accurate', sampled(input.accurate), {}))
  const locality =
    input.locality && (await measure('locality', localitySamples(model, rules, input.locality), { comparison: true }))
  return Object.fromEntries(
    protocols.map((protocol): [Protocol, Evaluation] => {
      const view = <T>(list: readonly Measured<T>[]): Viewed<T>[] =>
        list.map(({ item, text }) => ({ item, text, reading: text.readings[protocol]! }))
      return [
        protocol,
        {
          ...(edits && { edits: editMeasures(view(edits)) }),
          ...(rephrase && { rephrase: rewordingMeasures(view(rephrase)) }),
          ...(accurate && { accurate: accurateMeasures(view(accurate)) }),
          ...(locality && { locality: localityMeasures(view(locality)) })
        }
      ]
    })
  )
}

type Reworded = EvaluatedEdit & { kind: string }
interface ToMeasure<T> {
  item: T
  sample: TextToRead
}
type Measured<T> = ToMeasure<T> & { text: MeasuredText }
/** A measured text as one protocol sees it. */
interface Viewed<T> {
  item: T
  text: MeasuredText
  reading: Reading
}

async function measureAll<T>(
  model: LanguageModel,
  meter: TextMeter,
  what: string,
  items: readonly ToMeasure<T>[],
  wanted: Wanted,
  { signal, onProgress }: EvaluateOptions
): Promise<Measured<T>[]> {
  const measured: Measured<T>[] = []
  while (measured.length < items.length) {
    if (signal?.aborted) throw new ErratumError('Cancelled', 'The evaluation was cancelled.')
    const chunk = items.slice(measured.length, measured.length + chunkLength(model, items, measured.length))
    const texts = await meter.measure(
      chunk.map((item) => item.sample),
      wanted
    )
    measured.push(...chunk.map((item, i) => ({ ...item, text: texts[i] })))
    onProgress?.(measured.length, items.length, what)
  }
  return measured
}

/** Texts from `from` on whose logits fit into memory together; one at least. */
function chunkLength(model: LanguageModel, items: readonly ToMeasure<unknown>[], from: number): number {
  let logits = 0
  let length = 0
  while (length < CHUNK && from + length < items.length) {
    logits += items[from + length].sample.targetIds.length * model.config.vocabulary
    if (length > 0 && logits > CHUNK_LOGITS) break
    length++
  }
  return length
}

/** The first tokens of each text are its prompt; a text without anything after it has nothing to measure. */
function localitySamples(model: LanguageModel, rules: RulesByProtocol, texts: readonly string[]): ToMeasure<string>[] {
  const { rule } = Object.values(rules)[0]
  return texts.flatMap((text) => {
    const ids = model.tokenizer.encode(text).ids.slice(0, model.config.positions)
    if (ids.length <= LOCALITY_PROMPT) return []
    const [promptIds, targetIds] = [ids.slice(0, LOCALITY_PROMPT), ids.slice(LOCALITY_PROMPT)]
    const decisions = decisionPoints(model.tokenizer, ids, LOCALITY_PROMPT, rule)
    return [{ item: text, sample: { promptIds, targetIds, decisions } }]
  })
}

const fired = ({ reading }: Viewed<unknown>): boolean => reading.routes.some((r) => r.block !== null)
const ownBlock = ({ item, reading }: Viewed<EvaluatedEdit>): boolean =>
  item.block !== null && reading.routes.every((r) => r.block === item.block)

function perplexities(texts: readonly Viewed<unknown>[]): { before: number | null; after: number | null } {
  return {
    before: perplexity(texts.map((t) => t.text.before)),
    after: perplexity(texts.map((t) => t.reading.after))
  }
}

function editMeasures(texts: readonly Viewed<EvaluatedEdit>[]): EditMeasures {
  const written = texts.filter((t) => t.reading.exact !== null)
  return {
    n: texts.length,
    ...perplexities(texts),
    exact:
      written.length === 0
        ? null
        : {
            before: share(written, (t) => t.text.exactBefore === true) ?? 0,
            after: share(written, (t) => t.reading.exact === true) ?? 0
          },
    fired: share(texts, fired),
    ownBlock: share(texts, ownBlock)
  }
}

function rewordingMeasures(texts: readonly Viewed<Reworded>[]): NonNullable<Evaluation['rephrase']> {
  const grouped = (nameOf: (r: Reworded) => string, always: readonly string[] = []): Record<string, FireMeasures> => {
    const names = [...new Set([...always, ...texts.map(({ item }) => nameOf(item)).sort()])]
    return Object.fromEntries(
      names.map((name) => {
        const group = texts.filter(({ item }) => nameOf(item) === name)
        return [name, { n: group.length, fired: share(group, fired), ownBlock: share(group, ownBlock) }]
      })
    )
  }
  return {
    ...editMeasures(texts),
    kinds: grouped((r) => r.kind, REPHRASE_KINDS),
    places: grouped((r) => (r.place === undefined ? r.kind : rewordingKind(r.kind, r.place)))
  }
}

function accurateMeasures(texts: readonly Viewed<unknown>[]): NonNullable<Evaluation['accurate']> {
  return { n: texts.length, ...perplexities(texts), fired: share(texts, fired) }
}

function localityMeasures(texts: readonly Viewed<unknown>[]): NonNullable<Evaluation['locality']> {
  return {
    n: texts.length,
    ...perplexities(texts),
    fired: share(texts, fired),
    identical: share(texts, (t) => t.reading.comparison?.identical === true)
  }
}

function fitted(model: LanguageModel, id: string, sample: TextToRead): TextToRead {
  const tokens = sample.promptIds.length + sample.targetIds.length
  if (tokens > model.config.positions)
    throw new ErratumError(
      'DoesNotFit',
      `${id} has ${tokens} tokens and the model's context ${model.config.positions}.`,
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
