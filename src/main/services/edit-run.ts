/** A file of edits goes into a session, batch by batch; run again, it goes on where it was. */
import { ErratumError } from '../../contract/errors.ts'
import type { EditSample } from '../editor/edit-sample.ts'
import type { BatchOutcome, BatchProgress, EditRequest, EditSession } from './edit-session.ts'

export interface EditRow extends EditRequest {
  /** line of the file, or place in it */
  line?: number
}

export interface SkippedRow {
  id: string
  line: number | null
  tokens: number | null
  reason: string
}

export interface RunProgress extends BatchProgress {
  /** number of the batch, from 1, and how many there are */
  batch: number
  batches: number
}

export interface RunOptions {
  batchSize: number
  /** leave out what does not fit the context, and say so; else it is an error before anything is trained */
  skipUnfit?: boolean
  signal?: AbortSignal
  onProgress?: (p: RunProgress) => void
  onBatch?: (outcome: BatchOutcome, batch: number, batches: number) => void
}

export interface RunResult {
  /** rows that are in the session now, be it from this run or an earlier one */
  rows: EditRow[]
  skipped: SkippedRow[]
  batches: BatchOutcome[]
}

export async function runEdits(
  session: EditSession,
  rows: readonly EditRow[],
  options: RunOptions
): Promise<RunResult> {
  const { kept, skipped } = screen(session, rows, options.skipUnfit ?? false)
  const due = kept.filter((row) => !session.has(row))
  return { rows: kept, skipped, batches: await trainAll(session, due, options) }
}

/** Trains rows in their order, `batchSize` at a time; what was committed stays, whatever happens later. */
export async function trainAll(
  session: EditSession,
  rows: readonly EditRow[],
  options: RunOptions
): Promise<BatchOutcome[]> {
  const outcomes: BatchOutcome[] = []
  const batches = Math.ceil(rows.length / options.batchSize)
  for (let batch = 1; batch <= batches; batch++) {
    const requests = rows.slice((batch - 1) * options.batchSize, batch * options.batchSize)
    const outcome = await session.trainBatch(requests, options.signal, (p) =>
      options.onProgress?.({ ...p, batch, batches })
    )
    outcomes.push(outcome)
    options.onBatch?.(outcome, batch, batches)
  }
  return outcomes
}

/** What can be trained of a file, and what cannot and why. Of rows with the same prompt the last one holds. */
function screen(
  session: EditSession,
  rows: readonly EditRow[],
  skipUnfit: boolean
): { kept: EditRow[]; skipped: SkippedRow[] } {
  const lastOfPrompt = new Map(rows.map((row) => [row.prompt.trimEnd(), row]))
  const kept: EditRow[] = []
  const skipped: SkippedRow[] = []
  const unfit: SkippedRow[] = []
  const { positions } = session.model.config
  for (const row of rows) {
    const last = lastOfPrompt.get(row.prompt.trimEnd())!
    if (last !== row) {
      skipped.push({
        id: row.id,
        line: row.line ?? null,
        tokens: null,
        reason: `replaced by ${last.id}, which has the same prompt`
      })
      continue
    }
    const sample: EditSample = session.sample(row)
    if (session.fits(sample)) {
      kept.push(row)
      continue
    }
    const tokens = sample.promptIds.length + sample.targetIds.length
    unfit.push({
      id: row.id,
      line: row.line ?? null,
      tokens,
      reason: `${tokens} tokens, and the model's context is ${positions}`
    })
  }
  if (unfit.length > 0 && !skipUnfit)
    throw new ErratumError(
      'DoesNotFit',
      `${unfit.length} of ${rows.length} edits do not fit the model's context of ${positions} tokens: ${named(unfit)}.`,
      {
        rows: unfit,
        line: unfit[0].line ?? undefined,
        cure: 'Shorten them, or leave them out with --skip-unfit.'
      }
    )
  return { kept, skipped: [...skipped, ...unfit] }
}

function named(rows: readonly SkippedRow[]): string {
  return rows.map((r) => `${r.id}${r.line === null ? '' : ` (line ${r.line})`} with ${r.tokens}`).join(', ')
}
