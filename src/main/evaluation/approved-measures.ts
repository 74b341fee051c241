/** The figures of *approved is written*, from the texts alone, with 95 % bootstrap intervals over the passages. */
import { z } from 'zod'
import type { ApprovedMeasures } from '../../contract/evaluation.ts'
import { joinTexts } from '../../contract/join.ts'
import { bootstrapIntervals } from './bootstrap.ts'
import type { BootstrapSettings, Statistic } from './bootstrap.ts'

export const writtenPassageSchema = z.object({
  /** as the passage is to stand */
  sentences: z.array(z.object({ text: z.string(), approved: z.boolean() })),
  /** greedily, from its header alone */
  written: z.string(),
  /** the same under each other header */
  underOtherHeaders: z.array(z.string())
})
export type WrittenPassage = z.output<typeof writtenPassageSchema>

/** A passage of somebody of whom nothing was edited. */
export const writtenOtherSchema = z.object({
  untouched: z.string(),
  edited: z.string(),
  /** that fired, one a decision */
  blocks: z.array(z.string().nullable())
})
export type WrittenOther = z.output<typeof writtenOtherSchema>

export function approvedMeasures(
  passages: readonly WrittenPassage[],
  others: readonly WrittenOther[],
  bootstrap: BootstrapSettings
): ApprovedMeasures {
  const whole = passages.filter((p) => p.sentences.length > 0 && p.sentences.every((s) => s.approved))
  const isWritten = whole.map(({ sentences, written }) => written === joinTexts(sentences.map((s) => s.text)))
  const approved = passages.map(({ sentences }) => sentences.filter((s) => s.approved).map((s) => s.text))
  const own = counts(approved, passages.map((p) => [p.written])) // prettier-ignore
  const under = counts(approved, passages.map((p) => p.underOtherHeaders)) // prettier-ignore
  const identical = others.map((o) => o.untouched === o.edited)
  const fired = others.map((o) => o.blocks.some((block) => block !== null))
  const statistics = {
    whole: { 'passages.written': shareOf(isWritten) },
    passages: { 'sentences.written': ratioOf(own), 'otherHeaders.written': ratioOf(under) },
    others: { 'others.identical': shareOf(identical), 'others.fired': shareOf(fired) }
  }
  return {
    passages: { n: whole.length, written: shareOf(isWritten)(all(whole)) },
    sentences: { n: sum(own.map((c) => c.of)), written: ratioOf(own)(all(passages)) },
    otherHeaders: { n: sum(under.map((c) => c.of)), written: ratioOf(under)(all(passages)) },
    others: { n: others.length, identical: shareOf(identical)(all(others)), fired: shareOf(fired)(all(others)) },
    intervals: {
      ...bootstrapIntervals(whole.length, statistics.whole, bootstrap),
      ...bootstrapIntervals(passages.length, statistics.passages, bootstrap),
      ...bootstrapIntervals(others.length, statistics.others, bootstrap)
    }
  }
}

interface Count {
  hits: number
  of: number
}

/** For each passage: approved sentences times texts, and how many of the sentences stand in the texts. */
function counts(approved: readonly (readonly string[])[], texts: readonly (readonly string[])[]): Count[] {
  return approved.map((sentences, i) => ({
    of: sentences.length * texts[i].length,
    hits: sum(texts[i].map((text) => sentences.filter((sentence) => text.includes(sentence)).length))
  }))
}

const shareOf =
  (hits: readonly boolean[]): Statistic =>
  (items) =>
    items.length === 0 ? null : items.filter((item) => hits[item]).length / items.length

function ratioOf(list: readonly Count[]): Statistic {
  return (items) => {
    let [hits, of] = [0, 0]
    for (const item of items) {
      hits += list[item].hits
      of += list[item].of
    }
    return of === 0 ? null : hits / of
  }
}

const all = (list: readonly unknown[]): Uint32Array => Uint32Array.from(list.keys())
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
