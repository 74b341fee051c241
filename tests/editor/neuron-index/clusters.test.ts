import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildClusters, extendClusters } from '../../../src/main/editor/neuron-index/clusters.ts'
import { indexEvents } from '../../../src/main/editor/neuron-index/events.ts'
import type { IndexedEdit } from '../../../src/main/editor/neuron-index/types.ts'
import { displaced, sessions, shuffled } from './sessions.ts'
import { plainDistance } from './plain-scopes.ts'

/** An edit with one record, at a place on a line. */
const at = (order: number, place: number, says: number, promptIds = [order]): IndexedEdit => ({
  editId: `e${order}`,
  block: `b${order}`,
  order,
  records: [{ promptIds, says: [says], key: Float32Array.of(place, 0) }]
})

describe('the rules, one by one', () => {
  it('add: a key beyond radius and initial radius makes a cluster of its own', () => {
    const index = buildClusters([at(0, 0, 1), at(1, 2.5, 2)], { radius: 1 })
    expect(index.clusters().map(({ radius }) => radius)).toEqual([1, 1])
    expect(index.route(Float32Array.of(0.9, 0))).toEqual({
      block: 'b0',
      editId: 'e0',
      record: 0,
      distance: expect.closeTo(0.9, 6) as number,
      reach: 1,
      rival: null,
      margin: null
    })
    expect(index.route(Float32Array.of(1.1, 0)).block).toBeNull()
    expect(index.route(Float32Array.of(1.1, 0)).editId).toBe('e0')
  })

  it('expand: the same target moves the centre to the mean, and the radius takes the key in', () => {
    const index = buildClusters([at(0, 0, 1), at(1, 1.5, 1), at(2, -1.25, 1)], { radius: 1 })
    const [cluster] = index.clusters()
    expect(Array.from(cluster.centre)).toEqual([Math.fround(0.25 / 3), 0])
    expect(cluster.radius).toBeCloseTo(1.25 + 0.25 / 3, 6)
    expect(cluster.members).toHaveLength(3)
    expect(index.stateOf({ editId: 'e1', record: 0 })).toEqual({
      state: 'out-of-reach',
      by: { editId: 'e2', record: 0 }
    })
  })

  it('conflict: both end half way, and what lies outside is forgotten', () => {
    const edits = [at(0, 0, 1), at(1, 1.5, 1), at(2, 1.25, 2)]
    const index = buildClusters(edits, { radius: 1 })
    // The first two share the centre 0.75; half the way from there to 1.25 leaves neither of them inside.
    expect(index.clusters()).toHaveLength(1)
    expect(index.clusters()[0].radius).toBe(0.25)
    expect(index.states().map(({ state }) => state.state)).toEqual(['forgotten', 'forgotten', 'live'])
    const before = buildClusters(edits.slice(0, 2), { radius: 1 })
    expect(indexEvents(before, index)).toEqual([
      { ref: { editId: 'e0', record: 0 }, before: 'live', after: 'forgotten', by: { editId: 'e2', record: 0 } },
      { ref: { editId: 'e1', record: 0 }, before: 'live', after: 'forgotten', by: { editId: 'e2', record: 0 } },
      { ref: { editId: 'e2', record: 0 }, before: 'absent', after: 'live', by: null }
    ])
  })

  it('a radius never grows by a conflict', () => {
    const index = buildClusters([at(0, 0, 1), at(1, 0.5, 2), at(2, -1.2, 3)], { radius: 1 })
    expect(index.clusters().map(({ radius }) => radius)).toEqual([0.25, 0.25, expect.closeTo(0.6, 6)])
  })

  it('the same prompt with a new target: the latest prevails, wherever its key is', () => {
    const index = buildClusters([at(0, 0, 1, [7]), at(1, 50, 2, [7])], { radius: 1 })
    expect(index.stateOf({ editId: 'e0', record: 0 })).toEqual({
      state: 'forgotten',
      by: { editId: 'e1', record: 0 }
    })
    expect(index.route(Float32Array.of(0, 0)).block).toBeNull()
    expect(index.route(Float32Array.of(50, 0)).block).toBe('b1')
  })

  it('the same key with another target: the later answers, and the earlier is out of reach', () => {
    const index = buildClusters([at(0, 0, 1), at(1, 0, 2)], { radius: 1 })
    expect(index.route(Float32Array.of(0, 0)).block).toBe('b1')
    expect(index.stateOf({ editId: 'e0', record: 0 }).state).toBe('out-of-reach')
  })

  it('an empty index routes to nothing; a radius below 0 and a query of another width are refused', () => {
    expect(buildClusters([], { radius: 1 }).route(Float32Array.of(1)).editId).toBeNull()
    expect(() => buildClusters([], { radius: -1 })).toThrow(/radius/)
    expect(() => buildClusters([at(0, 0, 1)], { radius: 1 }).route(Float32Array.of(1))).toThrow(/shape \[1\]/)
  })
})

describe('any session', () => {
  const cases = fc.tuple(sessions, fc.constantFrom(0, 0.3, 1, 4))

  it('loses nothing silently: a live record leads to its target or its block', () => {
    fc.assert(
      fc.property(cases, ([{ edits }, radius]) => {
        const index = buildClusters(edits, { radius })
        const targetOf = (editId: string | null): string =>
          edits
            .find((edit) => edit.editId === editId)!
            .records.flatMap(({ says }) => says)
            .join()
        for (const edit of edits)
          edit.records.forEach(({ key }, record) => {
            const { block, editId } = index.route(key)
            const agrees = block !== null && (block === edit.block || targetOf(editId) === targetOf(edit.editId))
            const { state } = index.stateOf({ editId: edit.editId, record })
            if (state !== 'forgotten') expect(state).toBe(agrees ? 'live' : 'out-of-reach')
          })
        const kept = index.clusters().flatMap(({ members }) => members)
        const forgotten = index.states().filter(({ state }) => state.state === 'forgotten')
        expect(kept.length + forgotten.length).toBe(index.states().length)
      }),
      { numRuns: 600 }
    )
  })

  it('grows to what is built at once, and routes by the nearest centre', () => {
    fc.assert(
      fc.property(cases, ([{ edits, random }, radius]) => {
        let index = buildClusters([], { radius })
        for (const edit of edits) index = extendClusters(index, [edit])
        const rebuilt = buildClusters(shuffled(random, edits), { radius })
        expect(index.states()).toEqual(rebuilt.states())
        expect(index.clusters()).toEqual(rebuilt.clusters())
        for (const { records } of edits) {
          const query = displaced(random, records[0].key, random() * 3)
          const { distance, reach, block } = index.route(query)
          const nearest = Math.min(...index.clusters().map(({ centre }) => plainDistance(centre, query)))
          expect(distance).toBeCloseTo(nearest, 9)
          expect(block === null).toBe(distance! > reach!)
          expect(rebuilt.route(query)).toEqual(index.route(query))
        }
      }),
      { numRuns: 300 }
    )
  })
})
