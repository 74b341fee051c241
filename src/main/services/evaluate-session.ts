/** The job of `erratum eval`: a session's edits, sets of accurate sentences and unrelated texts, under either protocol. */
import type { Evaluation, EvaluationAbout } from '../../contract/evaluation.ts'
import { ErratumError } from '../../contract/errors.ts'
import type { EditSettings } from '../editor/edit-settings.ts'
import type { Protocol } from '../editor/read-text.ts'
import type { ExecutorName } from '../engine/executors/open-executor.ts'
import { openEditSession } from './edit-sessions.ts'
import { measure, prepare } from './evaluation/measure-state.ts'
import { presentState } from './evaluation/session-state.ts'
import { readSets } from './evaluation/sets.ts'
import type { SetFiles } from './evaluation/sets.ts'

export interface EvaluateSessionOptions extends SetFiles {
  session: string
  protocol?: 'both' | Protocol
  index?: EditSettings['index']
  executor?: ExecutorName
  /** at most so many rows of each set, drawn by the seed (0 if absent) */
  sample?: number
  sampleSeed?: number
  signal?: AbortSignal
  /** @param what a phrase */
  onProgress?: (share: number, what: string) => void
  /** told once, where edits or sentences do not fit the model's context and are not measured */
  onLeftOut?: (ids: readonly string[]) => void
}

export type SessionEvaluation = Partial<Record<Protocol, Evaluation>> & { about: EvaluationAbout }

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
  const session = await openEditSession({
    dir: options.session,
    executor: options.executor,
    mustExist: true,
    readOnly: true
  })
  try {
    const state = presentState(session, options.index)
    const prepared = prepare(session, state, sets, {
      protocols: !options.protocol || options.protocol === 'both' ? ['deployment', 'paper'] : [options.protocol],
      sample: options.sample === undefined ? null : { size: options.sample, seed: options.sampleSeed ?? 0 }
    })
    if (prepared.leftOut.length > 0) options.onLeftOut?.(prepared.leftOut)
    return { ...(await measure(session, state, prepared, options)), about: prepared.about }
  } finally {
    await session.close()
  }
}
