/** The job of `erratum edit`: a file of edits or passages goes into a session, and what that gained is measured. */
import { basename } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import type { EditSettings } from '../editor/edit-settings.ts'
import type { Protocol } from '../editor/read-text.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import type { ExecutorName } from '../engine/executors/open-executor.ts'
import { blockSizes } from '../engine/models/language-model.ts'
import { readFormattedEdits } from '../formats/edits.ts'
import type { EditRow as FileRow } from '../formats/edits.ts'
import { goodRows } from '../formats/good-rows.ts'
import type { BadRow } from '../formats/good-rows.ts'
import type { Columns } from '../formats/json-records.ts'
import { readFormattedPassages } from '../formats/passages.ts'
import { reportOf } from '../formats/reading-report.ts'
import type { ReadingReport } from '../formats/reading-report.ts'
import { passageText } from './calibrate-model.ts'
import { runEdits } from './edit-run.ts'
import type { EditRow, RunProgress, RunResult, SkippedRow } from './edit-run.ts'
import { openEditSession } from './edit-sessions.ts'
import type { Preset } from './edit-sessions.ts'
import type { BatchOutcome, EditSession } from './edit-session.ts'
import { promisedTexts } from './promises/check-promises.ts'
import { checkOpenSession, promisingOf } from './promises/session-promises.ts'
import type { SessionCheck } from './promises/session-promises.ts'
import { runPassages } from './passage-run.ts'
import type { PassageOutcome, PassageRunResult } from './passage-run.ts'

export interface EditFileOptions {
  model: string
  session: string
  edits?: string
  passages?: string
  context?: 'corrected' | 'original'
  batchSize?: number
  rank?: number
  iterations?: number
  preset?: Preset
  protocol?: Protocol
  index?: EditSettings['index']
  seed?: number
  executor?: ExecutorName
  skipUnfit?: boolean
  /** leave out rows of the file that cannot be read, and list them */
  skipBad?: boolean
  /** fields of the file by the names that its format has for them */
  columns?: Columns
  /** at most so many edits of the file, from its start, that fit */
  limit?: number
  signal?: AbortSignal
  onProgress?: (p: RunProgress) => void
  onBatch?: (outcome: BatchOutcome, batch: number, batches: number) => void
  onCalibrating?: (done: number, of: number) => void
}

export interface EditFileResult {
  /** what the file was taken as and why, and what of it is not used */
  report: ReadingReport
  edits: number
  skipped: SkippedRow[]
  /** rows of the file that could not be read */
  bad: BadRow[]
  batches: number
  blocks: number
  /** of all blocks of the session */
  parameters: number
  keyBytes: { deployment: number; paper: number }
  seconds: { total: number; training: number; index: number }
  /** edits of this run / (training + index); null where nothing was trained */
  editsPerMinute: number | null
  perplexity: { before: number | null; after: number | null }
  events: {
    batch: string
    protocol: Protocol
    edit: string
    record: number
    before: string
    after: string
    by: string | null
  }[]
  /** what the rows of a file of edits took the place of, or may apply in place of */
  replaces: {
    id: string
    line: number | null
    kind: 'same prompt' | 'near'
    target: string
    passage: string | null
    edit: string | null
    file: string | null
  }[]
  /** promises that held when they were looked at last, and are broken by this run; and how all of them stand */
  newlyBroken: SessionCheck['newlyBroken']
  promises: SessionCheck['promises']
  /** `--passages` with corrected context only */
  rounds?: number
  passages?: PassageOutcome[]
}

