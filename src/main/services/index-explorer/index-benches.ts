/** The explorer of an open session, and of one that is only read. */
import { setImmediate } from 'node:timers/promises'
import type { ErratumError } from '../../../contract/errors.ts'
import { extendClusters } from '../../editor/neuron-index/clusters.ts'
import { extendScopes } from '../../editor/neuron-index/scopes.ts'
import type { StoredIndex } from '../../editor/neuron-index/store-schema.ts'
import type { Protocol } from '../../editor/read-text.ts'
import type { SessionStore } from '../../session/session-store.ts'
import type { EditSession } from '../edit-session.ts'
import { buildIndices } from '../session-indices.ts'
import type { EditText } from './explored-index.ts'
import { IndexExplorer } from './index-explorer.ts'
import { queryKey } from './query-key.ts'

export function sessionExplorer(session: EditSession): IndexExplorer {
  return new IndexExplorer({
    index: (protocol) => session.index(protocol),
    texts: () => textsOf(session.store),
    read: (protocol, text, target) => queryKey(session, protocol, text, target),
    spell: (ids) => session.model.tokenizer.decode(ids)
  })
}

/** @param missing why no model is there to read a query */
export function readingExplorer(store: SessionStore, missing: ErratumError): IndexExplorer {
  const built: Partial<Record<Protocol, Promise<StoredIndex>>> = {}
  return new IndexExplorer({
    index: (protocol) => (built[protocol] ??= indexOf(store, protocol)),
    texts: () => textsOf(store),
    read: () => Promise.reject(missing),
    spell: null
  })
}

/** Those that were taken out too: an index may be looked at while they are on their way out. Those in force go first. */
const textsOf = ({ batches, undone, withdrawn, edits }: SessionStore): EditText[] => [
  ...[...undone, ...batches].flatMap(({ committed }) => committed),
  ...withdrawn,
  ...edits
]

/** Batch by batch, with pauses: `clusters` takes seconds over thousands of edits. */
async function indexOf(store: SessionStore, protocol: Protocol): Promise<StoredIndex> {
  const numbers = { deployment: store.header, paper: store.header.paper }
  let index = buildIndices({ deployment: [], paper: [] }, numbers, store.header.index)[protocol]
  const byBlock = Map.groupBy(store.indexedEdits(protocol), ({ block }) => block)
  for (const edits of byBlock.values()) {
    await setImmediate()
    index = index.mode === 'clusters' ? extendClusters(index, edits) : extendScopes(index, edits)
  }
  return index
}
