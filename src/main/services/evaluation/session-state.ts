/**
 * A session as it was after its first so many batches. Blocks never change and the indices are a pure function of the
 * edits that are present, so any of these states can be measured at any time later.
 */
import { createHash } from 'node:crypto'
import type { IndexedEdit } from '../../editor/neuron-index/types.ts'
import type { Protocol, ReadingRules } from '../../editor/read-text.ts'
import type { CommittedBatch, StoredEdit } from '../../session/batches.ts'
import type { SessionStore } from '../../session/session-store.ts'
import { joinedText, textKey } from '../../editor/edit-sample.ts'
import type { EditText } from '../../editor/edit-sample.ts'
import type { EditSession } from '../edit-session.ts'
import { buildIndices, extendIndices } from '../session-indices.ts'
import type { ByProtocol, IndexMode, Indices } from '../session-indices.ts'

export interface SessionState {
  readonly batches: readonly CommittedBatch[]
  /** hash of the blocks that are present and of the edits withdrawn from them: two states with the same one answer alike under the same settings */
  readonly seal: string
  readonly mode: IndexMode
  readonly indices: Indices
  /** whose record at the prompt's end is live under protocol `deployment` */
  readonly liveEdits: readonly StoredEdit[]
  rules(protocol: Protocol): ReadingRules
  /** The block of the live edit with this prompt and target; null where there is none. */
  blockOf(row: EditText): string | null
}

/** The states after these numbers of batches, ascending; each is built on the one before. */
export function* statesAfter(
  session: EditSession,
  places: readonly number[],
  mode: IndexMode = session.settings.index
): Generator<SessionState> {
  const { store, calibration } = session
  const edits = { deployment: store.indexedEdits('deployment'), paper: store.indexedEdits('paper') }
  let indices = buildIndices({ deployment: [], paper: [] }, calibration, mode)
  let taken = 0
  for (const place of places) {
    const batches = store.batches.slice(0, place)
    const blocks = new Set(batches.slice(taken).map((b) => b.block))
    indices = extendIndices(indices, ofBlocks(edits, blocks))
    taken = place
    yield stateOf(session, batches, indices, mode)
  }
}

/** As it is now. */
export function presentState(session: EditSession, mode?: IndexMode): SessionState {
  const [state] = statesAfter(session, [session.store.batches.length], mode)
  return state
}

/** One for each batch that is present: of the state after it. Withdrawn edits make it another state. */
export function sealsOf({ batches }: Pick<SessionStore, 'batches'>): string[] {
  const hash = createHash('sha256')
  return batches.map(({ block, files, withdrawn }) => {
    const hashes = Object.entries(files).map(([name, { sha256 }]) => [name, sha256])
    const without = withdrawn.map(({ editId }) => editId)
    hash.update(JSON.stringify(without.length === 0 ? [block, hashes] : [block, hashes, without]))
    return hash.copy().digest('hex')
  })
}

function stateOf(
  session: EditSession,
  batches: readonly CommittedBatch[],
  indices: Indices,
  mode: IndexMode
): SessionState {
  const isLive = (editId: string): boolean => indices.deployment.stateOf({ editId, record: 0 }).state === 'live'
  const liveEdits = batches.flatMap((b) => b.edits).filter((e) => isLive(e.editId))
  const blocks = new Map(liveEdits.map((e) => [textKey(e), e.block]))
  return {
    batches,
    seal: sealsOf({ batches }).at(-1) ?? 'untouched',
    mode,
    indices,
    liveEdits,
    rules: (protocol) => session.rulesOf(indices[protocol], protocol),
    blockOf: (row) => blocks.get(textKey(joinedText(session.model.tokenizer, row))) ?? null
  }
}

function ofBlocks(
  edits: ByProtocol<readonly IndexedEdit[]>,
  blocks: ReadonlySet<string>
): ByProtocol<readonly IndexedEdit[]> {
  const of = (protocol: Protocol): IndexedEdit[] => edits[protocol].filter((e) => blocks.has(e.block))
  return { deployment: of('deployment'), paper: of('paper') }
}
