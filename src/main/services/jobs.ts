/** Every long job has one life: queued, running, then done, failed or cancelled. One runs at a time: there is one model. */
import { randomUUID } from 'node:crypto'
import { ErratumError, errorRecord } from '../../contract/errors.ts'
import type { Job, JobKind } from '../../contract/types.ts'
import { TimeLeft } from './time-left.ts'

export interface JobContext {
  readonly jobId: string
  /** Checked between steps by whoever does the work. */
  readonly signal: AbortSignal
  /** @param fraction 0 to 1, null while the amount of work is not known; @param doing a phrase */
  report(fraction: number | null, doing: string): void
  /** What is true if it is cancelled from now on, as a sentence. */
  ifCancelled(sentence: string): void
}

/** Does the work and says in a sentence what came of it, and in notes what else there is to know. */
export type Work = (context: JobContext) => Promise<string | Outcome>

export interface Outcome {
  readonly summary: string
  readonly notes: readonly string[]
}

interface Entry {
  job: Job
  work: Work
  abandon: (() => void) | undefined
  abort: AbortController
  lastTold: number
  ifCancelled: string | null
  timeLeft: TimeLeft
  ended: PromiseWithResolvers<void>
}

const PROGRESS_EVERY_MS = 1000
/** Ended jobs that are kept for the list. */
const KEPT = 50

export class Jobs {
  readonly #entries: Entry[] = []
  readonly #onChange: (job: Job) => void
  readonly #now: () => number
  #running: Promise<void> | null = null

  constructor(onChange: (job: Job) => void, now: () => number = Date.now) {
    this.#onChange = onChange
    this.#now = now
  }

  list(): Job[] {
    return this.#entries.map((entry) => structuredClone(entry.job))
  }

  /** @param abandon called instead of `work` if the job is cancelled before its turn */
  start(kind: JobKind, title: string, work: Work, abandon?: () => void): Job {
    const job: Job = {
      id: randomUUID(),
      kind,
      title,
      state: 'queued',
      cancelling: false,
      progress: { fraction: null, doing: 'Waiting for its turn', secondsLeft: null },
      summary: null,
      notes: [],
      error: null,
      createdAt: this.#now(),
      startedAt: null,
      endedAt: null
    }
    this.#entries.push({
      job,
      work,
      abandon,
      abort: new AbortController(),
      lastTold: -Infinity,
      ifCancelled: null,
      timeLeft: new TimeLeft(),
      ended: Promise.withResolvers()
    })
    this.#forgetOld()
    this.#tell(job)
    this.#running ??= this.#runAll()
    return structuredClone(job)
  }

  /** A queued job ends at once; a running one at its next step. One that has ended stays as it is. */
  cancel(jobId: string): Job {
    const entry = this.#entries.find((e) => e.job.id === jobId)
    if (!entry) throw new ErratumError('NotFound', `There is no job ${jobId}.`)
    const { job } = entry
    if (job.state === 'queued') {
      entry.abort.abort()
      this.#end(entry, 'cancelled', {})
      entry.abandon?.()
    } else if (job.state === 'running' && !job.cancelling) {
      job.cancelling = true
      entry.abort.abort()
      this.#tell(job)
    }
    return structuredClone(job)
  }

  /** Something of this kind, or anything at all, runs or waits. */
  busy(kind?: JobKind): boolean {
    return this.#entries.some(
      ({ job }) => (kind === undefined || job.kind === kind) && (job.state === 'queued' || job.state === 'running')
    )
  }

  /** Cancels all jobs of a kind and waits until they have stopped. */
  async clear(kind: JobKind): Promise<void> {
    const due = this.#entries.filter(({ job }) => job.kind === kind && job.endedAt === null)
    for (const { job } of due) this.cancel(job.id)
    await Promise.all(due.map(({ ended }) => ended.promise))
  }

  /** Cancels everything and waits until the running job has stopped. */
  async close(): Promise<void> {
    for (const { job } of this.#entries) if (job.state === 'queued' || job.state === 'running') this.cancel(job.id)
    await this.#running
  }

  /** Forgets what has ended: another session is about to be opened. */
  forgetEnded(): void {
    this.#entries.splice(0, Infinity, ...this.#entries.filter((e) => e.job.endedAt === null))
  }

  async #runAll(): Promise<void> {
    // A turn of the loop first: whoever started the job has its record before the first change of it.
    await Promise.resolve()
    for (let entry = this.#nextQueued(); entry; entry = this.#nextQueued()) await this.#run(entry)
    this.#running = null
  }

  #nextQueued(): Entry | undefined {
    return this.#entries.find((e) => e.job.state === 'queued')
  }

  async #run(entry: Entry): Promise<void> {
    const { job, abort } = entry
    job.state = 'running'
    job.startedAt = this.#now()
    job.progress = { fraction: null, doing: 'Starting', secondsLeft: null }
    this.#tell(job)
    try {
      const outcome = await entry.work({
        jobId: job.id,
        signal: abort.signal,
        report: (fraction, doing) => this.#report(entry, fraction, doing),
        ifCancelled: (sentence) => (entry.ifCancelled = sentence)
      })
      const { summary, notes } = typeof outcome === 'string' ? { summary: outcome, notes: [] } : outcome
      this.#end(entry, 'done', { summary, notes: [...notes] })
    } catch (thrown) {
      const error = errorRecord(thrown)
      if (abort.signal.aborted || error.code === 'Cancelled')
        this.#end(entry, 'cancelled', { summary: entry.ifCancelled })
      else this.#end(entry, 'failed', { error })
    }
  }

  #report(entry: Entry, fraction: number | null, doing: string): void {
    const { job } = entry
    if (job.state !== 'running') return
    const now = this.#now()
    const secondsLeft = entry.timeLeft.after(fraction, now)
    job.progress = { fraction, doing, secondsLeft }
    if (now - entry.lastTold < PROGRESS_EVERY_MS) return
    entry.lastTold = now
    this.#tell(job)
  }

  #end(
    entry: Entry,
    state: 'done' | 'failed' | 'cancelled',
    outcome: Partial<Pick<Job, 'summary' | 'notes' | 'error'>>
  ): void {
    Object.assign(entry.job, outcome, { state, cancelling: false, endedAt: this.#now() })
    entry.job.progress = {
      ...entry.job.progress,
      fraction: state === 'done' ? 1 : entry.job.progress.fraction,
      secondsLeft: null
    }
    this.#tell(entry.job)
    entry.ended.resolve()
  }

  #forgetOld(): void {
    const ended = this.#entries.filter((e) => e.job.endedAt !== null)
    for (const entry of ended.slice(0, Math.max(0, ended.length - KEPT)))
      this.#entries.splice(this.#entries.indexOf(entry), 1)
  }

  #tell(job: Job): void {
    this.#onChange(structuredClone(job))
  }
}
