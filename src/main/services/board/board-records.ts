/** What the board leaves in a session's journal: measured states, and how the person wants them measured. */
import { boardSettingsSchema, DEFAULT_BOARD_SETTINGS, evaluationRecordSchema } from '../../../contract/board.ts'
import type { BoardSettings, EvaluationRecord } from '../../../contract/board.ts'

/** The journal's names for them. */
export const EVALUATION_RECORD = 'evaluation'
export const SETTINGS_RECORD = 'board'

export interface BoardRecords {
  evaluations: EvaluationRecord[]
  /** the last that were written */
  settings: BoardSettings
  /** records of another form than these; they stay in the journal */
  setAside: number
}

/** @param records payloads of a kind, in the order in which they were written */
export function boardRecords(records: (kind: string) => readonly unknown[]): BoardRecords {
  const evaluations = records(EVALUATION_RECORD).map((raw) => evaluationRecordSchema.safeParse(raw))
  const settings = records(SETTINGS_RECORD).map((raw) => boardSettingsSchema.safeParse(raw))
  return {
    evaluations: evaluations.flatMap((parsed) => (parsed.success ? [parsed.data] : [])),
    settings: settings.findLast((parsed) => parsed.success)?.data ?? DEFAULT_BOARD_SETTINGS,
    setAside: [...evaluations, ...settings].filter((parsed) => !parsed.success).length
  }
}
