/** A file of edits goes into a session, batch by batch; run again, it goes on where it was. */
import { ErratumError } from '../../contract/errors.ts'
import { tokensKey } from '../editor/edit-sample.ts'
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
  /** of each batch, instead of the session's own number */
  iterations?: number
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
  return { rows: kept, skipped, batches: await trainAll(session, outstanding(session, kept), options) }
}

/** What a run would train of rows that fit, without training it. */
export function outstandingRows(
  session: EditSession,
  given: readonly EditRow[]
): { rows: EditRow[]; known: number; replacedInFile: EditRow[] } {
  const { kept } = screen(session, given, true)
  const rows = outstanding(session, kept)
  const isKept = new Set(kept)
  const replacedInFile = given.filter((row) => !isKept.has(row) && session.fits(session.sample(row)))
  return { rows, known: kept.length - rows.length, replacedInFile }
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
    const onProgress = (p: BatchProgress): void => options.onProgress?.({ ...p, batch, batches })
    const outcome = await session.trainBatch(requests, options.signal, onProgress, options.iterations)
    outcomes.push(outcome)
    options.onBatch?.(outcome, batch, batches)
  }
  return outcomes
}

/** What can be trained of a file, and what cannot and why. Of rows that fit and have the same prompt the last one holds. */
function screen(
  session: EditSession,
  rows: readonly EditRow[],
  skipUnfit: boolean
): { kept: EditRow[]; skipped: SkippedRow[] } {
  const { positions } = session.model.config
  const unfit: SkippedRow[] = []
  const fitting: EditRow[] = []
  for (const row of rows) {
    const why = session.unfit(row)
    if (why === null) fitting.push(row)
    else unfit.push(skip(row, why.tokens, why.reason))
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
  const place = (row: EditRow): string => session.sample(row).promptIds.join(' ')
  const lastOfPrompt = new Map(fitting.map((row) => [place(row), row]))
  const last = (row: EditRow): EditRow => lastOfPrompt.get(place(row))!
  const replaced = fitting
    .filter((row) => last(row) !== row)
    .map((row) => skip(row, null, `replaced by ${last(row).id}, which has the same prompt`))
  return { kept: fitting.filter((row) => last(row) === row), skipped: [...unfit, ...replaced] }
}

/**
 * Rows that are still to be trained. What is in the session is left as it is, even where it is out of work because a
 * later row of the same file took its place: training it again would turn the file's order round.
 */
function outstanding(session: EditSession, rows: readonly EditRow[]): EditRow[] {
  const placeOf = new Map(rows.map((row, place) => [tokensKey(session.sample(row)), place]))
  return rows.filter((row, place) => {
    if (!session.isStored(row)) return true
    if (session.has(row)) return false
    const replacement = session.replacementOf(row)
    return replacement !== null && (placeOf.get(tokensKey(replacement)) ?? -1) <= place
  })
}

const skip = ({ id, line }: EditRow, tokens: number | null, reason: string): SkippedRow => ({
  id,
  line: line ?? null,
  tokens,
  reason
})

function named(rows: readonly SkippedRow[]): string {
  return rows
    .map((r) => `${r.id}${r.line === null ? '' : ` (line ${r.line})`} with ${r.tokens ?? 'too many to count'}`)
    .join(', ')
}
