/** The two neuron indices of a session, one a protocol: pure functions of the edits in force. */
import type { Calibration } from '../editor/calibration.ts'
import type { EditSettings } from '../editor/edit-settings.ts'
import { buildClusters, extendClusters } from '../editor/neuron-index/clusters.ts'
import { indexEvents } from '../editor/neuron-index/events.ts'
import { buildScopes, extendScopes } from '../editor/neuron-index/scopes.ts'
import type { StoredIndex } from '../editor/neuron-index/store-schema.ts'
import type { IndexedEdit, IndexEvent } from '../editor/neuron-index/types.ts'
import type { Routing } from '../editor/passage-writer.ts'
import type { Protocol } from '../editor/read-text.ts'

export type IndexMode = EditSettings['index']
export type ByProtocol<T> = Readonly<Record<Protocol, T>>
export type Indices = ByProtocol<StoredIndex>

export interface ProtocolEvent {
  readonly protocol: Protocol
  readonly event: IndexEvent
}

export const PROTOCOLS: readonly Protocol[] = ['deployment', 'paper']

/** The numbers of a calibration by which an index answers. */
export type RoutingNumbers = ByProtocol<Pick<Calibration[Protocol], 'reach' | 'margin' | 'noise' | 'radius'>>

export function buildIndices(
  edits: ByProtocol<readonly IndexedEdit[]>,
  calibration: RoutingNumbers,
  mode: IndexMode
): Indices {
  const build = (protocol: Protocol): StoredIndex => {
    const { reach, margin, noise, radius } = calibration[protocol]
    return mode === 'clusters'
      ? buildClusters(edits[protocol], { radius })
      : buildScopes(edits[protocol], { reach, margin, noise })
  }
  return { deployment: build('deployment'), paper: build('paper') }
}

/** The indices with more edits at the end; those before stay as they are. */
export function extendIndices(indices: Indices, added: ByProtocol<readonly IndexedEdit[]>): Indices {
  const extend = (protocol: Protocol): StoredIndex => {
    const index = indices[protocol]
    return index.mode === 'clusters' ? extendClusters(index, added[protocol]) : extendScopes(index, added[protocol])
  }
  return { deployment: extend('deployment'), paper: extend('paper') }
}

/** What happened to records between two states of a session; that a new record is live is no event. */
export function eventsBetween(before: Indices, after: Indices): ProtocolEvent[] {
  return PROTOCOLS.flatMap((protocol) =>
    indexEvents(before[protocol], after[protocol])
      .filter((e) => e.after !== 'live' || e.before !== 'absent')
      .map((event) => ({ protocol, event }))
  )
}

/** Of these edits, those whose record at the prompt's end was there before and not live, and is live now. */
export function liveAgain<E extends { readonly editId: string }>(
  { deployment: before }: Indices,
  { deployment: after }: Indices,
  edits: readonly E[]
): E[] {
  const firsts = (index: StoredIndex, isWanted: (state: string) => boolean): Set<string> =>
    new Set(
      index
        .states()
        .filter(({ ref, state }) => ref.record === 0 && isWanted(state.state))
        .map(({ ref }) => ref.editId)
    )
  const silent = firsts(before, (state) => state !== 'live')
  // An edit that was silent may itself be among those that were taken out.
  const live = firsts(after, (state) => state === 'live')
  return edits.filter(({ editId }) => silent.has(editId) && live.has(editId))
}

/** Whether ids are exactly the prompt of a live record of this index. */
export function livePrompts(index: StoredIndex): Routing['isLivePrompt'] {
  if (index.mode === 'scopes') return (ids) => index.liveAt(ids) !== null
  const prompts = new Set(
    index.edits.flatMap(({ editId, records }) =>
      records.flatMap(({ promptIds }, record) =>
        index.stateOf({ editId, record }).state === 'live' ? [promptIds.join(' ')] : []
      )
    )
  )
  return (ids) => prompts.has(ids.join(' '))
}
