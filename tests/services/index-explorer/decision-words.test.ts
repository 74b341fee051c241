import { describe, expect, it } from 'vitest'
import type { Route } from '../../../src/main/editor/neuron-index/types.ts'
import { NO_ROUTE } from '../../../src/main/editor/neuron-index/scope-router.ts'
import { decisionWords } from '../../../src/main/services/index-explorer/decision-words.ts'

const route: Route = { block: null, editId: 'e', record: 0, distance: 3.41, reach: 2.98, rival: 9, margin: 0.54 }

const CASES: [string, Route, string][] = [
  ['beyond reach', route, 'No block fires: the nearest edit is at 3.41, beyond its reach of 2.98.'],
  [
    'a rival too near',
    { ...route, distance: 2.41, rival: 3 },
    'No block fires: the nearest edit is at 2.41, within its reach of 2.98, but its rival at 3 is too near: 2.41 > 0.54 × 3 = 1.62.'
  ],
  [
    'within reach and margin',
    { ...route, block: 'b1', distance: 1.2 },
    'Block b1 fires: its edit is at 1.20, within its reach of 2.98, and its rival at 9 is far enough: 1.20 ≤ 0.54 × 9 = 4.86.'
  ],
  [
    'no rival',
    { ...route, block: 'b1', distance: 0, rival: null },
    'Block b1 fires: its edit is at 0.00, within its reach of 2.98, and has no rival.'
  ],
  [
    'said already',
    { ...route, distance: 1, alreadySaid: true },
    'No block fires: an edit at 1.00 is within its reach of 2.98, but the text says already what it would write.'
  ],
  [
    'a hair beyond',
    { ...route, distance: 2.98004 },
    'No block fires: the nearest edit is at 2.98004, beyond its reach of 2.98000.'
  ],
  ['nothing there', NO_ROUTE, 'No block fires: the session has no edit.']
]

describe('the decision in words', () => {
  it.each(CASES)('scopes: %s', (_, given, words) => expect(decisionWords(given, 'scopes')).toBe(words))

  it('clusters: by the nearest centre and its radius', () => {
    const centre = { ...NO_ROUTE, editId: 'e', record: 0, distance: 0.9, reach: 0.5 }
    expect(decisionWords(centre, 'clusters')).toBe(
      'No block fires: the nearest centre is at 0.900, beyond its cluster’s radius of 0.500.'
    )
    expect(decisionWords({ ...centre, block: 'b', distance: 0.1 }, 'clusters')).toBe(
      'Block b fires: the nearest centre is at 0.100, within its cluster’s radius of 0.500.'
    )
  })
})
