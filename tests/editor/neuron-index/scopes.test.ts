import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { indexEvents } from '../../../src/main/editor/neuron-index/events.ts'
import { buildScopes, extendScopes, type ScopesIndex } from '../../../src/main/editor/neuron-index/scopes.ts'
import type { IndexedEdit, RecordRef, Route } from '../../../src/main/editor/neuron-index/types.ts'
import {
  conflict,
  length,
  name,
  plainBuild,
  plainDistance,
  plainFiring,
  reachOf,
  rivalDistance,
  type PlainRecord
} from './plain-scopes.ts'
import { displaced, gaussian, sessions, shuffled, type Session } from './sessions.ts'

const check = (property: (session: Session) => void, numRuns = 400): void => {
  fc.assert(fc.property(sessions, property), { numRuns })
}

const liveOf = (index: ScopesIndex): string[] =>
  index
    .states()
    .filter(({ state }) => state.state === 'live')
    .map(({ ref }) => name(ref))

/** Queries at keys, near them, between them (ties) and anywhere. */
const queriesOf = ({ edits, random, width }: Session): Float32Array[] => {
  const keys = edits.flatMap((edit) => edit.records.map((record) => record.key))
  return keys.flatMap((key, i) => {
    const other = keys[(i * 7 + 3) % keys.length]
    const between = key.map((value, j) => (value + other[j]) / 2)
    return [key, between, displaced(random, key, random() * 3), gaussian(random, width)]
  })
}

/** The answer due; distances to what two orders of summation may differ in. */
const plainAnswer = (session: Session, query: Float32Array): Partial<Record<keyof Route, unknown>> => {
  const { live } = plainBuild(session.edits, session.settings)
  const ordered = [...live].sort(
    (a, b) => plainDistance(query, a.key) - plainDistance(query, b.key) || b.place - a.place
  )
  const firing = plainFiring(live, query, session.settings).at(0)
  const told: PlainRecord | undefined = firing ?? ordered.at(0)
  if (!told) return { block: null, editId: null, record: null, distance: null, reach: null, rival: null, margin: null }
  const rival = rivalDistance(live, query, told)
  return {
    block: firing?.block ?? null,
    ...told.ref,
    distance: expect.closeTo(plainDistance(query, told.key), 9),
    reach: expect.closeTo(reachOf(told, session.settings), 9),
    rival: rival === Infinity ? null : expect.closeTo(rival, 9),
    margin: session.settings.margin
  }
}

describe('states of the records', () => {
  it('are those of the rules as they read', () => {
    check(({ edits, settings }) => {
      const index = buildScopes(edits, settings)
      const { records, why } = plainBuild(edits, settings)
      expect(index.states()).toEqual(
        records.map(({ ref }) => ({ ref, state: why.get(name(ref)) ?? { state: 'live' } }))
      )
    }, 2000)
  })

  it('leave one live record a prompt, and find it by its prompt', () => {
    check(({ edits, settings }) => {
      const index = buildScopes(edits, settings)
      const live = plainBuild(edits, settings).live
      expect(new Set(live.map(({ promptIds }) => promptIds.join())).size).toBe(live.length)
      for (const edit of edits)
        for (const { promptIds } of edit.records) {
          const due = live.find((record) => record.promptIds.join() === promptIds.join())
          expect(index.liveAt(promptIds)).toEqual(due?.ref ?? null)
        }
      expect(index.liveAt([77])).toBeNull()
    })
  })

  it('keep the latest edit whole, and let nothing cut into its text', () => {
    check(({ edits, settings }) => {
      const index = buildScopes(edits, settings)
      const last = edits.at(-1)!
      last.records.forEach((_, record) => {
        expect(index.stateOf({ editId: last.editId, record })).toEqual({ state: 'live' })
      })
      const prompt = last.records[0].promptIds
      const whole = [...last.records.at(-1)!.promptIds, ...last.records.at(-1)!.says]
      for (let end = prompt.length; end < whole.length; end++) {
        const at = index.liveAt(whole.slice(0, end))
        if (at) expect(at.editId).toBe(last.editId)
      }
    })
  })

  it('do not depend on the order of edits where nothing is superseded or indistinguishable', () => {
    let tried = 0
    check((session) => {
      const { edits, settings, random } = session
      const index = buildScopes(edits, settings)
      if (liveOf(index).length < index.states().length) return
      tried++
      const orders = shuffled(
        random,
        edits.map(({ order }) => order)
      )
      const other = buildScopes(
        edits.map((edit, i) => ({ ...edit, order: orders[i] })),
        settings
      )
      const changed = new Set(indexEvents(index, other).map(({ ref }) => ref.editId))
      // Restating is a matter of order itself: what one order leaves alone another may supersede.
      if (changed.size > 0) return
      for (const query of queriesOf(session)) {
        const one = index.route(query)
        const two = other.route(query)
        expect(two.block === null).toBe(one.block === null)
        expect(two.distance).toBe(one.distance)
      }
    })
    expect(tried).toBeGreaterThan(20)
  })
})

