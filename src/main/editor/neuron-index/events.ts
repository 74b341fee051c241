import type { IndexEvent, NeuronIndex, RecordRef, RecordState } from './types.ts'

/**
 * What changed for each record between two indices of a session: the difference of their states, and nothing else ever
 * writes an event. A record that went away or came is `absent` on that side. In the order of `after`, then what is gone.
 */
export function indexEvents(before: NeuronIndex, after: NeuronIndex): IndexEvent[] {
  const earlier = before.states()
  const later = after.states()
  const events: IndexEvent[] = []
  const compare = ({ ref, state }: Told, was: RecordState | undefined): void => {
    if (was && sameState(was, state)) return
    events.push({ ref, before: was?.state ?? 'absent', after: state.state, by: byOf(state) })
  }
  // Two indices of a session begin alike, nearly always over the whole length of the shorter one.
  let shared = 0
  while (shared < earlier.length && shared < later.length && sameRecord(earlier[shared].ref, later[shared].ref)) {
    compare(later[shared], earlier[shared].state)
    shared++
  }
  const remaining = new Map(earlier.slice(shared).map((told) => [nameOf(told.ref), told]))
  for (const told of later.slice(shared)) {
    compare(told, remaining.get(nameOf(told.ref))?.state)
    remaining.delete(nameOf(told.ref))
  }
  for (const { ref, state } of remaining.values()) events.push({ ref, before: state.state, after: 'absent', by: null })
  return events
}

interface Told {
  readonly ref: RecordRef
  readonly state: RecordState
}

function sameState(a: RecordState, b: RecordState): boolean {
  const [one, other] = [byOf(a), byOf(b)]
  return a.state === b.state && (one && other ? sameRecord(one, other) : one === other)
}

function sameRecord(a: RecordRef, b: RecordRef): boolean {
  return a.editId === b.editId && a.record === b.record
}

function byOf(state: RecordState): RecordRef | null {
  return state.state === 'live' ? null : state.by
}

function nameOf({ editId, record }: RecordRef): string {
  return `${record} ${editId}`
}
