/**
 * The job that measures states of a session, one after the other. What was measured is in the journal at once, and is
 * not measured again; a state that was interrupted goes on where it was.
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EvaluationPlan, EvaluationRecord } from '../../../contract/board.ts'
import { evaluationAboutSchema } from '../../../contract/evaluation.ts'
import type { EvaluationAbout } from '../../../contract/evaluation.ts'
import type { ApprovedPassage } from '../../evaluation/approved-writing.ts'
import { readPassages } from '../../formats/passages.ts'
import type { EditSession } from '../edit-session.ts'
import { measure, prepare } from '../evaluation/measure-state.ts'
import { fromSession, readSets } from '../evaluation/sets.ts'
import type { EvaluationSets } from '../evaluation/sets.ts'
import { statesAfter } from '../evaluation/session-state.ts'
import type { IndexMode } from '../session-indices.ts'
import { nameInHeader } from '../known-headers.ts'
import { resourcesFolder } from '../places.ts'
import { boardRecords, EVALUATION_RECORD } from './board-records.ts'

export interface EvaluationRequest {
  readonly plan: EvaluationPlan
  /** the states after every so many batches, or the present one alone */
  readonly which: 'planned' | 'present'
  /** what was approved in the review, for the present state */
  readonly approved: readonly ApprovedPassage[]
  /** people whom the review knows: they are nobody else's */
  readonly names: readonly string[]
}

export interface StateHooks {
  readonly signal?: AbortSignal
  readonly onProgress?: (fraction: number, doing: string) => void
  readonly onRecord?: (record: EvaluationRecord) => void
  /** told of the last state, where edits or sentences do not fit the model's context and are not measured */
  readonly onLeftOut?: (ids: readonly string[]) => void
}

export interface EvaluationHooks extends StateHooks {
  readonly signal: AbortSignal
  readonly onProgress: (fraction: number, doing: string) => void
  readonly onRecord: (record: EvaluationRecord) => void
}

/** Numbers of batches after which the session is measured. */
export function placesOf(batches: number, every: number): number[] {
  const places = Array.from({ length: Math.floor(batches / every) }, (_, i) => (i + 1) * every)
  return batches > 0 && places.at(-1) !== batches ? [...places, batches] : places
}

/** States of a session to be measured, and how. */
export interface StatesRequest {
  /** the states after so many batches, ascending */
  readonly places: readonly number[]
  readonly setsAt: (place: number) => EvaluationSets
  readonly plan: Pick<EvaluationPlan, 'protocols' | 'sample'>
  /** of the index; the session's own if absent */
  readonly mode?: IndexMode
}

export interface MeasuredStates {
  /** one for each place */
  readonly records: readonly EvaluationRecord[]
  readonly measured: number
  /** measured before, alike in everything that decides about the figures */
  readonly known: number
}

export async function runEvaluations(
  session: EditSession,
  { plan, which, approved, names }: EvaluationRequest,
  hooks: EvaluationHooks
): Promise<MeasuredStates> {
  const last = session.store.batches.length
  const places = which === 'present' ? placesOf(last, Math.max(1, last)) : placesOf(last, plan.every)
  const sets = readSets(filesOf(session, plan))
  const atLast = plan.approved ? { ...sets, ...writingSets(session, approved, names, plan) } : sets
  return measureStates(session, { places, plan, setsAt: (place) => (place === last ? atLast : sets) }, hooks)
}

/** Measures what the journal does not tell yet, and keeps it there state by state. */
export async function measureStates(
  session: EditSession,
  { places, setsAt, plan, mode }: StatesRequest,
  { signal, onProgress, onRecord, onLeftOut }: StateHooks
): Promise<MeasuredStates> {
  const { store } = session
  const last = store.batches.length
  const { evaluations } = boardRecords((kind) => store.records(kind).map((r) => r.payload))
  const kept = new Map(evaluations.map((record) => [identityOf(record.state, record.about), record]))
  const records: EvaluationRecord[] = []
  let measured = 0
  for (const state of statesAfter(session, places, mode)) {
    const place = state.batches.length
    const prepared = prepare(session, state, setsAt(place), plan)
    if (place === last && prepared.leftOut.length > 0) onLeftOut?.(prepared.leftOut)
    const known = kept.get(identityOf(state.seal, prepared.about))
    if (!known) {
      const started = performance.now()
      const done = records.length
      const protocols = await measure(session, state, prepared, {
        signal,
        onProgress: (share, what) =>
          onProgress?.((done + share) / places.length, `After batch ${place} of ${last}: ${what}`)
      })
      const record: EvaluationRecord = {
        id: randomUUID(),
        at: Date.now(),
        seconds: (performance.now() - started) / 1000,
        state: state.seal,
        protocols,
        about: prepared.about
      }
      await store.appendRecord(EVALUATION_RECORD, record)
      onRecord?.(record)
      measured++
      records.push(record)
    } else records.push(known)
    onProgress?.(records.length / places.length, `After batch ${place} of ${last}`)
  }
  return { records, measured, known: places.length - measured }
}

/** Everything that decides about the figures. */
function identityOf(state: string, about: EvaluationAbout): string {
  // By the schema's own order of fields, as a record comes out of the journal.
  return JSON.stringify([state, evaluationAboutSchema.parse(about)])
}

/** Of the plan, or of the benchmark that ships with the model. */
function filesOf({ modelId }: EditSession, plan: EvaluationPlan): { accurate?: string; locality?: string } {
  const accurate = plan.accurate ?? benchmarkFile(modelId, 'accurate.jsonl')
  const locality = plan.locality ?? benchmarkFile(modelId, 'locality.jsonl')
  return { ...(accurate !== null && { accurate }), ...(locality !== null && { locality }) }
}

function benchmarkFile(modelId: string, name: string): string | null {
  const file = join(resourcesFolder(), 'benchmarks', modelId, name)
  return existsSync(file) ? file : null
}

function writingSets(
  { modelId }: EditSession,
  approved: readonly ApprovedPassage[],
  names: readonly string[],
  plan: EvaluationPlan
): EvaluationSets {
  if (!plan.protocols.includes('deployment')) return {}
  const passages = benchmarkFile(modelId, 'passages.jsonl')
  const others = passages === null ? [] : readPassages(passages).map(({ id, prompt }) => ({ id, prompt }))
  const strangers = others.filter(({ prompt }) => !names.includes(nameInHeader(prompt) ?? ''))
  return { approved: fromSession(approved), ...(strangers.length > 0 && { others: fromSession(strangers) }) }
}
