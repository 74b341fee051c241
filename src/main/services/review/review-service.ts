/** What the contract's methods do: one session at a time, its review, and its jobs. */
import { count } from '../../../contract/words.ts'
import { resolve } from 'node:path'
import type { Emit, Handlers, Params } from '../../../contract/contract.ts'
import { ErratumError } from '../../../contract/errors.ts'
import type { Job, ListedModel, SessionInfo } from '../../../contract/types.ts'
import { createBoardService } from '../board/board-service.ts'
import { indexHandlers } from '../index-explorer/index-service.ts'
import { calibrationHandlers } from '../calibration/calibration-service.ts'
import { exchangeHandlers } from '../exchange/exchange-service.ts'
import { Jobs } from '../jobs.ts'
import type { Work } from '../jobs.ts'
import { createPromiseService } from '../promises/promise-service.ts'
import { sessionHandlers } from '../session-handlers.ts'
import type { SessionLibrary } from '../session-handlers.ts'
import { Workspace } from '../workspace.ts'
import type { ModelMoves } from '../workspace.ts'
import { concernedEdits, placesOf, told } from './concerned-edits.ts'
import { passagesOfFile } from './import-passages.ts'
import { duplicatesOf, previewOf } from './import-preview.ts'
import { readAs } from './passage-content.ts'
import { editsOfFile, previewOfFile, trainFile } from './training-file.ts'
import { planTraining, trainPassages } from './training-passages.ts'
import type { ModelEdit, Workbench } from './workbench.ts'
import { samplePassages } from './sampling-passages.ts'
import { Suggestions } from './suggestions.ts'
import { leaveUnwritten, newPassages, rewritePassage, writePassages, writeVersion } from './writing-passages.ts'
import type { Desk } from './writing-passages.ts'

export interface ReviewOptions {
  /** what `session.open` takes when nothing is named */
  defaults: { model: string; sessionDir: string; isNamed: boolean }
  listModels: () => Promise<ListedModel[]>
  openWorkbench: (options: {
    model?: string
    newModel: string
    sessionDir: string
    readOnly?: boolean
    mustExist?: boolean
    acceptModel?: boolean
    onCalibrating: (done: number, of: number) => void
  }) => Promise<Workbench>
  sessions: SessionLibrary
  emit: Emit
}

export interface ReviewService {
  readonly handlers: Handlers
  /** Stops the running job and gives the session back whole. */
  close(): Promise<void>
}

