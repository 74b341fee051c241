/**
 * The figures of a set of texts under one protocol, each with its 95 % bootstrap interval over the texts.
 *
 * What was not measured, or cannot be of an empty set, is null.
 */
import type {
  EditMeasures,
  FireMeasures,
  LocalityMeasures,
  RewordingMeasures,
  SetMeasures
} from '../../contract/evaluation.ts'
import { rewordingKind } from '../editor/background.ts'
import { bootstrapIntervals } from './bootstrap.ts'
import type { BootstrapSettings, Statistic } from './bootstrap.ts'
import {
  meanPerplexity,
  medianPerplexity,
  perplexityMeasures,
  referenceBatches,
  tokenWeighted
} from './perplexity-measures.ts'
import type { MeasuredText, Reading } from './text-meter.ts'

/** An edit to be measured; `block` is the one that it should fire (null: it was never trained). */
export interface EvaluatedEdit {
  id: string
  prompt: string
  target: string
  /** of an edit that was trained; absent: found from prompt and target */
  join?: string
  block: string | null
  /** sentences before the target in its passage, if it is known: rewordings at the header are another matter */
  place?: number
  rephrase?: readonly { kind?: string; prompt: string }[]
}

/** An edit asked for in other words: `prompt` is the rewording. */
export type Reworded = EvaluatedEdit & { kind: string }

/** A measured text as one protocol sees it. */
export interface Viewed<T> {
  item: T
  text: MeasuredText
  reading: Reading
}

/** Reported even where a set has none of them. */
const REPHRASE_KINDS = ['header', 'one', 'all']

const fired = ({ reading }: Viewed<unknown>): boolean => reading.blocks.some((block) => block !== null)
const missed = ({ reading }: Viewed<unknown>): boolean => reading.blocks.some((block) => block === null)
const ownBlock = ({ item, reading }: Viewed<EvaluatedEdit>): boolean =>
  item.block !== null && reading.blocks.every((block) => block === item.block)
const identical = ({ reading }: Viewed<unknown>): boolean => reading.comparison?.identical === true

export function editMeasures(texts: readonly Viewed<EvaluatedEdit>[], bootstrap: BootstrapSettings): EditMeasures {
  const isWritten = texts.length > 0 && texts.every((t) => t.reading.exact !== null)
  const exact = {
    before: (t: Viewed<unknown>): boolean => t.text.exactBefore === true,
    after: (t: Viewed<unknown>): boolean => t.reading.exact === true
  }
  const shares = {
    fired,
    ownBlock,
    missed,
    ...(isWritten && { 'exact.before': exact.before, 'exact.after': exact.after })
  }
  const { before, after, perplexity, intervals } = setMeasures(texts, shares, bootstrap)
  return {
    before,
    after,
    exact: isWritten ? { before: share(texts, exact.before) ?? 0, after: share(texts, exact.after) ?? 0 } : null,
    ...fireMeasures(texts),
    perplexity,
    intervals
  }
}

export function rewordingMeasures(texts: readonly Viewed<Reworded>[], bootstrap: BootstrapSettings): RewordingMeasures {
  const grouped = (nameOf: (r: Reworded) => string, always: readonly string[] = []): Record<string, FireMeasures> => {
    const names = [...new Set([...always, ...texts.map(({ item }) => nameOf(item)).sort()])]
    return Object.fromEntries(
      names.map((name) => [name, fireMeasures(texts.filter(({ item }) => nameOf(item) === name))])
    )
  }
  return {
    ...editMeasures(texts, bootstrap),
    kinds: grouped((r) => r.kind, REPHRASE_KINDS),
    places: grouped((r) => (r.place === undefined ? r.kind : rewordingKind(r.kind, r.place)))
  }
}

export function accurateMeasures(texts: readonly Viewed<unknown>[], bootstrap: BootstrapSettings): SetMeasures {
  return setMeasures(texts, { fired }, bootstrap)
}

export function localityMeasures(texts: readonly Viewed<unknown>[], bootstrap: BootstrapSettings): LocalityMeasures {
  const divergences = texts.map((t) => t.reading.comparison?.divergence ?? 0)
  const tokens = texts.map((t) => t.text.before.tokens)
  const klPerToken: Statistic = (items) => {
    let [nats, count] = [0, 0]
    for (const item of items) {
      nats += divergences[item]
      count += tokens[item]
    }
    return count === 0 ? null : nats / count
  }
  const measures = setMeasures(texts, { fired, identical }, bootstrap)
  const intervals = bootstrapIntervals(texts.length, { klPerToken }, bootstrap)
  return {
    ...measures,
    identical: share(texts, identical),
    klPerToken: klPerToken(Uint32Array.from(texts.keys())),
    intervals: { ...measures.intervals, ...intervals }
  }
}

function setMeasures<T>(
  texts: readonly Viewed<T>[],
  shares: Readonly<Record<string, (text: Viewed<T>) => boolean>>,
  bootstrap: BootstrapSettings
): SetMeasures {
  const scores = { before: texts.map((t) => t.text.before), after: texts.map((t) => t.reading.after) }
  const perplexity = { before: perplexityMeasures(scores.before), after: perplexityMeasures(scores.after) }
  const ofTexts: Record<string, Statistic> = {}
  const ofBatches: Record<string, Statistic> = {}
  for (const when of ['before', 'after'] as const) {
    ofTexts[when] = tokenWeighted(scores[when])
    ofTexts[`perplexity.${when}.perText.median`] = medianPerplexity(scores[when])
    ofBatches[`perplexity.${when}.ppl_reference`] = meanPerplexity(referenceBatches(scores[when]))
  }
  for (const [name, hit] of Object.entries(shares)) {
    const hits = texts.map(hit)
    ofTexts[name] = (items) => (items.length === 0 ? null : items.filter((item) => hits[item]).length / items.length)
  }
  return {
    n: texts.length,
    before: perplexity.before?.tokenWeighted ?? null,
    after: perplexity.after?.tokenWeighted ?? null,
    fired: share(texts, fired),
    perplexity,
    intervals: {
      ...bootstrapIntervals(texts.length, ofTexts, bootstrap),
      ...bootstrapIntervals(referenceBatches(scores.before).length, ofBatches, bootstrap)
    }
  }
}

function fireMeasures(texts: readonly Viewed<EvaluatedEdit>[]): FireMeasures {
  return {
    n: texts.length,
    fired: share(texts, fired),
    ownBlock: share(texts, ownBlock),
    missed: share(texts, missed)
  }
}

function share<T>(list: readonly T[], hit: (item: T) => boolean): number | null {
  return list.length === 0 ? null : list.filter(hit).length / list.length
}
