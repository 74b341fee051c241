/** The page of a study whose points are trained and measured sessions. */
import type { Evaluation } from '../../../contract/evaluation.ts'
import type { Protocol } from '../../editor/read-text.ts'
import { PROTOCOLS } from '../session-indices.ts'
import type { Axis, Chart, Series } from './line-chart.ts'
import { shown } from './page-text.ts'
import type { Page } from './study-page.ts'
import type { Trial } from './trained-session.ts'

export interface TrialPoint {
  /** place on the horizontal axis */
  readonly x: number
  readonly label: string
  readonly trial: Trial
}

/** A figure of a set, and the name of its interval there. */
interface Figure {
  readonly name: string
  readonly set: Exclude<keyof Evaluation, 'approved'>
  readonly interval: string
  readonly of: (e: Evaluation) => number | null | undefined
  /** perplexities that editing ought to leave alone are drawn beside the value before */
  readonly stays?: true
}

const SHARE: Axis = { label: 'share', from: 0, to: 1 }
const PERPLEXITIES: readonly Figure[] = [
  { name: 'ES: perplexity of the edits', set: 'edits', interval: 'after', of: (e) => e.edits?.after },
  { name: 'generality: perplexity of rewordings', set: 'rephrase', interval: 'after', of: (e) => e.rephrase?.after },
  { name: 'ARR: perplexity of accurate sentences', set: 'accurate', interval: 'after', of: (e) => e.accurate?.after, stays: true },
  { name: 'locality: perplexity of other texts', set: 'locality', interval: 'after', of: (e) => e.locality?.after, stays: true }
] // prettier-ignore
const SHARES: readonly Figure[] = [
  { name: 'edits that fire their own block', set: 'edits', interval: 'ownBlock', of: (e) => e.edits?.ownBlock },
  { name: 'rewordings that fire their own block', set: 'rephrase', interval: 'ownBlock', of: (e) => e.rephrase?.ownBlock },
  { name: 'accurate sentences where a block fires', set: 'accurate', interval: 'fired', of: (e) => e.accurate?.fired },
  { name: 'other texts where a block fires', set: 'locality', interval: 'fired', of: (e) => e.locality?.fired },
  { name: 'edits that greedy writing gives back to the token', set: 'edits', interval: 'exact.after', of: (e) => e.edits?.exact?.after },
  { name: 'other texts whose logits are bit for bit the untouched model’s', set: 'locality', interval: 'identical', of: (e) => e.locality?.identical }
] // prettier-ignore

export function trialPage(
  { title, intro, x }: { title: string; intro: string; x: Axis },
  points: readonly TrialPoint[]
): Page {
  const chart = (figure: Figure, y: Axis): Chart => ({
    title: figure.name,
    x,
    y,
    series: [...(figure.stays ? [before(figure, points)] : []), ...PROTOCOLS.map((p) => after(figure, points, p))]
  })
  return {
    title,
    intro: `${intro} Whiskers and brackets: 95 % bootstrap intervals over the texts.`,
    table: {
      columns: [
        x.label,
        'protocol',
        'edits in the session',
        'measured edits',
        ...PERPLEXITIES.flatMap((f) => [`${f.name}, before`, 'after']),
        ...SHARES.map((f) => f.name),
        'parameters',
        'training, seconds a batch'
      ],
      rows: points.flatMap(({ label, trial }) =>
        PROTOCOLS.map((protocol) => {
          const e = trial.protocols[protocol] ?? {}
          return [
            label,
            protocol,
            trial.edits,
            e.edits?.n ?? null,
            ...PERPLEXITIES.flatMap((f) => [e[f.set]?.before ?? null, cell(f, e)]),
            ...SHARES.map((f) => cell(f, e)),
            trial.parameters,
            trial.seconds / trial.batches
          ]
        })
      )
    },
    charts: [
      ...PERPLEXITIES.map((f) => chart(f, { label: 'perplexity' })),
      ...SHARES.map((f) => chart(f, SHARE)),
      {
        title: 'training time',
        x,
        y: { label: 'seconds a batch' },
        series: [{ name: 'training', points: points.map((p) => ({ x: p.x, y: p.trial.seconds / p.trial.batches })) }]
      }
    ]
  }
}

function after({ set, interval, of }: Figure, points: readonly TrialPoint[], protocol: Protocol): Series {
  return {
    name: protocol,
    points: points.map(({ x, trial }) => {
      const e = trial.protocols[protocol] ?? {}
      return { x, y: of(e) ?? null, interval: e[set]?.intervals[interval] }
    })
  }
}

function before({ set }: Figure, points: readonly TrialPoint[]): Series {
  return {
    name: 'before editing',
    points: points.map(({ x, trial }) => ({ x, y: trial.protocols.deployment?.[set]?.before ?? null }))
  }
}

function cell({ set, interval, of }: Figure, e: Evaluation): string | null {
  const value = of(e)
  if (value === null || value === undefined) return null
  const ends = e[set]?.intervals[interval]
  return ends ? `${shown(value)} [${shown(ends[0])}, ${shown(ends[1])}]` : shown(value)
}
