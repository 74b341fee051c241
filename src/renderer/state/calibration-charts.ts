/** Where the bars and curves of a calibration stand, in px, and its words. */
import type { FirePoint, KeyReport, KindEvidence } from '../../contract/calibration.ts'

const KIND_WORDS: Record<string, string> = {
  repeated: 'the same prompt again',
  'header, at the header': 'new header, at the header',
  'header, later': 'new header, later',
  one: 'one sentence before it reworded',
  all: 'everything reworded',
  'same passage': 'unedited place of the same passage',
  'other people': 'a prompt about somebody else'
}
export const kindWords = (kind: string): string => KIND_WORDS[kind] ?? kind

/** Kinds at which no block ought to fire. */
export const isFalseFire = (kind: string): boolean => kind === 'same passage' || kind === 'other people'

export type Measure = 'distance' | 'ratio'

export interface Bar {
  x: number
  y: number
  width: number
  height: number
  /** the own block has the nearest key */
  isOwn: boolean
}

/** One kind's bars, own ones below; the highest bin fills the height. */
export function barsOf(kind: KindEvidence, measure: Measure, width: number, height: number): Bar[] {
  const { own, other } = kind[measure === 'distance' ? 'distances' : 'ratios']
  const most = Math.max(1, ...own.map((n, i) => n + other[i]))
  const step = width / own.length
  return own.flatMap((n, i) => {
    const [low, high] = [(n / most) * height, (other[i] / most) * height]
    const bar = (bottom: number, tall: number, isOwn: boolean): Bar[] =>
      tall === 0 ? [] : [{ x: i * step + 0.5, y: height - bottom - tall, width: step - 1, height: tall, isOwn }]
    return [...bar(0, low, true), ...bar(low, high, false)]
  })
}

/** A round number of parts from 0 up to the end. */
export function axisTicks(end: number, most = 5): number[] {
  const rough = end / most || 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5].find((m) => m * power >= rough * (1 - 1e-9)) ?? 10) * power
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)))
}

export type Against = 'otherPeople' | 'samePassages'
export const AGAINST_WORDS: Record<Against, string> = {
  otherPeople: 'somebody else',
  samePassages: 'same passage'
}

export interface FireChart {
  left: number
  right: number
  top: number
  bottom: number
  across: { at: number; words: string }[]
  up: { at: number; words: string }[]
  curves: { against: Against; path: string; chosen: { x: number; y: number } | null }[]
}

/** Own-block fire upwards, false fire to the right, both as shares; the right end is the most there is. */
export function fireChart(
  points: readonly FirePoint[],
  reach: number,
  box: { width: number; height: number }
): FireChart {
  const [left, right, top, bottom] = [52, box.width - 20, 12, box.height - 42]
  const shares = points.flatMap((p) => [p.otherPeople ?? 0, p.samePassages ?? 0])
  const ticks = axisTicks(Math.max(0.02, ...shares) * 1.02)
  const end = Math.max(ticks.at(-1)!, ...shares)
  const xOf = (share: number): number => left + (share / end) * (right - left)
  const yOf = (share: number): number => bottom - share * (bottom - top)
  const curves = (['otherPeople', 'samePassages'] as const).flatMap((against) => {
    const known = points.flatMap((p) => {
      const share = p[against]
      return share === null || p.own === null ? [] : [{ reach: p.reach, x: xOf(share), y: yOf(p.own) }]
    })
    if (known.length === 0) return []
    const path = known.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')
    return [{ against, path, chosen: known.find((p) => p.reach === reach) ?? null }]
  })
  return {
    left,
    right,
    top,
    bottom,
    across: ticks.map((share) => ({ at: xOf(share), words: percent(share) })),
    up: [0, 0.25, 0.5, 0.75, 1].map((share) => ({ at: yOf(share), words: percent(share) })),
    curves
  }
}

/** Rows of the curve's table: evenly chosen ones and the reach of the pair. */
export function fireRows(points: readonly FirePoint[], reach: number, most = 10): FirePoint[] {
  const each = Math.max(1, Math.ceil(points.length / most))
  return points.filter((p, i) => i % each === 0 || i === points.length - 1 || p.reach === reach)
}

/** What fires at each kind of prompt. */
export interface FiredRow {
  kind: string
  n: number
  /** shares; null: not kept, or there is no such block */
  own: number | null
  other: number | null
}

export function firedRows({ rates, evidence }: KeyReport): FiredRow[] {
  if (evidence)
    return evidence.kinds.map(({ kind, n, fired, firedOwn }) => ({
      kind,
      n,
      own: isFalseFire(kind) ? null : firedOwn / n,
      other: (fired - firedOwn) / n
    }))
  if (!rates) return []
  return [
    ...Object.entries(rates.own).map(([kind, { n, share }]) => ({ kind, n, own: share, other: null })),
    { kind: 'same passage', n: rates.samePassages.n, own: null, other: rates.samePassages.share },
    { kind: 'other people', n: rates.otherPeople.n, own: null, other: rates.otherPeople.share }
  ].filter(({ n }) => n > 0)
}

/** Few digits, and none that are nothing. */
export const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`
/** A distance or a ratio; what is within the noise is told as a power of ten. */
export const small = (value: number): string =>
  value === 0 ? '0' : Math.abs(value) < 0.005 ? value.toExponential(0) : value.toFixed(2)
