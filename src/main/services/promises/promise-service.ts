/** Rechecks what was promised after every change of the edits, and tells at once what is broken. */
import type { Emit, Handlers } from '../../../contract/contract.ts'
import { ErratumError } from '../../../contract/errors.ts'
import type { BrokenPromises, Job } from '../../../contract/types.ts'
import type { Jobs, Work } from '../jobs.ts'
import type { Workbench } from '../review/workbench.ts'
import { checkPromises, editPromises, isCheckDue } from './check-promises.ts'
import type { Promising } from './check-promises.ts'
import type { Decisions } from './promise-bench.ts'

export interface PromiseDesk extends Promising {
  readonly bench: Workbench
  readonly emit: Emit
}

export interface PromiseService {
  readonly handlers: Pick<Handlers, 'promises.list' | 'promises.check'>
  /**
   * To be called after whatever may have changed the edits, when the whole change is done: what was seen before is no
   * longer told as if it held, and looked at again.
   */
  editsChanged(desk: PromiseDesk): void
  /** Begins a check behind the jobs that wait already. */
  start(desk: PromiseDesk): Job
}

export function createPromiseService(requireDesk: () => PromiseDesk, jobs: Jobs): PromiseService {
  /** the state of the edits that the window was told of last */
  let told: string | null = null
  /** under which everything was looked at last */
  let checked: Decisions | null = null

  const canCheck = ({ bench }: PromiseDesk): boolean => bench.model !== null && !bench.readOnly

  function start(desk: PromiseDesk): Job {
    return jobs.start(
      'check',
      'Checking what was promised',
      checkWork(desk, checked, () => keepDecisions(desk))
    )
  }

  function keepDecisions({ bench }: PromiseDesk): void {
    checked = bench.promises.decisions()
  }

  return {
    start,
    handlers: {
      'promises.list': () => editPromises(requireDesk()),
      'promises.check': () => {
        const desk = requireDesk()
        if (!canCheck(desk))
          throw new ErratumError('Unavailable', 'Nothing can be checked while the session is open for reading only.')
        const running = jobs.list().find((job) => job.kind === 'check' && job.endedAt === null)
        return running ?? start(desk)
      }
    },
    editsChanged: (desk) => {
      const state = desk.bench.promises.state()
      if (state !== told) {
        told = state
        desk.workspace.tellWritten()
        desk.emit('promises.changed', editPromises(desk))
      }
      if (!canCheck(desk) || jobs.busy('check')) return
      if (isCheckDue(desk)) start(desk)
      else keepDecisions(desk)
    }
  }
}

function checkWork(desk: PromiseDesk, since: Decisions | null, onWhole: () => void): Work {
  return async (context) => {
    const broken = await checkPromises(desk, {
      since,
      signal: context.signal,
      onProgress: (done, of, what) => context.report(done / of, what)
    })
    onWhole()
    desk.emit('promises.changed', editPromises(desk))
    if (broken.passages.length > 0 || broken.edits.length > 0) desk.emit('promises.broken', broken)
    return summaryOf(desk, broken)
  }
}

function summaryOf({ workspace }: PromiseDesk, broken: BrokenPromises): string {
  const count = broken.passages.length + broken.edits.length
  if (count > 0) return `${count} ${count === 1 ? 'promise is' : 'promises are'} broken that held before.`
  const open = workspace.passages().filter(({ promise }) => promise.broken !== null).length
  if (open === 0) return 'Everything that was promised is written.'
  return `${open} ${open === 1 ? 'passage is' : 'passages are'} still not written as approved; nothing else is broken.`
}
