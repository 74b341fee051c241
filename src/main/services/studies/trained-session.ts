/** A session of a study: trained on the first edits of its data and measured in both protocols. */
import { defaultSettings, PAPER_SETTINGS } from '../../editor/edit-settings.ts'
import type { EditSettings } from '../../editor/edit-settings.ts'
import { evaluateProtocols } from '../../evaluation/evaluate.ts'
import type { EvaluatedEdit, Evaluation } from '../../evaluation/evaluate.ts'
import type { Protocol } from '../../editor/read-text.ts'
import { blockSizes } from '../../engine/models/language-model.ts'
import type { EditPoints, Gpt2Config } from '../../engine/models/language-model.ts'
import { runEdits } from '../edit-run.ts'
import { openEditSession } from '../edit-sessions.ts'
import type { Preset } from '../edit-sessions.ts'
import type { EditSession } from '../edit-session.ts'
import { untouchedShelf } from '../evaluation/file-shelf.ts'
import { evaluatedEdit } from '../evaluation/measure-state.ts'
import { sampled, sum } from './study-data.ts'
import type { StudyOptions, StudyRow, StudySets } from './study-data.ts'

export interface Plan {
  readonly folder: string
  readonly preset: Preset
  readonly settings?: Partial<EditSettings>
  readonly points?: EditPoints
  /** where keys of other points have their calibration */
  readonly calibrationFile?: string
}

/** Figures of a trained session. */
export interface Trial {
  edits: number
  batches: number
  /** of all blocks */
  parameters: number
  keyBytes: { deployment: number; paper: number }
  /** training of all batches */
  seconds: number
  editsPerMinute: number
  meanLoss: number
  protocols: Partial<Record<Protocol, Evaluation>>
}

export function presetSettings(preset: Preset, config: Gpt2Config): EditSettings {
  return preset === 'paper' ? PAPER_SETTINGS : defaultSettings(config)
}

/** Opened again, it goes on after its last batch. The caller closes it. */
export async function openPlan(plan: Plan, options: StudyOptions): Promise<EditSession> {
  return openEditSession({
    model: options.model,
    dir: plan.folder,
    executor: options.executor,
    preset: plan.preset,
    settings: plan.settings,
    points: plan.points,
    calibration: {
      file: plan.calibrationFile,
      signal: options.signal,
      onProgress: (done, of) => options.onStep?.(`calibrating: ${done} of ${of} texts`)
    }
  })
}

export async function train(session: EditSession, rows: readonly StudyRow[], options: StudyOptions): Promise<void> {
  const requests = rows.map(({ id, prompt, target, rephrase }) => ({ id, prompt, target, extra: { rephrase } }))
  await runEdits(session, requests, {
    batchSize: session.settings.batchSize,
    signal: options.signal,
    onProgress: (p) => options.onStep?.(`batch ${p.batch} of ${p.batches}: ${p.phase}, iteration ${p.iteration}`)
  })
}

/** Rows that fit the context, in their order; at most `limit`. */
export function fitting(session: EditSession, rows: readonly StudyRow[], limit = Infinity): StudyRow[] {
  const fit: StudyRow[] = []
  for (const row of rows) {
    if (fit.length === limit) break
    if (session.unfit(row) === null) fit.push(row)
  }
  return fit
}

export async function measureTrial(
  session: EditSession,
  rows: readonly StudyRow[],
  sets: StudySets,
  options: StudyOptions
): Promise<Trial> {
  const { model, store } = session
  const edits: EvaluatedEdit[] = sampled(options, rows).map((row) => evaluatedEdit(session, row))
  const protocols = await evaluateProtocols(
    model,
    { deployment: session.rules('deployment'), paper: session.rules('paper') },
    { edits, accurate: fitting(session, sets.accurate), locality: sets.locality },
    {
      signal: options.signal,
      onProgress: (done, of, what) => options.onStep?.(`${what}: ${done} of ${of}`),
      shelves: { untouched: untouchedShelf(session) }
    }
  )
  const seconds = sum(store.batches.map((b) => b.training.seconds))
  return {
    edits: store.edits.length,
    batches: store.batches.length,
    parameters: sum(store.batches.map((b) => blockSizes(model.config, model.points, b.rank).parameters)),
    keyBytes: (await store.sizes()).keys,
    seconds,
    editsPerMinute: (60 * store.edits.length) / seconds,
    meanLoss: sum(store.batches.map((b) => b.training.loss)) / store.batches.length,
    protocols
  }
}
