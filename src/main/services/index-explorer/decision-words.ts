/** What the router decided, as a sentence with the figures that decided. */
import type { Route } from '../../editor/neuron-index/types.ts'

/** @param mode in `clusters` the distance is to the nearest centre and the reach its radius */
export function decisionWords(route: Route, mode: 'scopes' | 'clusters'): string {
  const { block, distance, reach, rival, margin } = route
  if (distance === null || reach === null) return 'No block fires: the session has no edit.'
  if (mode === 'clusters') {
    const [far, radius] = apart(distance, reach)
    return block === null
      ? `No block fires: the nearest centre is at ${far}, beyond its cluster’s radius of ${radius}.`
      : `Block ${block} fires: the nearest centre is at ${far}, within its cluster’s radius of ${radius}.`
  }
  const [far, edge] = apart(distance, reach)
  if (route.alreadySaid)
    return `No block fires: an edit at ${far} is within its reach of ${edge}, but the text says already what it would write.`
  if (block === null && distance > reach)
    return `No block fires: the nearest edit is at ${far}, beyond its reach of ${edge}.`
  if (rival === null || margin === null)
    return `Block ${block} fires: its edit is at ${far}, within its reach of ${edge}, and has no rival.`
  const [near, limit] = apart(distance, margin * rival)
  const product = `${figure(margin)} × ${figure(rival)} = ${limit}`
  return block === null
    ? `No block fires: the nearest edit is at ${far}, within its reach of ${edge}, but its rival at ${figure(rival)} is too near: ${near} > ${product}.`
    : `Block ${block} fires: its edit is at ${far}, within its reach of ${edge}, and its rival at ${figure(rival)} is far enough: ${near} ≤ ${product}.`
}

const figure = (value: number, digits = 3): string => String(Number(value.toPrecision(digits)))

/** Two figures with as many digits as it takes to tell them apart, three at least. */
function apart(a: number, b: number): [string, string] {
  for (let digits = 3; digits < 12; digits++)
    if (a === b || figure(a, digits) !== figure(b, digits)) return [padded(a, digits), padded(b, digits)]
  return [String(a), String(b)]
}

/** With its last zeros, so that 2.9 beside 2.98 reads 2.90. */
const padded = (value: number, digits: number): string => {
  const plain = value.toPrecision(digits)
  return plain.includes('e') ? String(Number(plain)) : plain
}