describe('incremental', () => {
  it('equals rebuilt, whatever the batches, and leaves the earlier index as it was', () => {
    check((session) => {
      const { edits, settings, random } = session
      let index = buildScopes([], settings)
      for (let at = 0; at < edits.length;) {
        const end = at + 1 + Math.floor(random() * 3)
        const before = index
        const statesBefore = before.states()
        index = extendScopes(index, edits.slice(at, end))
        expect(index.states()).toEqual(buildScopes(edits.slice(0, end), settings).states())
        expect(before.states()).toEqual(statesBefore)
        at = end
      }
      const rebuilt = buildScopes(edits, settings)
      expect(index.edits).toEqual(edits)
      for (const query of queriesOf(session)) expect(index.route(query)).toEqual(rebuilt.route(query))
    })
  })

  it('grows two ways from one index, and takes edits that belong between others', () => {
    check(({ edits, settings, random }) => {
      const half = Math.floor(edits.length / 2)
      const start = buildScopes(edits.slice(0, half), settings)
      const one = extendScopes(start, edits.slice(half))
      const two = extendScopes(start, edits.slice(half + 1))
      expect(one.states()).toEqual(buildScopes(edits, settings).states())
      expect(two.states()).toEqual(buildScopes([...edits.slice(0, half), ...edits.slice(half + 1)], settings).states())
      const mixed = shuffled(random, edits)
      const between = extendScopes(buildScopes(mixed.slice(0, half), settings), mixed.slice(half))
      expect(between.states()).toEqual(one.states())
    })
  })

  it('undoing any edits in any order gives the session that never had them', () => {
    check((session) => {
      const { edits, settings, random } = session
      let present: IndexedEdit[] = edits
      const undone = new Set(shuffled(random, edits).slice(0, Math.floor(random() * edits.length)))
      let index = buildScopes(present, settings)
      for (const edit of shuffled(random, [...undone])) {
        present = present.filter((other) => other !== edit)
        const before = index
        index = buildScopes(shuffled(random, present), settings)
        // The events tell the whole difference: applied to the states before, they give the states after.
        const told = new Map(before.states().map(({ ref, state }) => [name(ref), state.state as string]))
        for (const { ref, before: was, after } of indexEvents(before, index)) {
          expect(told.get(name(ref)) ?? 'absent').toBe(was)
          if (after === 'absent') told.delete(name(ref))
          else told.set(name(ref), after)
        }
        expect(told).toEqual(new Map(index.states().map(({ ref, state }) => [name(ref), state.state])))
      }
      const never = buildScopes(
        edits.filter((edit) => !undone.has(edit)),
        settings
      )
      expect(index.states()).toEqual(never.states())
      for (const query of queriesOf(session)) expect(index.route(query)).toEqual(never.route(query))
    })
  })
})

