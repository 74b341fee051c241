/**
 * `erratum study sequence`: edits one batch after the other, and at checkpoints what has been gained and what it costs.
 * One session grows; stopped, it goes on after its last batch.
 */
import { join } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import type { Preset } from '../edit-sessions.ts'
import type { EditSession } from '../edit-session.ts'
import { PROTOCOLS } from '../session-indices.ts'
import type { ByProtocol } from '../session-indices.ts'
import type { RecordState } from '../../editor/neuron-index/types.ts'
import { commonIdentity, readStudyData, sum } from './study-data.ts'
import type { StudyOptions, StudyRow } from './study-data.ts'
import { runSweep } from './sweep.ts'
import type { Point, SweepResult } from './sweep.ts'
import { trialPage } from './trial-page.ts'
import { fitting, measureTrial, openPlan, train } from './trained-session.ts'
import type { Trial } from './trained-session.ts'
import type { Page } from './study-page.ts'

export interface SequenceOptions extends StudyOptions {
  preset?: Preset
  /** number of checkpoints, evenly spread */
  checkpoints?: number
}

export type StateCounts = Partial<Record<RecordState['state'], number>>

export interface SequenceTrial extends Trial {
  /** records at the edits' prompts, by what became of them */
  states: ByProtocol<StateCounts>
}

const CHECKPOINTS = 10

export async function studySequence(options: SequenceOptions): Promise<SweepResult<SequenceTrial>> {
  const data = readStudyData(options)
  const preset = options.preset ?? 'default'
  const session = await openPlan({ folder: join(options.out, 'session'), preset }, options)
  try {
    const rows = fitting(session, data.edits, options.limit)
    const { batchSize } = session.settings
    return await runSweep(
      options.out,
      {
        name: 'sequence',
        identity: {
          ...commonIdentity(session.model.sha256, data.hashes, options),
          executor: session.executor,
          preset,
          settings: session.settings,
          checkpoints: options.checkpoints ?? CHECKPOINTS
        },
        points: checkpoints(rows.length, batchSize, options.checkpoints ?? CHECKPOINTS).map((n) => `edits-${n}`),
        measure: (id) => measureAt(session, rows.slice(0, countOf(id)), data, options),
        page
      },
      options
    )
  } finally {
    await session.close()
  }
}

async function measureAt(
  session: EditSession,
  rows: readonly StudyRow[],
  sets: ReturnType<typeof readStudyData>,
  options: StudyOptions
): Promise<SequenceTrial> {
  if (session.store.edits.length > rows.length)
    throw new ErratumError(
      'BadInput',
      `The session is beyond its first ${rows.length} edits, which have no figures yet.`,
      {
        file: session.dir,
        cure: 'Give another folder for the result.'
      }
    )
  await train(session, rows, options)
  const trial = await measureTrial(session, rows, sets, options)
  const count = (protocol: keyof SequenceTrial['states']): StateCounts => {
    const counts: StateCounts = {}
    for (const { ref, state } of session.rules(protocol).index.states())
      if (ref.record === 0) counts[state.state] = (counts[state.state] ?? 0) + 1
    return counts
  }
  return { ...trial, states: { deployment: count('deployment'), paper: count('paper') } }
}

/** Numbers of edits, whole batches but for the last. */
export function checkpoints(edits: number, batchSize: number, count: number): number[] {
  const batches = Math.ceil(edits / batchSize)
  const places = Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) * batches) / count))
  return [...new Set(places)].map((batch) => Math.min(batch * batchSize, edits)).filter((n) => n > 0)
}

function page(points: readonly Point<SequenceTrial>[]): Page {
  const at = points.map(({ id, result }) => ({ x: countOf(id), label: String(countOf(id)), trial: result }))
  const base = trialPage(
    {
      title: 'Editing in sequence',
      intro: 'All edits so far, sampled, at checkpoints of one growing session; nothing is trained twice.',
      x: { label: 'edits' }
    },
    at
  )
  const names = [...new Set(points.flatMap(({ result }) => PROTOCOLS.flatMap((p) => Object.keys(result.states[p]))))]
  return {
    ...base,
    table: {
      columns: [...base.table.columns, ...names],
      rows: base.table.rows.map((row, r) => {
        const { states } = points[Math.floor(r / PROTOCOLS.length)].result
        const counts: Record<string, number> = states[PROTOCOLS[r % PROTOCOLS.length]]
        return [...row, ...names.map((name) => counts[name] ?? 0)]
      })
    },
    charts: [
      ...base.charts,
      {
        title: 'edits out of work: superseded, indistinguishable, forgotten or out of reach',
        x: { label: 'edits' },
        y: { label: 'edits' },
        series: PROTOCOLS.map((protocol) => ({
          name: protocol,
          points: points.map(({ id, result }) => {
            const { live = 0 } = result.states[protocol]
            return { x: countOf(id), y: sum(Object.values(result.states[protocol])) - live }
          })
        }))
      }
    ]
  }
}

const countOf = (id: string): number => Number(id.slice('edits-'.length))
