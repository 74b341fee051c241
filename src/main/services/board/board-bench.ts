/** The board of an open session. */
import type { EditSession } from '../edit-session.ts'
import type { BoardBench } from '../review/workbench.ts'
import { editsOfBatch } from './batch-history.ts'
import { boardRecords } from './board-records.ts'
import { runEvaluations } from './evaluation-run.ts'
import { readBoard } from './read-board.ts'

export function boardBench(session: EditSession): BoardBench {
  const { store } = session
  return {
    read: () => readBoard(store),
    settings: () => boardRecords((kind) => store.records(kind).map((r) => r.payload)).settings,
    batch: (block) => editsOfBatch(store, block),
    measure: (request, hooks) => runEvaluations(session, request, hooks)
  }
}