export function createReviewService({
  defaults,
  listModels,
  openWorkbench,
  sessions,
  emit
}: ReviewOptions): ReviewService {
  const jobs = new Jobs((job) => emit('jobs.changed', job))
  let desk: Desk | null = null
  let opening: Promise<SessionInfo> | null = null
  let doing: string | null = null
  let lastTold = 0

  const board = createBoardService(requireDesk, jobs)
  const promises = createPromiseService(requireDesk, jobs)

  function info(): SessionInfo {
    return {
      state: desk ? 'open' : opening ? 'opening' : 'closed',
      doing,
      defaults,
      model: desk?.bench.model ?? null,
      sessionDir: desk?.bench.sessionDir ?? null,
      readOnly: desk?.bench.readOnly ?? false,
      notices: [...(desk?.bench.notices ?? [])],
      training: desk?.bench.model ? desk.bench.trainingSetup() : null,
      place: desk?.bench.place() ?? null,
      undoable: (desk?.workspace.liveBlocks().length ?? 0) > 0,
      setAside: desk?.workspace.setAside ?? 0
    }
  }

  function requireDesk(): Desk {
    if (!desk) throw new ErratumError('Unavailable', 'No session is open.', { cure: 'Open a session first.' })
    return desk
  }

  /** A model that is opened for the first time has its router calibrated, which can take minutes. */
  function onCalibrating(done: number, of: number): void {
    doing = `Calibrating the router, once for this model: ${done} of ${of}`
    if (Date.now() - lastTold < 1000) return
    lastTold = Date.now()
    emit('session.changed', info())
  }

  async function closeDesk(): Promise<void> {
    if (!desk) return
    await jobs.close()
    jobs.forgetEnded()
    const closing = desk
    desk = null
    await closing.bench.close()
  }

  async function open({ sessionDir = defaults.sessionDir, ...asked }: Params<'session.open'>): Promise<SessionInfo> {
    const readOnly = asked.readOnly ?? false
    if (desk && desk.bench.sessionDir === resolve(sessionDir) && desk.bench.readOnly === readOnly) return info()
    await closeDesk()
    const bench = await openWorkbench({ ...asked, newModel: defaults.model, sessionDir, onCalibrating })
    const suggestions = new Suggestions(bench)
    const workspace = new Workspace(bench, {
      onChange: (passage) => {
        emit('passages.changed', passage)
        const suggestion = suggestions.recut(passage)
        if (suggestion) emit('suggestions.changed', suggestion)
      },
      onRemoved: (passageIds) => emit('passages.removed', { passageIds }),
      onHistory: (steps) => emit('history.changed', steps)
    })
    if (!bench.readOnly) await workspace.reconcile(bench.blocks(), bench.withdrawn())
    desk = { bench, workspace, suggestions, emit }
    promises.editsChanged(desk)
    return info()
  }

  /** What the person asks for goes first: measuring stops, keeps what it has, and goes on after the next training. */
  const begin: Jobs['start'] = (...job) => {
    void jobs.clear('evaluate')
    const wasChecking = jobs.busy('check')
    void jobs.clear('check')
    const started = jobs.start(...job)
    if (wasChecking) promises.start(requireDesk())
    return started
  }

  /** Blocks stand still while a job reads or trains the model. */
  async function requireStill(then: string): Promise<void> {
    // Measuring and checking make way, but not for what is refused all the same.
    const refuseBusy = (): void => {
      if (jobs.list().some((job) => job.endedAt === null && job.kind !== 'evaluate' && job.kind !== 'check'))
        throw new ErratumError('BadInput', 'A job is running.', { cure: `Wait for it, or cancel it, then ${then}.` })
    }
    refuseBusy()
    await Promise.all([jobs.clear('evaluate'), jobs.clear('check')])
    refuseBusy()
  }

  /** Moves in the model, and which edits are written again after them. */
  function movesWith({ bench }: Desk): ModelMoves & { readonly liveAgain: ModelEdit[] } {
    const liveAgain: ModelEdit[] = []
    return {
      liveAgain,
      block: async (block, into) => {
        await requireStill('undo')
        liveAgain.push(...(await bench.moveBlock(block, into)))
      },
      edits: async (edits, into) => {
        await requireStill(into === 'trash' ? 'withdraw the edit' : 'undo')
        liveAgain.push(...(await bench.moveEdits(edits, into)))
      }
    }
  }

  /** Those that are still in force when all is done. */
  function liveAgainOf({ bench, workspace }: Desk, { liveAgain }: { liveAgain: readonly ModelEdit[] }) {
    const names = new Set(liveAgain.map(({ block, editId }) => `${block}/${editId}`))
    const now = bench.edits().filter((edit) => edit.isLive && names.has(`${edit.block}/${edit.editId}`))
    return told(workspace, now)
  }

  /** What was undone or done again may have been a training. */
  async function thenTold<T>(at: Desk, step: Promise<T>): Promise<T> {
    try {
      return await step
    } finally {
      emit('session.changed', info())
      if (desk === at) promises.editsChanged(at)
    }
  }

  function refuseSecondTraining(): void {
    if (jobs.busy('train'))
      throw new ErratumError('BadInput', 'A training is running already.', { cure: 'Wait for it, or cancel it.' })
  }

  const startTraining = (at: Desk, title: string, work: Work): Job =>
    begin('train', title, async (context) => {
      try {
        return await work(context)
      } finally {
        // Batches that were committed before it was cancelled stay.
        emit('session.changed', info())
        promises.editsChanged(at)
        if (!context.signal.aborted) board.afterTraining(at)
      }
    })

  const handlers: Handlers = {
    ...board.handlers,
    ...promises.handlers,
    ...indexHandlers(() => requireDesk().bench.index),
    ...calibrationHandlers(requireDesk, jobs, begin),
    ...exchangeHandlers(requireDesk, begin),
    'models.list': () => listModels(),
    'session.info': () => info(),
    'session.open': async (asked) => {
      // Two windows ask at once: the second waits for the first, and finds the session open.
      const before = opening
      const mine = (before ?? Promise.resolve()).catch(() => undefined).then(() => open(asked))
      opening = mine
      try {
        return await mine
      } finally {
        if (opening === mine) {
          opening = null
          doing = null
        }
        emit('session.changed', info())
      }
    },

    'session.close': async () => {
      await opening?.catch(() => undefined)
      await closeDesk()
      emit('session.changed', info())
      return info()
    },
    ...sessionHandlers(sessions, async (dir) => {
      if (desk?.bench.sessionDir !== resolve(dir)) return
      if (jobs.busy())
        throw new ErratumError('BadInput', 'A job is running in that session.', { cure: 'Wait for it, or cancel it.' })
      await closeDesk()
      emit('session.changed', info())
    }),
    'session.keepPlace': async (place) => {
      await desk?.bench.keepPlace(place)
      return {}
    },

    'passages.list': () => requireDesk().workspace.passages(),
    'passages.generate': async ({ names, template, sampling }) => {
      const at = requireDesk()
      const passages = newPassages(names, template, sampling)
      await at.workspace.record({ type: 'begun', passages })
      const title = names.length === 1 ? `Writing about ${names[0]}` : `Writing ${names.length} passages`
      return begin('generate', title, writePassages(at, passages), () => void leaveUnwritten(at, passages))
    },
    'passages.preview': (file) => previewOf(file, requireDesk().workspace.passages()),
    'passages.import': async ({ onlyGood, onlyNew, ...file }) => {
      const { workspace } = requireDesk()
      const read = passagesOfFile(file, onlyGood)
      const duplicates = duplicatesOf(read, workspace.passages())
      const passages = onlyNew ? read.filter((_, i) => duplicates[i] === null) : read
      if (passages.length === 0)
        throw new ErratumError('BadInput', `Every passage of ${file.fileName} is in the session already.`)
      await workspace.record({ type: 'imported', step: true, passages })
      return passages.map((p) => workspace.passage(p.id))
    },
    'passages.delete': async ({ passageIds, withdraw }) => {
      const at = requireDesk()
      await requireStill('delete')
      const ids = [...new Set(passageIds)]
      const concerned = concernedEdits(at, { passageIds: ids })
      const moves = movesWith(at)
      await thenTold(at, at.workspace.deletePassages(ids, withdraw ? placesOf(concerned.edits) : [], moves))
      return { edits: concerned.edits, liveAgain: liveAgainOf(at, moves) }
    },
    'passages.regenerate': ({ passageId }) => {
      const at = requireDesk()
      const { name } = at.workspace.passage(passageId)
      return begin('rewrite', `Writing about ${name} anew`, rewritePassage(at, passageId))
    },

    'passages.writeVersion': ({ passageId, sampling }) => {
      const at = requireDesk()
      const { name } = at.workspace.passage(passageId)
      return begin('generate', `Writing another version of ${name}`, writeVersion(at, passageId, sampling))
    },
    'passages.chooseVersion': ({ passageId, version }) => requireDesk().workspace.chooseVersion(passageId, version),
    'passages.compare': ({ passageId }) => {
      const { bench, workspace } = requireDesk()
      const { prompt, sentences } = workspace.passage(passageId)
      return bench.compare(prompt, readAs(sentences))
    },
    'passages.measure': ({ passageId, sentence, text }) => {
      const { bench, workspace } = requireDesk()
      const { prompt, sentences } = workspace.passage(passageId)
      return bench.measure(
        prompt,
        readAs(sentences).map((now, i) => (i === sentence ? text.trim() || now : now))
      )
    },

    'passages.view': async ({ passageId, untouched }) => {
      const { bench, workspace } = requireDesk()
      const { prompt, sentences } = workspace.passage(passageId)
      return bench.view(prompt, readAs(sentences), untouched)
    },

    'suggestions.list': () => {
      const { workspace, suggestions } = requireDesk()
      return workspace.passages().flatMap((passage) => suggestions.of(passage) ?? [])
    },
    'suggestions.start': ({ passageIds, samples }) => {
      const at = requireDesk()
      const [{ name }] = passageIds.map((id) => at.workspace.passage(id))
      const whom = passageIds.length === 1 ? name : `${passageIds.length} passages`
      return begin('suggest', `Sampling beside ${whom}`, samplePassages(at, passageIds, samples))
    },

    'review.mark': ({ passageId, sentence, mark }) => requireDesk().workspace.mark(passageId, sentence, mark),
    'review.markRest': ({ passageId }) => requireDesk().workspace.markRest(passageId),
    'review.split': ({ passageId, sentence, at }) => requireDesk().workspace.split(passageId, sentence, at),
    'review.join': ({ passageId, sentence }) => requireDesk().workspace.join(passageId, sentence),
    'review.settle': ({ passageIds, as }) => requireDesk().workspace.settle(passageIds, as),
    'review.correct': ({ passageId, sentence, text, accepted, basedOn }) =>
      requireDesk().workspace.correct(passageId, sentence, text, accepted, basedOn),

    'review.removeCorrection': async ({ passageId, sentence }) => {
      const at = requireDesk()
      const { edits } = concernedEdits(at, { correction: { passageId, sentence } })
      const moves = movesWith(at)
      await thenTold(at, at.workspace.removeCorrection(passageId, sentence, placesOf(edits), moves))
      return { edits, liveAgain: liveAgainOf(at, moves) }
    },
    'review.restoreAccepted': ({ passageId, sentence }) => requireDesk().workspace.restoreAccepted(passageId, sentence),

    'edits.concerned': (asked) => concernedEdits(requireDesk(), asked),
    'edits.withdraw': async ({ edits: named }) => {
      const at = requireDesk()
      const { edits } = concernedEdits(at, { edits: named })
      if (edits.length === 0) throw new ErratumError('NotFound', 'The edit is not in the model any more.')
      const moves = movesWith(at)
      await thenTold(at, at.workspace.withdrawEdits(placesOf(edits), moves))
      return { edits, liveAgain: liveAgainOf(at, moves) }
    },

    'history.list': () => requireDesk().workspace.history(),
    'history.undo': async ({ step }) => {
      const at = requireDesk()
      const moves = movesWith(at)
      const moved = await thenTold(at, at.workspace.undo(moves, step))
      return moved && { ...moved, liveAgain: liveAgainOf(at, moves) }
    },
    'history.redo': async ({ step }) => {
      const at = requireDesk()
      const moves = movesWith(at)
      const moved = await thenTold(at, at.workspace.redo(moves, step))
      return moved && { ...moved, liveAgain: liveAgainOf(at, moves) }
    },

    'train.plan': ({ passageId, context }) => planTraining(requireDesk(), passageId, context),
    'train.start': ({ passageIds, ...choices }) => {
      const at = requireDesk()
      refuseSecondTraining()
      const ids =
        passageIds ??
        at.workspace
          .passages()
          .filter((p) => p.waiting)
          .map((p) => p.id)
      if (ids.length === 0)
        throw new ErratumError('BadInput', 'There is nothing to train.', {
          cure: 'Accept a correction first (Ctrl+Enter).'
        })
      const title =
        ids.length === 1 ? `Training on ${at.workspace.passage(ids[0]).name}` : `Training on ${ids.length} passages`
      return startTraining(at, title, trainPassages(at, ids, choices))
    },
    'train.file': async (file) => {
      const at = requireDesk()
      refuseSecondTraining()
      const edits = await editsOfFile(at, file)
      const title = `Training ${count(edits.rows.length, 'edit')} of ${file.fileName}`
      return startTraining(at, title, trainFile(at, file.fileName, edits))
    },
    'train.preview': async (file) => {
      const at = requireDesk()
      return previewOfFile(at, await editsOfFile(at, file))
    },
    'train.undo': async ({ blocks }) => {
      const at = requireDesk()
      const moves = movesWith(at)
      const taken = await thenTold(at, at.workspace.takeOutTraining(moves, blocks))
      return taken && { ...taken, liveAgain: liveAgainOf(at, moves) }
    },
    'results.list': () => requireDesk().workspace.results(),

    'jobs.list': () => jobs.list(),
    'jobs.cancel': ({ jobId }) => jobs.cancel(jobId)
  }

  return {
    handlers,
    close: async () => {
      await opening?.catch(() => undefined)
      await jobs.close()
      await desk?.bench.close()
      desk = null
    }
  }
}
