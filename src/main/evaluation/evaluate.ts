/**
 * What edits gained and what they cost: perplexity, exact reproduction, and which block fired, for edits, their
 * rewordings, sentences that were accurate all along, and unrelated texts (paper, Experiments; melo-reference, Metrics).
 *
 * Perplexities are token-weighted over target tokens; `before` is the untouched model.
 */
import type { Evaluation } from '../../contract/evaluation.ts'
import { ErratumError } from '../../contract/errors.ts'
import { decisionPoints, makeSample } from '../editor/edit-sample.ts'
import type { EditText } from '../editor/edit-sample.ts'
import type { Protocol, ReadingRules, TextToRead } from '../editor/read-text.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { longestText } from '../engine/tokenizer/longest-text.ts'
import { BOOTSTRAP } from './bootstrap.ts'
import type { BootstrapSettings } from './bootstrap.ts'
import { approvedMeasures } from './approved-measures.ts'
import { writeApproved } from './approved-writing.ts'
import type { ApprovedInput } from './approved-writing.ts'
import { accurateMeasures, editMeasures, localityMeasures, rewordingMeasures } from './set-measures.ts'
import type { EvaluatedEdit, Reworded, Viewed } from './set-measures.ts'
import { idsOf, shelfKey } from './shelf.ts'
import type { Shelf } from './shelf.ts'
import { measuredTextSchema, TextMeter } from './text-meter.ts'
import type { MeasuredText, RulesByProtocol, Wanted } from './text-meter.ts'

export type { EvaluatedEdit, Evaluation }

export interface EvaluationInput {
  edits?: readonly EvaluatedEdit[]
  accurate?: readonly { id: string; prompt: string; target: string; join?: string }[]
  locality?: readonly string[]
  /** written under protocol `deployment`, if that is measured */
  approved?: ApprovedInput
}

export interface EvaluateOptions {
  signal?: AbortSignal
  onProgress?: (done: number, of: number, what: string) => void
  /** greedy generation is left out, which takes most of the time */
  withoutExact?: boolean
  /** of the intervals; without resamples there are none */
  bootstrap?: BootstrapSettings
  shelves?: Shelves
}

export interface Shelves {
  /** what the untouched model says, for any run on the same model and executor */
  untouched?: Shelf
  /** what this run has measured so far: of the same session, rules and protocols */
  results?: Shelf
}

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
  const meter = new TextMeter(model, rules, options.shelves?.untouched)
  const { rule } = Object.values(rules)[0]
  const measure = <T>(what: string, items: readonly ToMeasure<T>[], wanted: Wanted) =>
    measureAll(model, meter, what, items, wanted, options)
  const sampled = <T extends EditText & { id: string }>(list: readonly T[]) =>
    list.map((item) => ({ item, sample: fitted(model, item.id, makeSample(model.tokenizer, item, rule)) }))
  const reworded = input.edits?.flatMap(
    (edit) =>
    (edit.rephrase ?? []).map((r): Reworded => ({ ...edit, join: joinToReworded(edit, r.prompt), prompt: r.prompt, kind: r.kind ?? 'other' })) // prettier-ignore
  )

  const exact = !options.withoutExact
  const bootstrap = options.bootstrap ?? BOOTSTRAP
  const edits = input.edits && (await measure('edits', sampled(input.edits), { exact }))
  const rephrase =
    reworded && input.edits?.some((e) => e.rephrase !== undefined)
      ? await measure('rephrase', sampled(reworded), { exact })
      : undefined
  const accurate = input.accurate && (await measure('accurate', sampled(input.accurate), {}))
  const locality =
    input.locality && (await measure('locality', localitySamples(model, rules, input.locality), { comparison: true }))
  const approved =
    input.approved &&
    rules.deployment &&
    (await writeApproved(model, rules.deployment, input.approved, { ...options, ...options.shelves }))
  return Object.fromEntries(
    protocols.map((protocol): [Protocol, Evaluation] => {
      const view = <T>(list: readonly Measured<T>[]): Viewed<T>[] =>
        list.map(({ item, text }) => ({ item, text, reading: text.readings[protocol]! }))
      return [
        protocol,
        {
          ...(edits && { edits: editMeasures(view(edits), bootstrap) }),
          ...(rephrase && { rephrase: rewordingMeasures(view(rephrase), bootstrap) }),
          ...(accurate && { accurate: accurateMeasures(view(accurate), bootstrap) }),
          ...(locality && { locality: localityMeasures(view(locality), bootstrap) }),
          ...(approved &&
            protocol === 'deployment' && { approved: approvedMeasures(approved.passages, approved.others, bootstrap) })
        }
      ]
    })
  )
}

interface ToMeasure<T> {
  item: T
  sample: TextToRead
}
type Measured<T> = ToMeasure<T> & { text: MeasuredText }

async function measureAll<T>(
  model: LanguageModel,
  meter: TextMeter,
  what: string,
  items: readonly ToMeasure<T>[],
  wanted: Wanted,
  { signal, onProgress, shelves }: EvaluateOptions
): Promise<Measured<T>[]> {
  const measured: Measured<T>[] = []
  while (measured.length < items.length) {
    if (signal?.aborted) throw new ErratumError('Cancelled', 'The evaluation was cancelled.')
    const chunk = items.slice(measured.length, measured.length + chunkLength(model, items, measured.length))
    const samples = chunk.map((item) => item.sample)
    const key = shelfKey(what, wanted, samples.map(idsOf)) // prettier-ignore
    const known = measuredTextSchema.array().length(chunk.length).safeParse(shelves?.results?.take(key))
    const texts = known.success ? known.data : await meter.measure(samples, wanted)
    if (!known.success) shelves?.results?.put(key, texts)
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
    const start = text.slice(0, longestText(model.tokenizer, model.config.positions))
    const ids = model.tokenizer.encode(start).ids.slice(0, model.config.positions)
    if (ids.length <= LOCALITY_PROMPT) return []
    const [promptIds, targetIds] = [ids.slice(0, LOCALITY_PROMPT), ids.slice(LOCALITY_PROMPT)]
    const decisions = decisionPoints(model.tokenizer, ids, LOCALITY_PROMPT, rule)
    return [{ item: text, sample: { promptIds, targetIds, decisions } }]
  })
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

/** Another prompt has another end: only the space that an edit was trained with is kept, and not behind white space. */
const joinToReworded = ({ join }: EvaluatedEdit, prompt: string): string | undefined =>
  join === ' ' && !/\s$/.test(prompt) ? join : undefined