describe('the router', () => {
  it('answers as the rules read, fired or missed', () => {
    check((session) => {
      const index = buildScopes(session.edits, session.settings)
      for (const query of queriesOf(session)) expect(index.route(query)).toEqual(plainAnswer(session, query))
    }, 600)
  })

  it('finds every live record at its own key, and at it plus noise, or one that agrees', () => {
    check(({ edits, settings, random }) => {
      const index = buildScopes(edits, settings)
      const { live } = plainBuild(edits, settings)
      for (const x of live) {
        const noisy = displaced(random, x.key, settings.noise * length(x.key) * 0.999)
        for (const query of [x.key, noisy]) {
          const route = index.route(query)
          const got = live.find(({ ref }) => ref.editId === route.editId && ref.record === route.record)!
          expect(route.block).toBe(got.block)
          expect(conflict(got, x)).toBe(false)
        }
      }
    })
  })

  it('lets only records fire together that agree', () => {
    check((session) => {
      const { live } = plainBuild(session.edits, session.settings)
      for (const query of queriesOf(session)) {
        const firing = plainFiring(live, query, session.settings)
        for (const a of firing) for (const b of firing) expect(conflict(a, b)).toBe(false)
      }
    }, 100)
  })

  it('is sure inside the balls that it names, which never overlap between rivals', () => {
    check(({ edits, settings, random }) => {
      const index = buildScopes(edits, settings)
      const { live } = plainBuild(edits, settings)
      const radius = new Map(live.map(({ ref }) => [name(ref), index.scopeOf(ref).sureRadius]))
      for (const x of live) {
        const scope = index.scopeOf(x.ref)
        const due = rivalDistance(live, x.key, x)
        expect(scope.rival?.distance ?? Infinity).toBeCloseTo(due, 9)
        expect(scope.reach).toBeCloseTo(reachOf(x, settings), 9)
        for (const y of live)
          if (conflict(x, y))
            expect(radius.get(name(x.ref))! + radius.get(name(y.ref))!).toBeLessThanOrEqual(plainDistance(x.key, y.key))
        // A query in float32 lies anywhere within a rounding of where it was meant to be.
        const inside = displaced(random, x.key, Math.max(0, scope.sureRadius * 0.999 - 1e-6 * length(x.key)))
        if (plainDistance(inside, x.key) > scope.sureRadius) continue
        const route = index.route(inside)
        const got = live.find(({ ref }) => ref.editId === route.editId && ref.record === route.record)!
        expect(route.block).toBe(got.block)
        expect(conflict(got, x)).toBe(false)
      }
    })
  })
})

describe('what the text to the left says already', () => {
  /** Every token four times over, so that all that is said is long enough to be taken for a sentence. */
  const longer = (session: Session): Session => {
    const long = (ids: readonly number[]): number[] => ids.flatMap((id) => [id, id + 10, id + 20, id + 30])
    const edits = session.edits.map((edit) => ({
      ...edit,
      records: edit.records.map((r) => ({ ...r, promptIds: long(r.promptIds), says: long(r.says) }))
    }))
    return { ...session, edits }
  }
  const times = (text: readonly number[], piece: readonly number[]): number =>
    text.filter((_, at) => text.slice(at, at + piece.length).join() === piece.join()).length
  const isSaid = ({ says, promptIds }: PlainRecord, text: readonly number[]): boolean =>
    times(text, says) > times(promptIds, says)

  it('is not said again: the nearest that fires and has something new to say answers', () => {
    let silent = 0
    check((short) => {
      const session = longer(short)
      const { live } = plainBuild(session.edits, session.settings)
      const index = buildScopes(session.edits, session.settings)
      const texts = session.edits.flatMap(({ records }) =>
        records.flatMap(({ promptIds, says }) => [promptIds, [...promptIds, ...says], [...says, ...says]])
      )
      queriesOf(session).forEach((query, i) => {
        const text = texts[i % texts.length]
        const firing = plainFiring(live, query, session.settings)
        const due = firing.find((record) => !isSaid(record, text))
        const route = index.route(query, text)
        expect(route.block).toBe(due?.block ?? null)
        if (due) expect([route.editId, route.record]).toEqual([due.ref.editId, due.ref.record])
        expect(route.alreadySaid).toBe(firing.length > 0 && !due ? true : undefined)
        if (route.alreadySaid) silent++
      })
    }, 300)
    expect(silent).toBeGreaterThan(100)
  })

  it('never silences a record at its own prompt', () => {
    check((short) => {
      const { edits, settings } = longer(short)
      const index = buildScopes(edits, settings)
      const { live } = plainBuild(edits, settings)
      for (const x of live) {
        const route = index.route(x.key, x.promptIds)
        const got = live.find(({ ref }) => ref.editId === route.editId && ref.record === route.record)!
        expect(route.block).toBe(got.block)
        expect(conflict(got, x)).toBe(false)
      }
    })
  })

  it('counts from four tokens on: shorter pieces are words that any text may hold', () => {
    const record = { promptIds: [1], key: Float32Array.of(1, 2) }
    const edit = (says: number[]): IndexedEdit => ({
      editId: 'a',
      block: 'x',
      order: 1,
      records: [{ ...record, says }]
    })
    const settings = { reach: 1, margin: 0.8, noise: 1e-3 }
    expect(buildScopes([edit([2, 3, 4])], settings).route(record.key, [1, 2, 3, 4]).block).toBe('x')
    const answer = buildScopes([edit([2, 3, 4, 5])], settings).route(record.key, [1, 2, 3, 4, 5])
    expect(answer).toMatchObject({ block: null, alreadySaid: true, editId: 'a', distance: 0 })
  })
})

