/**
 * `erratum study rank`: how wide a block has to be (MELO, Figure 4). For each partial rank a session of its own is
 * trained on the same edits for the same number of iterations, none added and none saved, and measured.
 */
import { join } from 'node:path'
import type { Preset } from '../edit-sessions.ts'
import { openModel } from '../model-library.ts'
import { commonIdentity, readStudyData } from './study-data.ts'
import type { StudyOptions } from './study-data.ts'
import { runSweep } from './sweep.ts'
import type { SweepResult } from './sweep.ts'
import { trialPage } from './trial-page.ts'
import { fitting, measureTrial, openPlan, presetSettings, train } from './trained-session.ts'
import type { Trial } from './trained-session.ts'

export interface RankOptions extends StudyOptions {
  ranks?: readonly number[]
  /** whose other settings are taken */
  preset?: Preset
  iterations?: number
}

const RANKS = [1, 2, 4, 8, 16]
const EDITS = 40

export async function studyRank(options: RankOptions): Promise<SweepResult<Trial>> {
  const data = readStudyData(options)
  const preset = options.preset ?? 'default'
  const { limit = EDITS } = options
  const { model, executor } = await openModel(options.model, options.executor)
  const given = presetSettings(preset, model.config)
  const { rank: usual, ...settings } = {
    ...given,
    iterations: options.iterations ?? given.iterations,
    extraIterations: 0,
    enoughLoss: 0
  }
  await model.release()
  const ranks = options.ranks ?? [...new Set([...RANKS, usual])].sort((a, b) => a - b)
  return runSweep(
    options.out,
    {
      name: 'rank',
      identity: {
        ...commonIdentity(model.sha256, data.hashes, { ...options, limit }),
        executor: executor ?? null,
        preset,
        settings
      },
      points: ranks.map((rank) => `rank-${rank}`),
      measure: async (id) => {
        const plan = { folder: join(options.out, 'sessions', id), preset, settings: { ...settings, rank: rankOf(id) } }
        const session = await openPlan(plan, options)
        try {
          const rows = fitting(session, data.edits, limit)
          await train(session, rows, options)
          return await measureTrial(session, rows, data, options)
        } finally {
          await session.close()
        }
      },
      page: (points) =>
        trialPage(
          {
            title: 'Partial rank of a block',
            intro: `The first ${limit} edits that fit, trained for ${settings.iterations} iterations a batch of ${settings.batchSize} whatever the loss.`,
            x: { label: 'partial rank', scale: 'log' }
          },
          points.map(({ id, result }) => ({ x: rankOf(id), label: String(rankOf(id)), trial: result }))
        )
    },
    options
  )
}

const rankOf = (id: string): number => Number(id.slice('rank-'.length))