export async function editFile(options: EditFileOptions): Promise<EditFileResult> {
  const started = performance.now()
  if ((options.edits === undefined) === (options.passages === undefined))
    throw new ErratumError('BadInput', 'Give a file of edits or a file of passages, and not both.', { field: 'edits' })
  for (const [field, of] of [
    ['context', 'passages'],
    ['limit', 'edits']
  ] as const)
    if (options[field] !== undefined && options[of] === undefined)
      throw new ErratumError('BadInput', `--${field} is about --${of}, which were not given.`, { field })
  // Read first: a broken file is told before a model is loaded or a session made.
  const { edits: editFile, passages: passageFile, skipBad, columns } = options
  const none = { rows: [], bad: [] }
  const read = editFile === undefined ? none : goodRows((onBad) => readFormattedEdits(editFile, { onBad, columns }), skipBad) // prettier-ignore
  const given = passageFile === undefined ? none : goodRows((onBad) => readFormattedPassages(passageFile, { onBad, columns }), skipBad) // prettier-ignore
  const report = reportOf([...read.rows, ...given.rows])
  const rows = read.rows.map(({ row }) => toRow(row, basename(editFile ?? '')))
  const passages = given.rows.map(({ row }) => row)
  const { rank, iterations, index, seed, batchSize } = options
  const settings = Object.fromEntries(
    Object.entries({ rank, iterations, index, seed, batchSize }).filter(([, v]) => v !== undefined)
  )
  const session = await openEditSession({
    model: options.model,
    dir: options.session,
    executor: options.executor,
    preset: options.preset,
    settings,
    calibration: {
      signal: options.signal,
      onProgress: options.onCalibrating,
      passages: passages.map(passageText)
    }
  })
  try {
    const run = { ...options, batchSize: session.settings.batchSize }
    const taken = options.limit === undefined ? rows : firstThatFit(session, rows, options.limit)
    const before = await promisingOf(session)
    const decisions = before.bench.promises.decisions()
    const foreseen =
      options.passages === undefined ? await before.bench.promises.foresee(taken, promisedTexts(before)) : null
    const done: RunResult & Partial<Pick<PassageRunResult, 'rounds' | 'passages'>> =
      options.passages === undefined ? await runEdits(session, taken, run) : await runPassages(session, passages, run)
    const inSession = done.rows.map((row) => ({ ...row, block: null }))
    const measured = await evaluate(
      session.model,
      session.rules(options.protocol),
      { edits: inSession },
      { withoutExact: true, signal: options.signal }
    )
    // What nobody has looked at before is not looked at now: that would take as long again as training a large file.
    const check = await checkOpenSession(session, { since: decisions, onlyKnown: true, signal: options.signal })
    const training = sum(done.batches.map((b) => b.seconds.training))
    const indexing = sum(done.batches.map((b) => b.seconds.index))
    const trained = sum(done.batches.map((b) => b.edits.length))
    const sizes = await session.store.sizes()
    return {
      report,
      edits: done.rows.length,
      skipped: done.skipped,
      bad: [...read.bad, ...given.bad],
      batches: done.batches.length,
      blocks: session.store.batches.length,
      parameters: sum(
        session.store.batches.map((b) => blockSizes(session.model.config, session.model.points, b.rank).parameters)
      ),
      keyBytes: sizes.keys,
      seconds: { total: (performance.now() - started) / 1000, training, index: indexing },
      editsPerMinute: trained === 0 ? null : (60 * trained) / (training + indexing),
      perplexity: { before: measured.edits?.before ?? null, after: measured.edits?.after ?? null },
      events: done.batches.flatMap((b) =>
        b.events.map(({ protocol, event }) => ({
          batch: b.block,
          protocol,
          edit: event.ref.editId,
          record: event.ref.record,
          before: event.before,
          after: event.after,
          by: event.by?.editId ?? null
        }))
      ),
      replaces: (foreseen?.conflicts ?? []).map(({ row, kind, target, passage, edit }) => ({
        id: row.id,
        line: row.line ?? null,
        kind,
        target,
        passage: passage && `${passage.passageId}/${passage.sentence}`,
        edit: edit && edit.editId,
        file: edit?.file ?? null
      })),
      newlyBroken: check.newlyBroken,
      promises: check.promises,
      rounds: done.rounds,
      passages: done.passages
    }
  } finally {
    await session.close()
  }
}

/** As a session takes it: what came with it is kept beside. @param file its name */
export function toRow(
  { id, prompt, target, line, rephrase, locality, subject, severity, targetOld, source, extra }: FileRow,
  file: string
): EditRow {
  const kept = { ...extra, rephrase, locality, subject, severity, target_old: targetOld, source }
  return {
    id,
    prompt,
    target,
    line,
    from: { file, line },
    extra: Object.fromEntries(Object.entries(kept).filter(([, v]) => v !== undefined))
  }
}

/** With a limit, what does not fit is not counted: the rows up to the limit-th that fits. */
function firstThatFit(session: EditSession, rows: readonly EditRow[], limit: number): EditRow[] {
  let fitting = 0
  const taken: EditRow[] = []
  for (const row of rows) {
    if (fitting === limit) break
    taken.push(row)
    if (session.unfit(row) === null) fitting++
  }
  return taken
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
