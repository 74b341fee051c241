/** The steps of the heat map: surprise in nats (-ln of the probability), and how two models differ in it. */

/** Lower ends of the steps, in nats: a surprise of 0.5 is a probability of 61 %, 5 is one of 0.7 %. */
export const HEAT_FROM = [0, 0.5, 1.5, 3, 5] as const

/** 0 to 4. */
export function heatStep(nats: number, steps: readonly number[] = HEAT_FROM): number {
  return steps.findLastIndex((from) => nats >= from || from === 0)
}

/** Differences smaller than this many nats are the neutral middle; twice as many steps apart at the second. */
export const DIFFERENCE_FROM = [0.5, 2] as const

/** -2 (far less surprised) to 2 (far more), 0 for about the same; the sign is that of the difference. */
export function differenceStep(nats: number): number {
  const size = DIFFERENCE_FROM.filter((from) => Math.abs(nats) >= from).length
  return size === 0 ? 0 : Math.sign(nats) * size
}

export interface LegendStep {
  name: string
  words: string
}

export function heatLegend(steps: readonly number[]): LegendStep[] {
  return steps.map((from, step) => ({
    name: `heat-${step}`,
    words: step === steps.length - 1 ? `≥ ${from}` : `${from}–${steps[step + 1]}`
  }))
}

export const HEAT_LEGEND: readonly LegendStep[] = heatLegend(HEAT_FROM)

export const DIFFERENCE_LEGEND: readonly LegendStep[] = [
  { name: 'less-2', words: '≤ −2' },
  { name: 'less-1', words: '−2 to −0.5' },
  { name: 'heat-0', words: 'same' },
  { name: 'more-1', words: '0.5 to 2' },
  { name: 'more-2', words: '≥ 2' }
]

export function heatName(nats: number, steps: readonly number[] = HEAT_FROM): string {
  return `heat-${heatStep(nats, steps)}`
}

export function differenceName(nats: number): string {
  const step = differenceStep(nats)
  return step === 0 ? 'heat-0' : `${step < 0 ? 'less' : 'more'}-${Math.abs(step)}`
}

/** A probability as it is read: `93 %`, `0.7 %`, `< 0.1 %`. */
export function percent(probability: number): string {
  const value = probability * 100
  if (value >= 9.95) return `${value.toFixed(0)} %`
  return value >= 0.1 ? `${value.toFixed(1)} %` : '< 0.1 %'
}
