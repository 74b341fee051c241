/**
 * The job of `erratum eval`: a session's edits, sets of accurate sentences and unrelated texts, under either protocol;
 * of the present state, or of the states after every so many batches, kept in the session's journal for its board.
 */
import type { Evaluation, EvaluationAbout } from '../../contract/evaluation.ts'
import { ErratumError } from '../../contract/errors.ts'
import type { EditSettings } from '../editor/edit-settings.ts'
import type { Protocol } from '../editor/read-text.ts'
import type { ExecutorName } from '../engine/executors/open-executor.ts'
import { measureStates, placesOf } from './board/evaluation-run.ts'
import type { StatesRequest } from './board/evaluation-run.ts'
import type { EditSession } from './edit-session.ts'
import { openEditSession } from './edit-sessions.ts'
import { measure, prepare } from './evaluation/measure-state.ts'
import { presentState } from './evaluation/session-state.ts'
import { readSets } from './evaluation/sets.ts'
import type { EvaluationSets, SetFiles } from './evaluation/sets.ts'
import { PROTOCOLS } from './session-indices.ts'

export interface EvaluateSessionOptions extends SetFiles {
  session: string
  protocol?: 'both' | Protocol
  index?: EditSettings['index']
  executor?: ExecutorName
  /** at most so many rows of each set, drawn by the seed (0 if absent) */
  sample?: number
  sampleSeed?: number
  /** leave what was measured in the session, and measure nothing twice */
  keep?: boolean
  /** keep the states after every so many batches, too; passages are written by the last alone */
  every?: number
  signal?: AbortSignal
  /** @param what a phrase */
  onProgress?: (share: number, what: string) => void
  /** told once, where edits or sentences do not fit the model's context and are not measured */
  onLeftOut?: (ids: readonly string[]) => void
}

export type SessionEvaluation = Partial<Record<Protocol, Evaluation>> & {
  about: EvaluationAbout
  /** where they were kept */
  states?: { measured: number; known: number }
}

export async function evaluateSession(options: EvaluateSessionOptions): Promise<SessionEvaluation> {
  if (options.sampleSeed !== undefined && options.sample === undefined)
    throw new ErratumError('BadInput', '--sample-seed is about --sample, which was not given.', {
      field: 'sample-seed'
    })
  if (options.protocol === 'paper' && (options.passages ?? options.otherPassages) !== undefined)
    throw new ErratumError('BadInput', 'Passages are written under protocol deployment only.', {
      field: 'protocol',
      cure: 'Leave --protocol out, or the passages.'
    })
  // Read first: a broken file is told before a model is loaded.
  const sets = readSets(options)
  const keep = options.keep === true || options.every !== undefined
  const session = await openEditSession({
    dir: options.session,
    executor: options.executor,
    mustExist: true,
    readOnly: !keep
  })
  const plan = {
    protocols: !options.protocol || options.protocol === 'both' ? [...PROTOCOLS] : [options.protocol],
    sample: options.sample === undefined ? null : { size: options.sample, seed: options.sampleSeed ?? 0 }
  }
  try {
    if (keep) return await keptEvaluation(session, sets, plan, options)
    const state = presentState(session, options.index)
    const prepared = prepare(session, state, sets, plan)
    if (prepared.leftOut.length > 0) options.onLeftOut?.(prepared.leftOut)
    return { ...(await measure(session, state, prepared, options)), about: prepared.about }
  } finally {
    await session.close()
  }
}

async function keptEvaluation(
  session: EditSession,
  sets: EvaluationSets,
  plan: StatesRequest['plan'],
  { every, index, ...hooks }: EvaluateSessionOptions
): Promise<SessionEvaluation> {
  const last = session.store.batches.length
  if (last === 0)
    throw new ErratumError('BadInput', 'There is nothing to keep: the session has no batch yet.', {
      field: 'keep',
      cure: 'Train something first.'
    })
  const withoutPassages = { ...sets, approved: undefined, others: undefined }
  const { records, measured, known } = await measureStates(
    session,
    {
      places: placesOf(last, every ?? last),
      setsAt: (place) => (place === last ? sets : withoutPassages),
      plan,
      mode: index
    },
    hooks
  )
  const { protocols, about } = records.at(-1)!
  return { ...protocols, about, states: { measured, known } }
}
