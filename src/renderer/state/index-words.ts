/** What became of a record, in words, and the shape that it has on the map. */
import { RECORD_STATES } from '../../contract/index-map.ts'
import type { IndexMap, NearRecord, RecordStanding } from '../../contract/index-map.ts'
import { figure } from './format.ts'
import { count } from '../../contract/words.ts'

export type Shape = 'dot' | 'ring' | 'square' | 'cross'

export const STANDINGS: Record<RecordStanding, { word: string; means: string; shape: Shape }> = {
  live: { word: 'live', means: 'it can fire', shape: 'dot' },
  retrained: { word: 'retrained', means: 'superseded: a later edit says the same in its place', shape: 'ring' },
  replaced: { word: 'replaced', means: 'superseded: a later edit says something else in its place', shape: 'square' },
  indistinguishable: {
    word: 'indistinguishable',
    means: 'too near to a later edit that says something else',
    shape: 'cross'
  },
  forgotten: { word: 'forgotten', means: 'dropped from its cluster for the sake of a later edit', shape: 'cross' },
  'out-of-reach': {
    word: 'out of reach',
    means: 'left outside when a cluster grew and its centre moved',
    shape: 'square'
  }
}

/** What can become of a record in this mode, with how many there are. */
export function standingCounts({ mode, records }: IndexMap): { standing: RecordStanding; count: number }[] {
  const shown: readonly RecordStanding[] =
    mode === 'scopes' ? ['live', 'retrained', 'replaced', 'indistinguishable'] : ['live', 'forgotten', 'out-of-reach']
  const counts = new Array<number>(RECORD_STATES.length).fill(0)
  for (const place of records.standing) counts[place]++
  return shown.map((standing) => ({ standing, count: counts[RECORD_STATES.indexOf(standing)] }))
}

/** What is on the map, in a sentence. */
export function sumOf(map: IndexMap): string {
  const of = `${count(map.records.x.length, 'key', 'keys')} of ${count(map.edits, 'edit', 'edits')}`
  const clusters = map.mode === 'clusters' ? ` in ${count(map.clusters.length, 'cluster', 'clusters')}` : ''
  const others = standingCounts(map).filter((c) => c.count > 0 && c.standing !== 'live')
  const rest = others.map((c) => `${c.count.toLocaleString('en')} ${STANDINGS[c.standing].word}`).join(', ')
  return `${of}${clusters}${rest === '' ? ', all live' : `; ${rest}`}.`
}

/** How near a record is to a query, and why it could fire there or not. */
export function nearWords(near: NearRecord): string {
  const at = `at ${figure(near.distance)}`
  const { standing, reach, rival, toCentre, withinReach, withinMargin } = near
  if (toCentre !== null && reach !== null) {
    const centre = `centre at ${figure(toCentre)}, ${withinReach ? 'within' : 'beyond'} its radius of ${figure(reach)}`
    return standing === 'live' ? `${at} · ${centre}` : `${at} · ${STANDINGS[standing].word} · ${centre}`
  }
  if (reach === null) return `${at} · ${STANDINGS[standing].word}: it cannot fire`
  const edge = `${withinReach ? 'within' : 'beyond'} its reach of ${figure(reach)}`
  if (rival === null) return `${at} · ${edge} · no rival`
  return `${at} · ${edge} · rival at ${figure(rival)}, ${withinMargin ? 'far enough' : 'too near'}`
}

/** How much of the keys' variance the picture holds. */
export function sharesWords([across, up]: readonly [number, number]): string {
  const percent = (share: number): string => `${(100 * share).toFixed(share < 0.095 ? 1 : 0)} %`
  return `${percent(across)} across and ${percent(up)} up`
}
