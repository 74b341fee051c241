/** What the paper counts as a conflict: an edit that comes near a cluster whose target is another. */
import type { ClustersIndex } from '../editor/neuron-index/clusters.ts'
import type { IndexedEdit } from '../editor/neuron-index/types.ts'

/** Whether the edit's first key, inserted next, meets a cluster with another target. @param targets of all edits, by id */
export function meetsConflict(index: ClustersIndex, edit: IndexedEdit, targets: ReadonlyMap<string, string>): boolean {
  const { editId, distance, reach } = index.route(edit.records[0].key)
  const isNear = distance !== null && reach !== null && distance <= reach + index.settings.radius
  return isNear && editId !== null && targets.get(editId) !== targets.get(edit.editId)
}

/** The whole target of an edit, to tell it from others. */
export const targetName = ({ records }: IndexedEdit): string => records.flatMap((r) => r.says).join(' ')
