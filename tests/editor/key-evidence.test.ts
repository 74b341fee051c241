import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyEvidence } from '../../src/main/editor/key-evidence.ts'
import { fires, ratesOf } from '../../src/main/editor/key-meetings.ts'
import type { Meeting, Meetings } from '../../src/main/editor/key-meetings.ts'

/** Distances and ratios on a lattice, so that they tie with each other, with the pair and with the edges of bins. */
const meeting = (kinds: readonly string[]) =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    nearest: fc.integer({ min: 0, max: 64 }).map((n) => n / 8),
    ratio: fc.integer({ min: 0, max: 50 }).map((n) => n / 50),
    own: fc.boolean()
  })
const list = (...kinds: string[]) => fc.array(meeting(kinds), { maxLength: 120 })
const meetings = fc.record({
  repeated: list('repeated'),
  rewordings: list('all', 'header, later', 'one'),
  samePassages: list('same passage'),
  otherPeople: list('other people')
})
const pair = fc.record({
  reach: fc.integer({ min: 1, max: 64 }).map((n) => n / 8),
  margin: fc.integer({ min: 25, max: 49 }).map((n) => n / 50)
})

const all = (met: Meetings): Meeting[] => [...met.repeated, ...met.rewordings, ...met.samePassages, ...met.otherPeople]

describe('the evidence of a calibration', () => {
  it('counts each prompt once, in the bin where it lies', () => {
    fc.assert(
      fc.property(meetings, pair, (met, chosen) => {
        const { kinds, distanceStep, ratioStep } = keyEvidence(met, chosen)
        expect(kinds.map((k) => k.kind).sort()).toEqual([...new Set(all(met).map((m) => m.kind))].sort())
        for (const { kind, distances, ratios } of kinds) {
          const of = all(met).filter((m) => m.kind === kind)
          for (const [bins, step, value] of [
            [distances, distanceStep, (m: Meeting) => m.nearest],
            [ratios, ratioStep, (m: Meeting) => m.ratio]
          ] as const)
            for (const which of ['own', 'other'] as const)
              bins[which].forEach((count, i) => {
                const last = i === bins[which].length - 1
                const inside = of.filter((m) => {
                  const at = value(m) / step
                  return m.own === (which === 'own') && at >= i && (last || at < i + 1)
                })
                expect(count).toBe(inside.length)
              })
        }
      }),
      { numRuns: 40 }
    )
  })

  it('tells of each kind what fires, and spreads that are prompts', () => {
    fc.assert(
      fc.property(meetings, pair, (met, chosen) => {
        for (const found of keyEvidence(met, chosen).kinds) {
          const of = all(met).filter((m) => m.kind === found.kind)
          const count = (holds: (m: Meeting) => boolean): number => of.filter(holds).length
          expect([found.n, found.fired, found.firedOwn, found.withinReach, found.withinMargin]).toEqual([
            of.length,
            count((m) => fires(m, chosen)),
            count((m) => fires(m, chosen) && m.own),
            count((m) => m.nearest <= chosen.reach),
            count((m) => m.ratio <= chosen.margin)
          ])
          for (const [share, value] of [[0.05, found.distance.low], [0.5, found.distance.middle], [0.95, found.distance.high]]) {
            // The least value at or below which that share lies.
            expect(count((m) => m.nearest <= value) / of.length).toBeGreaterThanOrEqual(share)
            expect(count((m) => m.nearest < value) / of.length).toBeLessThan(share)
          }
        }
      })
    ) // prettier-ignore
  })

  it('has the shares of its curve as counting anew at each reach gives them, the chosen one among them', () => {
    fc.assert(
      fc.property(meetings, pair, (met, chosen) => {
        const { curve } = keyEvidence(met, chosen)
        expect(curve.map((p) => p.reach)).toEqual([...new Set(curve.map((p) => p.reach))].sort((a, b) => a - b))
        expect(curve.some((p) => p.reach === chosen.reach)).toBe(true)
        expect(curve.length).toBeLessThanOrEqual(64)
        for (const { reach, own, otherPeople, samePassages } of curve) {
          const at = { reach, margin: chosen.margin }
          const rates = ratesOf(met, at)
          const hits = met.rewordings.filter((m) => m.own && fires(m, at)).length
          expect(own).toBe(met.rewordings.length === 0 ? null : hits / met.rewordings.length)
          expect(otherPeople).toBe(met.otherPeople.length === 0 ? null : rates.otherPeople.share)
          expect(samePassages).toBe(met.samePassages.length === 0 ? null : rates.samePassages.share)
        }
        // Its end is all that the margin lets through.
        const end = { reach: Infinity, margin: chosen.margin }
        if (met.otherPeople.length > 0) expect(curve.at(-1)!.otherPeople).toBe(ratesOf(met, end).otherPeople.share)
      })
    )
  })
})
