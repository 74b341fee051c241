/** How much of a review there is, for a list of sessions. */
import type { RecordLog } from '../session/record-log.ts'
import { REVIEW_RECORD } from './review/records.ts'
import { Workspace } from './workspace.ts'

export function reviewUnder(log: RecordLog): { passages: number; corrections: number } {
  const found = log.keptOf(REVIEW_RECORD)
  const workspace = new Workspace(
    {
      appendRecord: () => Promise.resolve(),
      records: (kind) => log.of(kind).map(({ payload }) => payload),
      kept: () => found && { ...found.kept, since: found.since.map(({ payload }) => payload) }
    },
    { onChange: () => undefined }
  )
  const passages = workspace.passages()
  const corrections = passages.flatMap(({ sentences }) => sentences.filter(({ accepted }) => accepted))
  return { passages: passages.length, corrections: corrections.length }
}
