import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { buildClusters, extendClusters } from '../../../src/main/editor/neuron-index/clusters.ts'
import { buildScopes } from '../../../src/main/editor/neuron-index/scopes.ts'
import type {
  ClusterSettings,
  IndexedEdit,
  RecordRef,
  RecordState,
  Route,
  ScopeSettings
} from '../../../src/main/editor/neuron-index/types.ts'

/** Sessions with what `make_golden.py` says of them, which shares nothing with the product. */
interface Case<Settings> {
  settings: Settings
  edits: (Omit<IndexedEdit, 'records'> & { records: { promptIds: number[]; says: number[]; key: number[] }[] })[]
  states: RecordState[]
  routes: (Pick<Route, 'block' | 'editId' | 'record' | 'distance' | 'reach'> & { query: number[]; rival?: number })[]
}

interface ClusterCase extends Case<ClusterSettings> {
  clusters: { centre: number[]; radius: number; members: RecordRef[] }[]
}

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8'))
const scopeCases = read('scopes.json') as Case<ScopeSettings>[]
const clusterCases = read('clusters.json') as ClusterCase[]

const editsOf = ({ edits }: Case<unknown>): IndexedEdit[] =>
  edits.map((edit) => {
    return { ...edit, records: edit.records.map((record) => ({ ...record, key: Float32Array.from(record.key) })) }
  })

const compareRoutes = (golden: Case<unknown>, route: (query: Float32Array) => Route): void => {
  for (const { query, distance, reach, rival, ...refs } of golden.routes) {
    const got = route(Float32Array.from(query))
    expect(got).toMatchObject(refs)
    expect(got.distance).toBeCloseTo(distance!, 10)
    expect(got.reach).toBeCloseTo(reach!, 10)
    if (rival == null) expect(got.rival).toBeNull()
    else expect(got.rival).toBeCloseTo(rival, 10)
  }
}

describe('scopes as the Python reference has them', () => {
  it.each(scopeCases.map((golden, n) => [n, golden] as const))('session %i', (_, golden) => {
    const index = buildScopes(editsOf(golden), golden.settings)
    expect(index.states().map(({ state }) => state)).toEqual(golden.states)
    compareRoutes(golden, (query) => index.route(query))
  })
})

describe('clusters as the Python reference has them', () => {
  it.each(clusterCases.map((golden, n) => [n, golden] as const))('session %i', (_, golden) => {
    const edits = editsOf(golden)
    const index = buildClusters(edits, golden.settings)
    expect(index.states().map(({ state }) => state)).toEqual(golden.states)
    expect(index.clusters().map(({ members }) => members)).toEqual(golden.clusters.map(({ members }) => members))
    index.clusters().forEach(({ centre, radius, label, members }, n) => {
      expect(Array.from(centre)).toEqual(golden.clusters[n].centre)
      expect(radius).toBeCloseTo(golden.clusters[n].radius, 10)
      const first = edits.find(({ editId }) => editId === members[0].editId)!
      expect(label).toEqual(first.records.flatMap(({ says }) => says))
    })
    compareRoutes(golden, (query) => index.route(query))

    const half = buildClusters(edits.slice(0, 3), golden.settings)
    const grown = extendClusters(half, edits.slice(3))
    expect(grown.states()).toEqual(index.states())
    expect(grown.clusters()).toEqual(index.clusters())
    expect(half.states()).toEqual(buildClusters(edits.slice(0, 3), golden.settings).states())
  })
})
