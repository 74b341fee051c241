/** What the contract's board and evaluation methods do. */
import { agree, count } from '../../../contract/words.ts'
import type { BoardSettings } from '../../../contract/board.ts'
import type { Handlers } from '../../../contract/contract.ts'
import { ErratumError } from '../../../contract/errors.ts'
import type { Job } from '../../../contract/types.ts'
import { approvedPassage } from '../evaluation/sets.ts'
import type { Jobs, Work } from '../jobs.ts'
import { otherHeaders } from '../known-headers.ts'
import { toInput } from '../review/training-passages.ts'
import type { Desk } from '../review/writing-passages.ts'
import { SETTINGS_RECORD } from './board-records.ts'
import { batchOfFolder, boardOfFolder, sessionsBeside } from './read-board.ts'

type BoardMethods = 'board.read' | 'board.batch' | 'board.sessions' | 'board.settings' | 'evaluation.start'

export interface BoardService {
  readonly handlers: Pick<Handlers, BoardMethods>
  /** Measures by itself what a training has changed, where the plan says so. */
  afterTraining(desk: Desk): void
}

export function createBoardService(requireDesk: () => Desk, jobs: Jobs): BoardService {
  const isOwn = (desk: Desk, folder: string | undefined): boolean =>
    folder === undefined || folder === desk.bench.sessionDir

  function start(desk: Desk, which: 'planned' | 'present', settings: BoardSettings): Job {
    if (jobs.busy('evaluate'))
      throw new ErratumError('BadInput', 'The session is being measured already.', {
        cure: 'Wait for it, or cancel it: what is measured by then is kept.'
      })
    const title = which === 'present' ? 'Measuring the session as it is' : 'Measuring the session batch by batch'
    return jobs.start('evaluate', title, evaluationWork(desk, which, settings))
  }

  return {
    handlers: {
      'board.read': ({ sessionDir }) => {
        const desk = requireDesk()
        return isOwn(desk, sessionDir) ? desk.bench.board.read() : boardOfFolder(sessionDir!)
      },
      'board.batch': ({ sessionDir, block }) => {
        const desk = requireDesk()
        return isOwn(desk, sessionDir) ? desk.bench.board.batch(block) : batchOfFolder(sessionDir!, block)
      },
      'board.sessions': () => sessionsBeside(requireDesk().bench.sessionDir),
      'board.settings': async (settings) => {
        await requireDesk().bench.appendRecord(SETTINGS_RECORD, settings)
        return settings
      },
      'evaluation.start': ({ which }) => {
        const desk = requireDesk()
        if (desk.bench.blocks().length === 0)
          throw new ErratumError('BadInput', 'There is nothing to measure: the session has no batch yet.', {
            cure: 'Train something first.'
          })
        return start(desk, which, desk.bench.board.settings())
      }
    },
    afterTraining: (desk) => {
      const settings = desk.bench.board.settings()
      if (settings.plan.when === 'training' && !jobs.busy('evaluate') && desk.bench.blocks().length > 0)
        start(desk, 'planned', settings)
    }
  }
}

function evaluationWork({ bench, workspace, emit }: Desk, which: 'planned' | 'present', settings: BoardSettings): Work {
  return async (context) => {
    context.ifCancelled('Cancelled. What was measured so far is kept.')
    const passages = workspace.passages()
    const approved = passages
      .filter((p) => !p.waiting && p.sentences.some((s) => s.outcome !== null || s.mark === 'accurate'))
      .map((p) => approvedPassage(toInput(p), otherHeaders(p.prompt, p.name)))
    const { measured, known } = await bench.board.measure(
      { plan: settings.plan, which, approved, names: passages.map((p) => p.name) },
      {
        signal: context.signal,
        onProgress: (fraction, doing) => context.report(fraction, doing),
        onRecord: (record) => emit('evaluations.added', record)
      }
    )
    const states = `${count(measured, 'state')} of the session ${agree(measured, 'is', 'are')} measured`
    if (measured === 0) return 'Everything was measured before: nothing has changed since.'
    return known === 0 ? `${states}.` : `${states}; ${known} were measured before.`
  }
}
