// Whether the colours can be read: contrast by WCAG 2.2, and what is left of them for eyes that see fewer colours.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('../../src/renderer/styles/tokens.css', import.meta.url), 'utf8')
type Colours = Record<string, string>

function coloursIn(block: string): Colours {
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[\da-f]{6});/g)].map(([, name, hex]) => [name, hex]))
}
const [lightBlock, darkBlock] = css.split(":root[data-theme='dark']")
const THEMES = { light: coloursIn(lightBlock), dark: { ...coloursIn(lightBlock), ...coloursIn(darkBlock) } }

/** Linear red, green and blue, each from 0 to 1. */
function linear(hex: string): number[] {
  return [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
}
const luminance = ([r, g, b]: number[]): number => 0.2126 * r + 0.7152 * g + 0.0722 * b

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(linear(one)), luminance(linear(other))].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

/** Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB. */
const EYES: Record<string, number[][]> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998]
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881]
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039]
  ]
}
const seenBy = (eye: number[][], hex: string): number[] => {
  const rgb = linear(hex)
  return eye.map((row) => Math.min(1, Math.max(0, row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2])))
}

/** Distance in OKLab: 0.02 is what an eye just tells apart, side by side. */
function distance(one: number[], other: number[]): number {
  const lab = ([r, g, b]: number[]): number[] => {
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
    ]
  }
  const [a, b] = [lab(one), lab(other)]
  return Math.hypot(...a.map((value, i) => value - b[i]))
}

const HEAT = ['heat-1', 'heat-2', 'heat-3', 'heat-4']
const DIFFERENCE = ['less-2', 'less-1', 'more-1', 'more-2']
const GROUNDS = ['paper', 'surface', 'raised', 'accent-soft']

describe.each(Object.entries(THEMES))('colours of the %s theme', (_theme, colours) => {
  const pairs = [
    ...[...GROUNDS, ...HEAT, ...DIFFERENCE].map((ground) => ['ink', ground]),
    ...['muted', 'accent', 'accurate', 'minor', 'major'].flatMap((ink) => GROUNDS.map((ground) => [ink, ground])),
    ['on-accent', 'accent'],
    ['added-ink', 'added'],
    ['removed-ink', 'removed'],
    ['unasked-ink', 'unasked'],
    ...GROUNDS.map((ground) => ['unasked-ink', ground])
  ]
  it.each(pairs)('%s can be read on %s (AA, 4.5 to 1)', (ink, ground) => {
    expect(contrast(colours[ink], colours[ground])).toBeGreaterThanOrEqual(4.5)
  })

  it('steps of the heat map go one way in lightness, so that no hue has to be seen', () => {
    const steps = [colours['paper'], ...HEAT.map((name) => colours[name])].map((hex) => luminance(linear(hex)))
    const sign = Math.sign(steps[4] - steps[0])
    for (let i = 1; i < steps.length; i++) expect(Math.sign(steps[i] - steps[i - 1])).toBe(sign)
  })

  const curves = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `curve-${i}`)
  it.each(curves)('the name of a line in %s can be read (AA)', (curve) => {
    expect(contrast(colours[curve], colours['paper'])).toBeGreaterThanOrEqual(4.5)
  })

  const ALL = { 'all cones': [[1, 0, 0], [0, 1, 0], [0, 0, 1]], ...EYES } // prettier-ignore
  it.each(Object.entries(ALL))(
    'lines are told apart with %s, those of a session’s two protocols best',
    (_name, eye) => {
      const seen = curves.map((name) => seenBy(eye, colours[name]))
      // Sessions are 0 to 3 under deployment, and 4 to 7 under the paper's protocol.
      for (let one = 0; one < 8; one++)
        for (let other = one + 1; other < 8; other++) {
          const least = other === one + 4 ? 0.08 : one < 4 === other < 4 ? 0.055 : 0.035
          expect({ one, other, far: distance(seen[one], seen[other]) >= least }).toEqual({ one, other, far: true })
        }
    }
  )

  it.each(Object.entries(EYES))('a change that was asked for is told from one that was not with %s', (_name, eye) => {
    const [asked, removed, unasked] = ['added', 'removed', 'unasked'].map((name) => seenBy(eye, colours[name]))
    expect(distance(asked, unasked)).toBeGreaterThanOrEqual(0.03)
    expect(distance(removed, unasked)).toBeGreaterThanOrEqual(0.02)
  })

  it.each(Object.entries(EYES))('all steps of both scales are told apart with %s', (_name, eye) => {
    const seen = (name: string): number[] => seenBy(eye, colours[name])
    for (const scale of [
      ['paper', ...HEAT],
      ['less-2', 'less-1', 'paper', 'more-1', 'more-2']
    ])
      for (const [i, one] of scale.entries())
        for (const other of scale.slice(i + 1))
          expect({ one, other, far: distance(seen(one), seen(other)) >= 0.03 }).toEqual({ one, other, far: true })
  })
})
