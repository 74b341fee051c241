/** Edits of a file, trained into the open session, and what that gained. */
import { setImmediate } from 'node:timers/promises'
import { perplexity, scoreTexts } from '../editor/routed-score.ts'
import { readTexts } from '../editor/read-text.ts'
import type { Score } from '../editor/routed-score.ts'
import type { EditSession } from './edit-session.ts'
import { runEdits } from './edit-run.ts'
import type { EditRow, RunOptions, SkippedRow } from './edit-run.ts'

export interface TrainedRows {
  readonly blocks: string[]
  /** edits that were trained now */
  readonly edits: number
  /** of the edits of the file that are in the session: how many, and how many are written word for word */
  readonly present: number
  readonly exact: number
  /** token-weighted over their targets; before: the untouched model; after: under the routes that they get */
  readonly perplexity: { readonly before: number | null; readonly after: number | null }
  readonly skipped: readonly SkippedRow[]
}

/** Rows that are read, or looked at, before others have their turn. */
const AT_ONCE = 16

/** Rows longer than the model's context. */
export async function unfitRows(session: EditSession, rows: readonly EditRow[]): Promise<SkippedRow[]> {
  const unfit: SkippedRow[] = []
  for (const [i, row] of rows.entries()) {
    if (i % AT_ONCE === 0) await setImmediate()
    const why = session.unfit(row)
    if (why === null) continue
    const { tokens, reason } = why
    unfit.push({ id: row.id, line: row.line ?? null, tokens, reason })
  }
  return unfit
}

/** What does not fit the context is left out; what is in the session already is not trained again. */
export async function trainRows(
  session: EditSession,
  rows: readonly EditRow[],
  options: Omit<RunOptions, 'skipUnfit' | 'batchSize'>
): Promise<TrainedRows> {
  const run = await runEdits(session, rows, { ...options, skipUnfit: true, batchSize: session.settings.batchSize })
  const scores = { before: [] as Score[], after: [] as Score[] }
  const rules = session.rules()
  for (let at = 0; at < run.rows.length; at += AT_ONCE) {
    options.signal?.throwIfAborted()
    options.onProgress?.({ phase: 'checking', batch: 0, batches: 0, iteration: at, iterations: run.rows.length, loss: null }) // prettier-ignore
    const samples = run.rows.slice(at, at + AT_ONCE).map((row) => session.sample(row))
    const texts = await readTexts(session.model, samples, rules)
    scores.before.push(...(await scoreTexts(session.model, texts, rules.block, { untouched: true })))
    scores.after.push(...(await scoreTexts(session.model, texts, rules.block)))
  }
  return {
    blocks: run.batches.map(({ block }) => block),
    edits: run.batches.reduce((sum, { edits }) => sum + edits.length, 0),
    present: run.rows.length,
    exact: scores.after.filter(({ greedy }) => greedy).length,
    perplexity: { before: perplexity(scores.before), after: perplexity(scores.after) },
    skipped: run.skipped
  }
}
