/** The batches of a session in their order, with what became of the edits after each; read without the model. */
import { setImmediate } from 'node:timers/promises'
import type { BatchEdit, BoardBatch, Standing } from '../../../contract/board.ts'
import { extendClusters } from '../../editor/neuron-index/clusters.ts'
import type { ClustersIndex } from '../../editor/neuron-index/clusters.ts'
import { extendScopes } from '../../editor/neuron-index/scopes.ts'
import type { StoredIndex } from '../../editor/neuron-index/store-schema.ts'
import type { IndexedEdit } from '../../editor/neuron-index/types.ts'
import type { Protocol } from '../../editor/read-text.ts'
import type { CommittedBatch } from '../../session/batches.ts'
import { keyBytesOf } from '../../session/sizes.ts'
import type { SessionStore } from '../../session/session-store.ts'
import { meetsConflict, targetName } from '../cluster-conflicts.ts'
import { sealsOf } from '../evaluation/session-state.ts'
import { buildIndices } from '../session-indices.ts'

/** Other requests are answered in between: `clusters` takes seconds over thousands of edits. */
export async function batchHistory(store: SessionStore): Promise<BoardBatch[]> {
  const { batches } = store
  const seals = sealsOf(store)
  const standings = { deployment: await standingsOf(store, 'deployment'), paper: await standingsOf(store, 'paper') }
  let [edits, parameters] = [0, 0]
  return batches.map((batch, i) => {
    edits += batch.edits.length
    parameters += parametersOf(batch)
    const { iterations, seconds, loss } = batch.training
    return {
      place: i + 1,
      block: batch.block,
      state: seals[i],
      at: batch.at,
      edits: batch.edits.length,
      iterations,
      seconds,
      loss,
      editsPerMinute: seconds > 0 ? (60 * batch.committed.length) / seconds : null,
      after: {
        edits,
        parameters,
        keyBytes: keyBytesOf(batches.slice(0, i + 1)),
        standing: { deployment: standings.deployment[i], paper: standings.paper[i] }
      }
    }
  })
}

/** The edits of a batch as they stand now, under protocol `deployment`. */
export function editsOfBatch(store: SessionStore, block: string): BatchEdit[] {
  const batch = store.batches.find((b) => b.block === block)
  if (!batch) return []
  const { deployment } = indicesOf(store, { deployment: store.indexedEdits('deployment'), paper: [] })
  return batch.edits.map(({ editId, prompt, target }) => {
    const standing = deployment.stateOf({ editId, record: 0 })
    const by = standing.state === 'live' ? null : (standing.by?.editId ?? null)
    return { editId, prompt, target, state: standing.state, by }
  })
}

const indicesOf = (store: SessionStore, edits: Record<Protocol, readonly IndexedEdit[]>): Record<Protocol, StoredIndex> =>
  buildIndices(edits, { deployment: store.header, paper: store.header.paper }, store.header.index) // prettier-ignore

async function standingsOf(store: SessionStore, protocol: Protocol): Promise<Standing[]> {
  const edits = store.indexedEdits(protocol)
  const targets = new Map(edits.map((e) => [e.editId, targetName(e)]))
  let index: StoredIndex = indicesOf(store, { deployment: [], paper: [] })[protocol]
  let conflicts = 0
  const standings: Standing[] = []
  for (const { block } of store.batches) {
    await setImmediate()
    const added = edits.filter((e) => e.block === block)
    if (index.mode === 'scopes') index = extendScopes(index, added)
    else
      for (const edit of added) {
        const clusters: ClustersIndex = index
        if (meetsConflict(clusters, edit, targets)) conflicts++
        index = extendClusters(clusters, [edit])
      }
    standings.push(standingOf(index, conflicts))
  }
  return standings
}

function standingOf(index: StoredIndex, conflicts: number): Standing {
  const counts = { live: 0, superseded: 0, indistinguishable: 0, forgotten: 0, outOfReach: 0 }
  for (const { ref, state } of index.states()) {
    if (ref.record !== 0) continue
    if (state.state === 'retrained' || state.state === 'replaced') counts.superseded++
    else if (state.state === 'out-of-reach') counts.outOfReach++
    else counts[state.state]++
  }
  return index.mode === 'clusters'
    ? { ...counts, clusters: index.clusters().length, conflicts }
    : { ...counts, clusters: null, conflicts: null }
}

/** A [D, p] and B [p, F] of each layer; the paper's key is F = 4 D wide. */
function parametersOf({ rank, loraLayers, keyLength }: CommittedBatch): number {
  return loraLayers.length * rank * (keyLength.paper / 4 + keyLength.paper)
}
