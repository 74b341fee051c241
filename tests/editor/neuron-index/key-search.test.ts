import { describe, expect, it } from 'vitest'
import { distance } from '../../../src/main/editor/neuron-index/distance.ts'
import { KeySearch } from '../../../src/main/editor/neuron-index/key-search.ts'
import { principalDirections } from '../../../src/main/editor/neuron-index/principal-directions.ts'
import { RecordTable } from '../../../src/main/editor/neuron-index/record-table.ts'
import { buildScopes, extendScopes } from '../../../src/main/editor/neuron-index/scopes.ts'
import type { IndexedEdit } from '../../../src/main/editor/neuron-index/types.ts'
import { displaced, gaussian, randomOf } from './sessions.ts'

/** Enough keys and questions that the search projects them, fits its directions, and fits them anew. */
const KEYS = 300
const QUESTIONS = 80

type Draw = (random: () => number, width: number, earlier: readonly Float32Array[]) => Float32Array

const kinds: Record<string, Draw> = {
  'anywhere, far from the origin': (random, width) => gaussian(random, width).map((value) => value + 40),
  'on a lattice, with many ties': (random, width) => gaussian(random, width).map((value) => Math.round(value)),
  'in few directions': (random, width) => {
    return gaussian(random, width).map((value, i) => value * 10 * 0.7 ** i)
  },
  'near each other by their noise': (random, width, earlier) => {
    const from = earlier[Math.floor(random() * earlier.length)]
    return from && random() < 0.9 ? displaced(random, from, 1e-4 * random()) : gaussian(random, width)
  },
  'all in one place': (_, width) => new Float32Array(width).fill(3)
}

const draw = (kind: Draw, random: () => number, width: number, count: number): Float32Array[] => {
  const keys: Float32Array[] = []
  while (keys.length < count) keys.push(kind(random, width, keys))
  return keys
}

const editsOf = (keys: readonly Float32Array[], start = 0): IndexedEdit[] =>
  keys.map((key, i) => {
    const order = start + i
    // Few sentences and few blocks, so that many records agree.
    return {
      editId: `e${order}`,
      block: `b${order % 40}`,
      order,
      records: [{ promptIds: [order], says: [order % 7], key }]
    }
  })

describe.each(Object.entries(kinds))('keys %s', (_, kind) => {
  it.each([1, 3, 16, 45])('%i wide: the search finds what comparing with each would find', (width) => {
    const random = randomOf(width)
    const table = new RecordTable()
    table.append(editsOf(draw(kind, random, width, KEYS)))
    for (let question = 0; question < QUESTIONS; question++) {
      if (question === QUESTIONS / 2) table.append(editsOf(draw(kind, random, width, 4 * KEYS), KEYS))
      const among = Int32Array.from(table.entries.keys()).filter(() => random() < 0.9)
      const own = table.entries[among[question]].key
      const query = [own, displaced(random, own, 1e-3), displaced(random, own, 1), gaussian(random, width)][
        question % 4
      ]
      const search = new KeySearch(table, among, query)
      for (const says of [0, 1, 2]) {
        const passing = Array.from(among).filter((entry) => table.entries[entry].saysId !== says)
        const due = passing.reduce((best, entry) =>
          distance(query, table.entries[entry].key) <= distance(query, table.entries[best].key) ? entry : best
        )
        const found = search.nearest(({ saysId }) => saysId !== says)
        expect(found).toEqual({ entry: due, distance: distance(query, table.entries[due].key) })
      }
      expect(search.nearest(() => false)).toBeNull()
    }
  })

  it('a router that knows its keys well answers as one that was just made', () => {
    const width = 24
    const random = randomOf(9)
    const keys = draw(kind, random, width, KEYS)
    const settings = { reach: 3, margin: 0.8, noise: 1e-5 }
    const edits = editsOf(keys)
    let grown = buildScopes(edits.slice(0, 260), settings)
    let fresh = buildScopes(edits, settings)
    for (let question = 0; question < QUESTIONS; question++) {
      if (question === 50) grown = extendScopes(grown, edits.slice(260))
      const known = question < 50 ? buildScopes(edits.slice(0, 260), settings) : fresh
      const query = displaced(random, keys[question * 3], random() * 4)
      expect(grown.route(query)).toEqual(known.route(query))
      if (question % 10 === 9) fresh = buildScopes(edits, settings)
    }
  })
})

describe('principal directions', () => {
  it('are orthonormal, and find the directions in which the keys differ', () => {
    const random = randomOf(4)
    const spread = [0, 9, 0, 0.1, 5, 0, 0.1, 0]
    const keys = Array.from({ length: 400 }, () => gaussian(random, 8).map((value, i) => 100 + value * spread[i]))
    const { directions, mean, count } = principalDirections(keys, 2)
    expect(mean.every((value) => Math.abs(value - 100) < 2)).toBe(true)
    const row = (i: number): Float64Array => directions.subarray(i * 8, i * 8 + 8)
    const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0)
    expect(count).toBe(2)
    expect(dot(row(0), row(1))).toBeCloseTo(0, 12)
    expect(dot(row(0), row(0))).toBeCloseTo(1, 12)
    expect(Math.abs(row(0)[1])).toBeGreaterThan(0.99)
    expect(Math.abs(row(1)[4])).toBeGreaterThan(0.99)
  })

  it('beyond those that the keys have are zero', () => {
    const keys = Array.from({ length: 10 }, (_, i) => Float32Array.of(i, 2 * i))
    const { directions } = principalDirections(keys, 3)
    expect(Math.abs(directions[0])).toBeCloseTo(1 / Math.sqrt(5), 12)
    expect(directions.subarray(4).every((value) => value === 0)).toBe(true)
  })
})
