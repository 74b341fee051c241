/** What a report tells of a session: read from its folder, and measured where that was asked for. */
import { basename, resolve } from 'node:path'
import { readTexts } from '../../editor/read-text.ts'
import { perplexity, scoreTexts } from '../../editor/routed-score.ts'
import type { ExecutorName } from '../../engine/executors/open-executor.ts'
import type { EditRow } from '../../formats/edits.ts'
import { openSession } from '../../session/session-folder.ts'
import type { SessionStore } from '../../session/session-store.ts'
import type { SessionSizes } from '../../session/sizes.ts'
import { openEditSession } from '../edit-sessions.ts'
import { evaluateSession } from '../evaluate-session.ts'
import type { SessionEvaluation } from '../evaluate-session.ts'
import { boardRecords } from '../board/board-records.ts'
import { versions } from '../evaluation/about.ts'
import { sealsOf } from '../evaluation/session-state.ts'
import { editsOfSession, reviewOfSession } from './session-rows.ts'

export interface ReportOptions {
  session: string
  /** perplexities and exactness of every edit in force, and the figures of all sets, both protocols */
  measure?: boolean
  accurate?: string
  locality?: string
  sample?: number
  executor?: ExecutorName
  signal?: AbortSignal
  onProgress?: (what: string) => void
}

/** Of one edit; null: not measured. */
export interface EditFigures {
  readonly before: number
  readonly after: number
  /** each token of the target is the likeliest under the route that the text gets */
  readonly exact: boolean
  readonly distance: number | null
  readonly reach: number | null
}

export interface ReportedEdit {
  readonly row: EditRow
  readonly block: string
  readonly state: string
  readonly figures: EditFigures | null
}

export interface ReportContent {
  readonly name: string
  readonly header: SessionStore['header']
  readonly batches: SessionStore['batches']
  readonly edits: readonly ReportedEdit[]
  readonly passages: { readonly all: number; readonly asApproved: number; readonly rewritten: number }
  readonly sizes: SessionSizes
  readonly notices: readonly string[]
  /** of the session as it is: measured for the report, else the last that the session keeps; null: there is none */
  readonly evaluation: SessionEvaluation | null
  /** what the session keeps of its states after so many batches, ascending */
  readonly course: readonly { readonly batches: number; readonly evaluation: SessionEvaluation }[]
  readonly versions: ReturnType<typeof versions>
  /** ISO 8601, UTC */
  readonly at: string
}

export async function reportContent(options: ReportOptions): Promise<ReportContent> {
  const { session: folder, measure, onProgress } = options
  const figures = measure ? await measuredEdits(options) : new Map<string, EditFigures>()
  const measured = measure ? await evaluateSession({ ...options, onProgress: (_, what) => onProgress?.(what) }) : null
  const store = await openSession(folder, { readOnly: true })
  try {
    const passages = reviewOfSession(store).passages()
    for (const { sentences } of passages)
      for (const { outcome } of sentences) {
        if (!outcome || outcome.undone || figures.has(outcome.editId)) continue
        const { perplexity: known, exact, route } = outcome
        figures.set(outcome.editId, { ...known, exact, distance: route?.distance ?? null, reach: route?.reach ?? null })
      }
    const stored = store.edits
    const { evaluation, course } = keptEvaluations(store)
    return {
      name: basename(resolve(folder)),
      header: store.header,
      batches: store.batches,
      edits: editsOfSession(store).map(({ row, state }, i) => ({
        row,
        block: stored[i].block,
        state,
        figures: figures.get(row.id) ?? null
      })),
      passages: {
        all: passages.length,
        rewritten: passages.filter((p) => p.rewriting).length,
        asApproved: passages.filter((p) => p.promise.checked && p.rewriting?.asApproved).length
      },
      sizes: await store.sizes(),
      notices: store.notices.map(({ message }) => message),
      evaluation: measured ?? evaluation,
      course,
      versions: versions(),
      at: new Date().toISOString()
    }
  } finally {
    await store.close()
  }
}

/** What the board measured and the journal keeps, of states that are those of the session now or on its way here. */
function keptEvaluations(store: SessionStore): Pick<ReportContent, 'evaluation' | 'course'> {
  const { evaluations } = boardRecords((kind) => store.records(kind).map(({ payload }) => payload))
  const course = sealsOf(store).flatMap((seal, i) => {
    const last = evaluations.findLast(({ state }) => state === seal)
    return last ? [{ batches: i + 1, evaluation: { ...last.protocols, about: last.about } }] : []
  })
  const latest = course.at(-1)
  return { course, evaluation: latest?.batches === store.batches.length ? latest.evaluation : null }
}

async function measuredEdits({
  session: dir,
  executor,
  signal,
  onProgress
}: ReportOptions): Promise<Map<string, EditFigures>> {
  const session = await openEditSession({ dir, executor, mustExist: true, readOnly: true })
  const figures = new Map<string, EditFigures>()
  try {
    const rules = session.rules()
    const live = session.store.edits.filter(({ editId }) => session.isLive(editId))
    for (const edit of live) {
      signal?.throwIfAborted()
      const [text] = await readTexts(session.model, [edit], rules)
      const before = await scoreTexts(session.model, [text], rules.block, { untouched: true })
      const after = await scoreTexts(session.model, [text], rules.block)
      const { distance, reach } = text.routes[0]
      figures.set(edit.editId, {
        before: perplexity(before)!,
        after: perplexity(after)!,
        exact: after[0].greedy,
        distance,
        reach
      })
      onProgress?.(`edit ${figures.size} of ${live.length}`)
    }
    return figures
  } finally {
    await session.close()
  }
}
