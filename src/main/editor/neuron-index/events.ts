import type { IndexEvent, NeuronIndex, RecordRef, RecordState } from './types.ts'

/**
 * What changed for each record between two indices of a session: the difference of their states, and nothing else ever
 * writes an event. A record that went away or came is `absent` on that side. In the order of `after`, then what is gone.
 */
export function indexEvents(before: NeuronIndex, after: NeuronIndex): IndexEvent[] {
  const earlier = new Map(before.states().map(({ ref, state }) => [nameOf(ref), { ref, state }]))
  const events: IndexEvent[] = []
  for (const { ref, state } of after.states()) {
    const was = earlier.get(nameOf(ref))?.state
    earlier.delete(nameOf(ref))
    if (was && sameState(was, state)) continue
    events.push({ ref, before: was?.state ?? 'absent', after: state.state, by: byOf(state) })
  }
  for (const { ref, state } of earlier.values()) events.push({ ref, before: state.state, after: 'absent', by: null })
  return events
}

function sameState(a: RecordState, b: RecordState): boolean {
  const [one, other] = [byOf(a), byOf(b)]
  return a.state === b.state && one?.editId === other?.editId && one?.record === other?.record
}

function byOf(state: RecordState): RecordRef | null {
  return state.state === 'live' ? null : state.by
}

function nameOf({ editId, record }: RecordRef): string {
  return `${record} ${editId}`
}
