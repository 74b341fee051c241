/** A batch as the editor hands it over, and the checks that keep a session consistent. */
import { ErratumError } from '../../contract/errors.ts'
import type { BlockWeights } from '../engine/models/language-model.ts'
import type { BlockKeys } from '../formats/block-keys.ts'
import type { BatchHistory, StoredEdit, TrainingRecord } from './batches.ts'

export type NewEdit = Omit<StoredEdit, 'order' | 'block' | 'batch' | 'extra' | 'join'> &
  Partial<Pick<StoredEdit, 'extra' | 'join'>>

export interface NewBatch {
  readonly blockId: string
  readonly weights: BlockWeights
  /** ascending, one for each pair of `weights` */
  readonly loraLayers: readonly number[]
  readonly edits: readonly NewEdit[]
  /** for each edit a key [d] for each of its decisions, and its key [f] under the paper's protocol */
  readonly keys: BlockKeys
  readonly training: TrainingRecord
}

/**
 * @param history the batches of the session: keys are as long as theirs; the ids of all blocks are taken, and those of
 * the edits that are present
 * @throws ErratumError `BadInput` with the field that is wrong
 */
export function checkBatch(batch: NewBatch, { present, undone }: Pick<BatchHistory, 'present' | 'undone'>): void {
  const { blockId, weights, loraLayers, edits, keys } = batch
  if (edits.length === 0) throw wrong('edits', 'has no edits')
  if ([...present, ...undone].some(({ block }) => block === blockId))
    throw wrong('blockId', `takes the id of block ${blockId}`)
  if (weights.a.length !== loraLayers.length || weights.b.length !== loraLayers.length)
    throw wrong('weights', `has ${weights.a.length} A and ${weights.b.length} B for ${loraLayers.length} layers`)
  if (loraLayers.some((layer, i) => i > 0 && layer <= loraLayers[i - 1]))
    throw wrong('loraLayers', `has the layers ${loraLayers.join(', ')}, which do not ascend`)
  if (keys.deployment.length !== edits.length || keys.paper.length !== edits.length)
    throw wrong('keys', `has keys for ${keys.deployment.length} and ${keys.paper.length} of ${edits.length} edits`)

  const taken = new Set(present.flatMap((one) => one.edits.map(({ editId }) => editId)))
  const due = present[0]?.keyLength ?? { deployment: keys.deployment[0][0]?.length, paper: keys.paper[0].length }
  edits.forEach(({ editId, promptIds, targetIds, decisions }, i) => {
    if (taken.has(editId)) throw wrong('edits', `has the edit id ${editId}, which is taken`)
    taken.add(editId)
    const length = promptIds.length + targetIds.length
    const ascends = decisions.every((at, r) => at < length && (r === 0 || at > decisions[r - 1]))
    if (decisions[0] !== promptIds.length || !ascends)
      throw wrong('decisions', `has decisions ${decisions.join(', ')} for ${promptIds.length} of ${length} tokens`)
    if (keys.deployment[i].length !== decisions.length)
      throw wrong('keys', `has ${keys.deployment[i].length} keys for ${decisions.length} decisions of ${editId}`)
    if (keys.deployment[i].some((key) => key.length !== due.deployment) || keys.paper[i].length !== due.paper)
      throw wrong('keys', `has keys of ${editId} that are not [${due.deployment}] and [${due.paper}]`)
  })
}

function wrong(field: string, what: string): ErratumError {
  return new ErratumError('BadInput', `The batch ${what}.`, { field })
}
