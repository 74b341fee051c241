import { expect, it } from 'vitest'
import { differenceName, heatName, HEAT_LEGEND, percent } from '../../src/renderer/state/heat.ts'

it('a step begins at its lower end, in nats', () => {
  expect([-0.001, 0, 0.49, 0.5, 1.5, 2.99, 3, 5, 20].map((nats) => heatName(nats))).toEqual(
    [0, 0, 0, 1, 2, 2, 3, 4, 4].map((step) => `heat-${step}`)
  )
  expect(HEAT_LEGEND.map((l) => l.words)).toEqual(['0–0.5', '0.5–1.5', '1.5–3', '3–5', '≥ 5'])
})

it('a difference keeps its sign, and a small one is the middle', () => {
  expect([-3, -2, -0.6, -0.4, 0, 0.4, 0.5, 2].map(differenceName)).toEqual([
    'less-2',
    'less-2',
    'less-1',
    'heat-0',
    'heat-0',
    'heat-0',
    'more-1',
    'more-2'
  ])
})

it('probabilities keep two digits, and the tiny ones are not zero', () => {
  expect([1, 0.934, 0.0996, 0.0071, 0.0001].map(percent)).toEqual(['100 %', '93 %', '10 %', '0.7 %', '< 0.1 %'])
})