describe('what is refused', () => {
  const record = { promptIds: [1], says: [2, 3], key: Float32Array.of(1, 2) }
  const edit: IndexedEdit = { editId: 'a', block: 'x', order: 1, records: [record] }
  const settings = { reach: 1, margin: 0.8, noise: 1e-3 }
  const next = (changes: Partial<IndexedEdit>): IndexedEdit => ({ ...edit, editId: 'b', order: 2, ...changes })

  it.each<[string, IndexedEdit, RegExp]>([
    ['an id that is there', next({ editId: 'a' }), /edit a is in the index already/],
    ['an order that is there', next({ order: 1 }), /edit b has the order 1/],
    ['no record', next({ records: [] }), /edit b has no record/],
    ['another width', next({ records: [{ ...record, key: Float32Array.of(1) }] }), /shape \[1\].*due is \[2\]/],
    ['NaN', next({ records: [{ ...record, key: Float32Array.of(1, NaN) }] }), /not finite/],
    ['a record that says nothing', next({ records: [{ ...record, says: [] }] }), /says nothing/],
    ['a gap', next({ records: [record, { ...record, promptIds: [1, 2] }] }), /does not follow/]
  ])('an edit with %s', (_, wrong, message) => {
    expect(() => buildScopes([edit, wrong], settings)).toThrow(message)
    if (wrong.order > 1) expect(() => extendScopes(buildScopes([edit], settings), [wrong])).toThrow(message)
  })

  it.each([{ margin: 1 }, { margin: 0 }, { reach: -1 }, { reach: NaN }, { noise: Infinity }])('%o', (wrong) => {
    expect(() => buildScopes([edit], { ...settings, ...wrong })).toThrow(/must be/)
  })

  it('a query of another shape, a record that is not there, one that is not live', () => {
    const replaced: RecordRef = { editId: 'a', record: 0 }
    const index = buildScopes([edit, next({ block: 'y', records: [{ ...record, says: [4] }] })], settings)
    expect(() => index.route(Float32Array.of(1))).toThrow(/shape \[1\]/)
    expect(() => index.route(Float32Array.of(1, NaN))).toThrow(/finite/)
    expect(() => index.stateOf({ editId: 'a', record: 1 })).toThrow(/not in the index/)
    expect(() => index.scopeOf(replaced)).toThrow(/not live/)
  })

  it('nothing, where the index is empty: no block, and nothing to tell', () => {
    const route = buildScopes([], settings).route(Float32Array.of(1, 2))
    expect(Object.values(route)).toEqual(Array(7).fill(null))
  })
})
