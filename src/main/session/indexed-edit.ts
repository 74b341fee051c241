/** From what a session stores to what a neuron index takes. */
import type { IndexedEdit, KeyRecord } from '../editor/neuron-index/types.ts'
import type { BlockKeys } from '../formats/block-keys.ts'
import type { StoredEdit } from './batches.ts'

type Spoken = Pick<StoredEdit, 'editId' | 'block' | 'order' | 'promptIds' | 'targetIds' | 'decisions'>

/**
 * @param edit with the keys `deployment[i]` and `paper[i]`
 * Under `deployment` a record a decision, each saying what stands up to the next one; under `paper` one record, whose
 * key was read at the end of the whole sequence and which says the whole target.
 */
export function indexedEdit(edit: Spoken, keys: BlockKeys, i: number, protocol: 'deployment' | 'paper'): IndexedEdit {
  const { editId, block, order, promptIds, targetIds, decisions } = edit
  const ids = [...promptIds, ...targetIds]
  const records =
    protocol === 'paper'
      ? [{ promptIds, says: targetIds, key: keys.paper[i] }]
      : decisions.map((from, r): KeyRecord => ({
          promptIds: ids.slice(0, from),
          says: ids.slice(from, decisions[r + 1] ?? ids.length),
          key: keys.deployment[i][r]
        }))
  return { editId, block, order, records }
}
