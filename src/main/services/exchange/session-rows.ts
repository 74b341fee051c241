/** What a session holds, as rows of files: its edits, and the passages of its review. */
import { ErratumError } from '../../../contract/errors.ts'
import { targetForFile } from '../../../contract/join.ts'
import type { Passage } from '../../../contract/types.ts'
import { buildClusters } from '../../editor/neuron-index/clusters.ts'
import { buildScopes } from '../../editor/neuron-index/scopes.ts'
import type { RecordState } from '../../editor/neuron-index/types.ts'
import { editOfRecord } from '../../formats/edits.ts'
import type { EditRow } from '../../formats/edits.ts'
import { gatherLosses } from '../../formats/loss.ts'
import type { Loss, NotCarried } from '../../formats/loss.ts'
import type { PassageRow } from '../../formats/passages.ts'
import type { StoredEdit } from '../../session/batches.ts'
import type { SessionStore } from '../../session/session-store.ts'
import { stateOfEdits } from '../promises/edits-state.ts'
import { REVIEW_RECORD, reviewRecordSchema } from '../review/records.ts'
import { ReviewState } from '../review/review-state.ts'

/** Edits that are present, in their order, each with the state of its record at the prompt's end. */
export function editsOfSession(store: SessionStore): { row: EditRow; state: RecordState['state'] }[] {
  const { header } = store
  const indexed = store.indexedEdits('deployment')
  const index = header.index === 'clusters' ? buildClusters(indexed, header) : buildScopes(indexed, header)
  return store.edits.map((edit, i) => ({
    row: rowOf(store.folder, edit, i + 1),
    state: index.stateOf({ editId: edit.editId, record: 0 }).state
  }))
}

/** What came with an edit stands under the names that Erratum's own files have for it. */
function rowOf(file: string, edit: StoredEdit, line: number): EditRow {
  const { editId, prompt, extra } = edit
  return editOfRecord(file, { line, value: { ...extra, id: editId, prompt, target_new: targetForFile(edit) } })
}

/** The review as the journal tells it; records that cannot be taken in are passed over, as at opening. */
export function reviewOfSession(store: Pick<SessionStore, 'records' | 'edits' | 'header'>): ReviewState {
  const edits = stateOfEdits(store.header.model.sha256, store.edits)
  const state = new ReviewState(() => edits)
  for (const { payload } of store.records(REVIEW_RECORD)) {
    const record = reviewRecordSchema.safeParse(payload)
    try {
      if (record.success) state.apply(record.data)
    } catch (error) {
      if (!(error instanceof ErratumError)) throw error
    }
  }
  return state
}

/** Passages of the review that have a text, and what of them no file of passages holds. */
export function passagesOfSession(store: SessionStore): { rows: PassageRow[]; notCarried: NotCarried[] } {
  const passages = reviewOfSession(store).passages()
  const written = passages.filter((passage) => passage.sentences.length > 0)
  const losses = passages.map(({ id, sentences }) => {
    const told: Loss[] = []
    if (sentences.length === 0) told.push({ field: 'passage', why: 'it has no text yet' })
    if (sentences.some((s) => s.correction !== null && !s.accepted))
      told.push({ field: 'sentences.correction', why: 'a draft that was not accepted is no correction' })
    if (sentences.some((s) => s.outcome))
      told.push({ field: 'sentences.outcome', why: 'figures belong to the session' })
    return { id, losses: told }
  })
  return { rows: written.map(passageRow), notCarried: gatherLosses(losses) }
}

function passageRow({ id, name, prompt, sampling, sentences }: Passage, i: number): PassageRow {
  return {
    id,
    prompt,
    line: i + 1,
    sentences: sentences.map(({ text, mark, correction, accepted }) => ({
      text: text.trim(),
      ...(mark && { label: mark }),
      ...(accepted && correction !== null && { correction: correction.trim() })
    })),
    extra: { name, sampling }
  }
}
