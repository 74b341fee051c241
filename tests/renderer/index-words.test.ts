import { describe, expect, it } from 'vitest'
import { RECORD_STATES } from '../../src/contract/index-map.ts'
import type { IndexMap, NearRecord, RecordStanding } from '../../src/contract/index-map.ts'
import { nearWords, sharesWords, standingCounts, sumOf } from '../../src/renderer/state/index-words.ts'

function mapOf(mode: IndexMap['mode'], standings: RecordStanding[]): IndexMap {
  const zeros = standings.map(() => 0)
  return {
    protocol: 'deployment',
    mode,
    state: 's',
    edits: 2,
    width: 64,
    shares: [0.312, 0.0512],
    scopes: null,
    radius: null,
    records: {
      x: zeros,
      y: zeros,
      edit: zeros,
      part: zeros,
      standing: standings.map((s) => RECORD_STATES.indexOf(s)),
      by: zeros,
      cluster: zeros
    },
    clusters: mode === 'clusters' ? [{ x: 0, y: 0, radius: 1, members: 1 }] : []
  }
}

const near: NearRecord = {
  record: 1,
  editId: 'e',
  prompt: 'p',
  target: 't',
  standing: 'live',
  distance: 2.41,
  reach: 2.98,
  toCentre: null,
  rival: 3,
  withinReach: true,
  withinMargin: false
}

describe('a map in words', () => {
  it('counts its keys and what became of them', () => {
    const map = mapOf('scopes', ['live', 'live', 'replaced'])
    expect(sumOf(map)).toBe('3 keys of 2 edits; 1 replaced.')
    expect(sumOf(mapOf('scopes', ['live']))).toBe('1 key of 2 edits, all live.')
    expect(standingCounts(map).map((c) => c.count)).toEqual([2, 0, 1, 0])
    expect(sumOf(mapOf('clusters', ['live', 'forgotten']))).toBe('2 keys of 2 edits in 1 cluster; 1 forgotten.')
    expect(sharesWords(map.shares)).toBe('31 % across and 5.1 % up')
  })
})

describe('a near edit in words', () => {
  it.each([
    [near, 'at 2.41 · within its reach of 2.98 · rival at 3.00, too near'],
    [{ ...near, rival: null, withinMargin: true }, 'at 2.41 · within its reach of 2.98 · no rival'],
    [{ ...near, reach: null }, 'at 2.41 · live: it cannot fire'],
    [{ ...near, standing: 'replaced', reach: null }, 'at 2.41 · replaced: it cannot fire'],
    [{ ...near, toCentre: 4, withinReach: false, rival: null }, 'at 2.41 · centre at 4.00, beyond its radius of 2.98'],
    [
      { ...near, standing: 'out-of-reach', toCentre: 1, rival: null },
      'at 2.41 · out of reach · centre at 1.00, within its radius of 2.98'
    ]
  ] as [NearRecord, string][])('%#', (given, words) => expect(nearWords(given)).toBe(words))
})
