/** Line charts as SVG: thin lines, labels at their ends, intervals as whiskers, axes from zero or marked as cut. */
import { escape, shown } from './page-text.ts'

export interface Series {
  readonly name: string
  /** null: not measured there */
  readonly points: readonly { x: number; y: number | null; interval?: readonly [number, number] | null }[]
}

export interface Axis {
  readonly label: string
  /** `log` for values above zero */
  readonly scale?: 'linear' | 'log'
  /** the axis ends here whatever the values; a linear one begins at zero unless `from` says otherwise */
  readonly from?: number
  readonly to?: number
}

export interface Chart {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
}

const [WIDTH, HEIGHT] = [560, 320]
const BOX = { left: 64, right: 400, top: 16, bottom: 272 }
const TICKS = 5
const MOST_TICKS = 12
/** between two figures of the horizontal axis */
const TICK_GAP = 26

interface Scale {
  readonly at: (value: number) => number
  readonly ticks: readonly number[]
  /** the axis does not begin at zero though it is linear */
  readonly cut: boolean
}

export function drawChart({ title, x, y, series }: Chart): string {
  const points = series.flatMap((s) => s.points)
  const ys = points.flatMap((p) => (p.y === null ? [] : [p.y, ...(p.interval ?? [])]))
  const xs = points.map((p) => p.x)
  const across = scaleOf(x, xs, BOX.left, BOX.right)
  const up = scaleOf(y, ys, BOX.bottom, BOX.top)
  if (!across || !up)
    return `<svg viewBox="0 0 ${WIDTH} 40" role="img" aria-label="${escape(title)}"><text x="8" y="24">Nothing was measured.</text></svg>`
  const ends = labelPlaces(
    series.map((s) => s.points.findLast((p) => p.y !== null)?.y ?? null).map((v) => (v === null ? null : up.at(v)))
  )
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">
<path class="axis" d="M${BOX.left} ${BOX.top}V${BOX.bottom}H${BOX.right}"/>
${acrossTicks(xs, across)
  .map((t) => tick(t, across.at(t), BOX.bottom + 16, 'middle'))
  .join('')}
${up.ticks.map((t) => tick(t, BOX.left - 6, up.at(t) + 4, 'end')).join('')}
${up.cut ? `<path class="axis" d="M${BOX.left - 5} ${BOX.bottom - 6}l10 -4m-10 -1l10 -4"/>` : ''}
<text x="${(BOX.left + BOX.right) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escape(axisLabel(x, across))}</text>
<text x="${-(BOX.top + BOX.bottom) / 2}" y="14" text-anchor="middle" transform="rotate(-90)">${escape(axisLabel(y, up))}</text>
${series.map((s, i) => drawSeries(s, `var(--s${i % 6})`, across, up, ends[i])).join('\n')}
</svg>`
}

/** Where few places were measured, these; else even ones. None so near its neighbour that the figures touch. */
function acrossTicks(xs: readonly number[], scale: Scale): number[] {
  const measured = [...new Set(xs)].sort((a, b) => a - b)
  const ticks: number[] = []
  for (const value of measured.length <= MOST_TICKS ? measured : scale.ticks)
    if (ticks.length === 0 || scale.at(value) - scale.at(ticks[ticks.length - 1]) >= TICK_GAP) ticks.push(value)
  return ticks
}

function drawSeries({ name, points }: Series, colour: string, x: Scale, y: Scale, end: number | null): string {
  const known = points.flatMap((p) => (p.y === null ? [] : [{ ...p, y: p.y }]))
  const whiskers = known.flatMap(({ x: at, interval }) =>
    interval ? [`M${round(x.at(at))} ${round(y.at(interval[0]))}V${round(y.at(interval[1]))}`] : []
  )
  const line = known.map((p, i) => `${i === 0 ? 'M' : 'L'}${round(x.at(p.x))} ${round(y.at(p.y))}`).join('')
  const dots = known.map(
    (p) =>
      `<circle cx="${round(x.at(p.x))}" cy="${round(y.at(p.y))}" r="3" fill="${colour}"><title>${escape(`${name}: ${shown(p.x)}, ${shown(p.y)}`)}</title></circle>`
  )
  const label =
    end === null
      ? ''
      : `<text x="${BOX.right + 10}" y="${round(end + 4)}" style="fill:${colour}">${escape(name)}</text>`
  return `<g><path d="${line}" fill="none" stroke="${colour}" stroke-width="1.5"/><path d="${whiskers.join('')}" stroke="${colour}" opacity=".55"/>${dots.join('')}${label}</g>`
}

/** null where there is nothing to be drawn. */
function scaleOf(axis: Axis, values: readonly number[], low: number, high: number): Scale | null {
  const finite = values.filter(Number.isFinite)
  const drawn = axis.scale === 'log' ? finite.filter((v) => v > 0) : finite
  if (drawn.length === 0) return null
  const most = axis.to ?? Math.max(...drawn)
  if (axis.scale === 'log') {
    const least = axis.from ?? Math.min(...drawn)
    const [from, to] = [Math.log10(least), Math.log10(most > least ? most : least * 10)]
    const ticks = Array.from({ length: TICKS }, (_, i) => 10 ** (from + ((to - from) * i) / (TICKS - 1)))
    const at = (v: number): number => low + ((Math.log10(Math.max(v, least)) - from) / (to - from)) * (high - low)
    return { at, ticks, cut: false }
  }
  const least = axis.from ?? Math.min(0, ...drawn)
  const span = most > least ? most - least : 1
  const step = niceStep(span / (TICKS - 1))
  const [from, to] = [Math.floor(least / step) * step, axis.to ?? Math.ceil((least + span) / step) * step]
  const ticks = Array.from({ length: Math.floor((to - from) / step + 1e-9) + 1 }, (_, i) => from + i * step)
  return { at: (v) => low + ((v - from) / (to - from)) * (high - low), ticks, cut: from > 0 }
}

/** 1, 2, 5 or 10 times a power of ten, at least as large. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  return ([1, 2, 5].find((m) => m * power >= rough * (1 - 1e-9)) ?? 10) * power
}

/** Labels at line ends, pushed apart so that none covers another. */
function labelPlaces(ends: readonly (number | null)[]): (number | null)[] {
  const gap = 15
  const order = ends.flatMap((end, i) => (end === null ? [] : [{ end, i }])).sort((a, b) => a.end - b.end)
  const places = [...ends]
  let last = -Infinity
  for (const { end, i } of order) {
    last = Math.max(end, last + gap)
    places[i] = last
  }
  return places
}

function axisLabel({ label, scale }: Axis, { cut }: Scale): string {
  return `${label}${scale === 'log' ? ' (logarithmic)' : cut ? ' (axis is cut)' : ''}`
}

const tick = (value: number, x: number, y: number, anchor: string): string =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escape(shown(Number(value.toPrecision(3))))}</text>`
const round = (v: number): string => v.toFixed(1)
