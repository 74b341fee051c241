/** Where everything of a line chart stands, in px: drawn by a component, and by the exports in the same places. */

export interface CurvePoint {
  x: number
  y: number
  interval: readonly [number, number] | null
}

export interface Curve {
  id: string
  /** at the line's end */
  name: string
  /** of the palette, from 0 */
  colour: number
  style: 'solid' | 'dashed' | 'dotted'
  points: readonly CurvePoint[]
}

export interface ChartMark {
  x: number
  words: string
}

export interface ChartSpec {
  curves: readonly Curve[]
  /** first and last place shown */
  range: readonly [number, number]
  /** shares end at 1 */
  unit: 'perplexity' | 'share' | 'nats' | 'count' | 'rate'
  marks?: readonly ChartMark[]
}

export interface Box {
  width: number
  height: number
}

export interface Tick {
  at: number
  words: string
}

export interface ChartLayout {
  box: Box
  /** of the plot */
  left: number
  right: number
  top: number
  bottom: number
  across: Tick[]
  up: Tick[]
  /** the axis does not begin at zero */
  cut: boolean
  curves: { curve: Curve; line: string; band: string; dots: { x: number; y: number }[]; label: number | null }[]
  marks: { x: number; words: string }[]
  xOf(place: number): number
  yOf(value: number): number
  /** the place under a position */
  placeAt(x: number): number
}

const TICKS = 4
const LABEL_GAP = 14
/** more points than this are a line without dots */
const DOTTED = 60
/** a perplexity's axis is cut where all values lie within so small a part of it */
const FLAT = 0.25

export function layoutChart(spec: ChartSpec, box: Box): ChartLayout {
  const [left, right, top, bottom] = [52, box.width - 124, 12, box.height - 26]
  const [from, to] = spec.range
  const span = Math.max(1, to - from)
  const xOf = (place: number): number => left + ((place - from) / span) * (right - left)
  const seen = spec.curves.map((curve) => ({ curve, points: curve.points.filter((p) => p.x >= from && p.x <= to) }))
  const values = seen.flatMap(({ points }) => points.flatMap((p) => (p.interval ? [p.y, ...p.interval] : [p.y])))
  const { low, high, ticks } = valueScale(values, spec.unit)
  const yOf = (value: number): number => bottom - ((value - low) / (high - low)) * (bottom - top)
  const curves = seen.map(({ curve, points }) => ({
    curve,
    line: pathOf(points.map((p) => [xOf(p.x), yOf(p.y)])),
    band: bandOf(points, xOf, yOf),
    dots: points.length <= DOTTED ? points.map((p) => ({ x: xOf(p.x), y: yOf(p.y) })) : [],
    label: points.length > 0 ? yOf(points[points.length - 1].y) : null
  }))
  const labels = apart(curves.map((c) => c.label), top, bottom) // prettier-ignore
  return {
    box,
    left,
    right,
    top,
    bottom,
    across: wholeTicks(from, to).map((place) => ({ at: xOf(place), words: String(place) })),
    up: ticks.map((value) => ({ at: yOf(value), words: tickWords(value, spec.unit, high - low) })),
    cut: low > 0,
    curves: curves.map((c, i) => ({ ...c, label: labels[i] })),
    marks: (spec.marks ?? []).filter((m) => m.x >= from && m.x <= to).map((m) => ({ x: xOf(m.x), words: m.words })),
    xOf,
    yOf,
    placeAt: (x) => Math.round(from + ((x - left) / Math.max(1, right - left)) * span)
  }
}

/** From zero, or cut where all values are far from it and near each other. */
function valueScale(
  values: readonly number[],
  unit: ChartSpec['unit']
): { low: number; high: number; ticks: number[] } {
  const [least, most] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)]
  if (unit === 'share') return { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1] }
  const isFlat = least > 0 && most - least < FLAT * most && unit === 'perplexity'
  const bottom = isFlat ? least : 0
  const step = niceStep((most - bottom || Math.abs(most) || 1) / TICKS)
  const low = Math.floor(bottom / step + 1e-9) * step
  const high = Math.max(Math.ceil(most / step - 1e-9) * step, low + step)
  const count = Math.round((high - low) / step)
  return { low, high, ticks: Array.from({ length: count + 1 }, (_, i) => low + i * step) }
}

/** 1, 2, 5 or 10 times a power of ten, at least as large. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  return ([1, 2, 5].find((m) => m * power >= rough * (1 - 1e-9)) ?? 10) * power
}

function wholeTicks(from: number, to: number): number[] {
  const step = Math.max(1, niceStep((to - from) / 6 || 1))
  const first = Math.ceil(from / step) * step
  const ticks = Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, i) => first + i * step)
  return ticks.length > 0 ? ticks : [from]
}

function tickWords(value: number, unit: ChartSpec['unit'], span: number): string {
  if (unit === 'share') return `${Math.round(100 * value)} %`
  if (value !== 0 && span < 1e-3) return value.toExponential(0)
  return value.toLocaleString('en', { maximumFractionDigits: Math.max(0, Math.ceil(1 - Math.log10(span))) })
}

const place = (v: number): string => v.toFixed(1)
const pathOf = (points: readonly (readonly [number, number])[]): string =>
  points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${place(x)} ${place(y)}`).join('')

/** The intervals as one shape: there along their lower ends, back along the upper ones. */
function bandOf(points: readonly CurvePoint[], xOf: (x: number) => number, yOf: (y: number) => number): string {
  const known = points.filter((p) => p.interval !== null)
  if (known.length === 0) return ''
  const edge = (end: 0 | 1): [number, number][] => known.map((p) => [xOf(p.x), yOf(p.interval![end])])
  // A single interval has no width of its own.
  if (known.length === 1) {
    const [[x, low]] = edge(0)
    const [[, high]] = edge(1)
    return `M${place(x - 2)} ${place(low)}H${place(x + 2)}V${place(high)}H${place(x - 2)}Z`
  }
  return `${pathOf([...edge(0), ...edge(1).reverse()])}Z`
}

/** Labels at line ends, pushed apart so that none covers another. */
function apart(ends: readonly (number | null)[], top: number, bottom: number): (number | null)[] {
  const order = ends.flatMap((end, i) => (end === null ? [] : [{ end, i }])).sort((a, b) => a.end - b.end)
  const places = [...ends]
  let last = -Infinity
  for (const { end, i } of order) {
    last = Math.max(end, top + 4, last + LABEL_GAP)
    places[i] = last
  }
  // What was pushed beyond the bottom goes up again, from below.
  let next = bottom + LABEL_GAP
  for (const { i } of order.reverse()) {
    next = Math.min(places[i]!, next - LABEL_GAP)
    places[i] = next
  }
  return places
}
