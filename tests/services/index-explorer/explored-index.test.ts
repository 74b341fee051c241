import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RECORD_STATES } from '../../../src/contract/index-map.ts'
import { buildClusters } from '../../../src/main/editor/neuron-index/clusters.ts'
import { buildScopes } from '../../../src/main/editor/neuron-index/scopes.ts'
import type { IndexedEdit } from '../../../src/main/editor/neuron-index/types.ts'
import { ExploredIndex } from '../../../src/main/services/index-explorer/explored-index.ts'
import type { EditText } from '../../../src/main/services/index-explorer/explored-index.ts'
import { nearRecords } from '../../../src/main/services/index-explorer/near-records.ts'
import { nearestRivals } from '../../../src/main/services/index-explorer/nearest-rivals.ts'
import { name, plainBuild, plainDistance, plainFiring, rivalDistance } from '../../editor/neuron-index/plain-scopes.ts'
import { displaced, gaussian, randomOf, sessions } from '../../editor/neuron-index/sessions.ts'

const textsOf = (edits: readonly IndexedEdit[]): EditText[] =>
  edits.map(({ editId, block }) => ({ editId, block, prompt: `prompt of ${editId}`, target: `target of ${editId}` }))

describe('the scopes of a map', () => {
  it('are min(reach, t D / (1 + t)) with D the distance to the nearest live rival, compared with each', async () => {
    await fc.assert(
      fc.asyncProperty(sessions, async ({ edits, settings }) => {
        const explored = await ExploredIndex.of(buildScopes(edits, settings), textsOf(edits))
        const { rival, distance, sure } = await explored.scopes()
        const { standing, by } = (await explored.map('deployment')).records
        const { records, live, why } = plainBuild(edits, settings)
        expect(rival).toHaveLength(records.length)
        records.forEach((record, place) => {
          const reason = why.get(name(record.ref))
          expect(RECORD_STATES[standing[place]]).toBe(reason?.state ?? 'live')
          expect(by[place]).toBe(reason ? explored.placeOf(reason.by) : -1)
          if (reason) {
            expect([rival[place], sure[place]]).toEqual([-1, 0])
            return
          }
          const toRival = rivalDistance(live, record.key, record)
          expect(rival[place] === -1).toBe(toRival === Infinity)
          const { margin, reach } = settings
          const due = Math.min(reach, toRival === Infinity ? Infinity : (margin * toRival) / (1 + margin))
          expect(Math.abs(sure[place] - due)).toBeLessThanOrEqual(1e-5 * due)
          if (rival[place] === -1) return
          expect(Math.abs(distance[place] - toRival)).toBeLessThanOrEqual(1e-5 * toRival)
          expect(plainDistance(record.key, records[rival[place]].key)).toBeCloseTo(toRival, 6)
        })
      }),
      { numRuns: 150 }
    )
  })

  it.each([3, 24, 70])('come from the very rivals that the router finds, %i wide, ties included', async (width) => {
    const random = randomOf(width)
    const edits: IndexedEdit[] = Array.from({ length: 700 }, (_, order) => {
      const drawn = gaussian(random, width)
      const key =
        order % 3 === 0 ? drawn.map((value) => Math.round(value)) : drawn.map((value, i) => value * 0.8 ** i + 9)
      return {
        editId: `e${order}`,
        block: `b${order % 30}`,
        order,
        records: [{ promptIds: [order], says: [order % 9], key }]
      }
    })
    const index = buildScopes(edits, { reach: 2, margin: 0.7, noise: 0 })
    const numbered = edits.map(({ records: [{ key }] }, i) => ({ key, block: i % 30, says: i % 9 }))
    const live = [...numbered.keys()].filter((i) => index.stateOf({ editId: `e${i}`, record: 0 }).state === 'live')
    const { nearest, distances } = await nearestRivals(live.map((i) => numbered[i]))
    live.forEach((i, place) => {
      const { rival } = index.scopeOf({ editId: `e${i}`, record: 0 })
      expect([`e${live[nearest[place]]}`, distances[place]]).toEqual([rival!.ref.editId, rival!.distance])
    })
  })
})

describe('the records near a query', () => {
  it('are within reach and margin exactly where they would fire', async () => {
    await fc.assert(
      fc.asyncProperty(sessions, async ({ edits, settings, width, random }) => {
        const explored = await ExploredIndex.of(buildScopes(edits, settings), textsOf(edits))
        const { records, live } = plainBuild(edits, settings)
        const own = records[Math.floor(random() * records.length)].key
        for (const query of [own, displaced(random, own, random()), gaussian(random, width)]) {
          const near = nearRecords(explored, query, records.length)
          const firing = new Set(plainFiring(live, query, settings).map(({ ref }) => name(ref)))
          expect(near).toHaveLength(records.length)
          near.forEach((one, i) => {
            const { ref, key } = explored.records[one.record]
            expect(one.withinReach && one.withinMargin).toBe(firing.has(name(ref)))
            expect(one.distance).toBeCloseTo(plainDistance(query, key), 6)
            if (i > 0) expect(one.distance).toBeGreaterThanOrEqual(near[i - 1].distance)
          })
        }
      }),
      { numRuns: 150 }
    )
  })
})

describe('the map of clusters', () => {
  it('has them all with their members, and the records that were forgotten or are out of reach', async () => {
    await fc.assert(
      fc.asyncProperty(
        sessions,
        fc.double({ min: 0.1, max: 4, noNaN: true }),
        async ({ edits, random, width }, radius) => {
          const index = buildClusters(edits, { radius })
          const explored = await ExploredIndex.of(index, textsOf(edits))
          const map = await explored.map('paper')
          expect([map.mode, map.scopes, map.radius]).toEqual(['clusters', null, radius])
          const clusters = index.clusters()
          expect(map.clusters.map((c) => [c.radius, c.members])).toEqual(
            clusters.map((c) => [c.radius, c.members.length])
          )
          index.states().forEach(({ ref, state }, place) => {
            expect(RECORD_STATES[map.records.standing[place]]).toBe(state.state)
            const cluster = clusters.findIndex(({ members }) =>
              members.some((m) => m.editId === ref.editId && m.record === ref.record)
            )
            expect(map.records.cluster[place]).toBe(cluster)
            expect(cluster === -1).toBe(state.state === 'forgotten')
          })
          const query = gaussian(random, width)
          const route = index.route(query)
          const centres = nearRecords(explored, query, Infinity).flatMap(({ toCentre }) => toCentre ?? [])
          expect(Math.min(...centres)).toBeCloseTo(route.distance!, 6)
        }
      ),
      { numRuns: 150 }
    )
  })
})

describe('a map', () => {
  it('of no edit is empty', async () => {
    const explored = await ExploredIndex.of(buildScopes([], { reach: 1, margin: 0.8, noise: 0 }), [])
    expect(await explored.map('deployment')).toMatchObject({ edits: 0, width: 0, records: { x: [] }, shares: [0, 0] })
    expect((await explored.scopes()).sure).toEqual([])
  })
})
