import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { Client } from '../../contract/client.ts'
import type { MethodName, ParamsIn, Result } from '../../contract/contract.ts'
import { errorRecord } from '../../contract/errors.ts'
import type { ErrorRecord } from '../../contract/errors.ts'
import type {
  BrokenPromises,
  EditPromises,
  Job,
  Passage,
  SessionInfo,
  Suggestion,
  TrainingResult
} from '../../contract/types.ts'

import { PassageFrames, PassageOrder } from './passage-order.ts'
import type { PassageChange } from './passage-order.ts'

/** elsewhere: another tab has opened another session, and this one's is not open any more */
export type Phase = 'opening' | 'open' | 'closed' | 'failed' | 'elsewhere'

/** Jobs that begin by themselves and stop for whatever the person asks for. */
export const MAKES_WAY: readonly Job['kind'][] = ['evaluate', 'check']

/** The session as the window knows it: the engine has the truth, this follows it. */
export class Desk {
  phase = $state<Phase>('opening')
  session = $state.raw<SessionInfo | null>(null)
  passages = $state.raw<readonly Passage[]>([])
  jobs = $state.raw<readonly Job[]>([])
  /** what each training of this session came to, the first first */
  results = $state.raw<readonly TrainingResult[]>([])
  /** how the promises of edits from files stand; null: not known yet */
  promises = $state.raw<EditPromises | null>(null)
  /** what a check has just found broken, until the person has seen it */
  broken = $state.raw<BrokenPromises | null>(null)
  /** what says where to look first, by passage */
  readonly suggestions = new SvelteMap<string, Suggestion>()
  /** the last thing that went wrong and was not part of a job */
  error = $state.raw<ErrorRecord | null>(null)

  readonly activeJobs = $derived(this.jobs.filter((j) => j.state === 'queued' || j.state === 'running'))
  /** with what the person asked for; measuring and checking make way for whatever they ask next */
  readonly isBusy = $derived(this.activeJobs.some((j) => !MAKES_WAY.includes(j.kind)))
  readonly isTraining = $derived(this.activeJobs.some((j) => j.kind === 'train'))

  /** jobs of this session that ran while this tab was open */
  readonly #followed = new SvelteSet<string>()
  /** those of them that have ended and are still told of, the last first */
  readonly endedJobs: readonly Job[] = $derived.by(() =>
    this.jobs.filter((j) => j.endedAt !== null && this.#followed.has(j.id)).sort((a, b) => b.endedAt! - a.endedAt!)
  )

  readonly client: Client
  /** folder of the session that this tab shows; null while it shows none */
  openDir: string | null = null
  readonly #listeners: ((change: PassageChange) => void)[] = []
  readonly #removalListeners: ((passageIds: readonly string[]) => void)[] = []
  #order = new PassageOrder()
  readonly #frames = new PassageFrames((told) => this.#put(told))

  constructor(client: Client) {
    this.client = client
    client.on('session.changed', (session) => void this.#follow(session))
    client.on('results.added', (result) => (this.results = [...this.results, result]))
    client.on('suggestions.changed', (told) => this.suggestions.set(told.passageId, told))
    client.on('promises.changed', (promises) => (this.promises = promises))
    client.on('promises.broken', (broken) => (this.broken = broken))
    client.on('jobs.changed', (job) => this.takeJob(job))
    client.on('passages.changed', (passage) => this.#frames.tell(passage))
    client.on('passages.removed', ({ passageIds }) => this.#remove(passageIds))
    client.on('passages.token', ({ passageId, into, text }) => {
      if (into !== 'passage') return
      const passage = this.#frames.find(passageId) ?? this.passageOf(passageId)
      if (passage) this.#frames.tell({ ...passage, state: 'writing', text: passage.text + text })
    })
  }

  /** Called with each passage that is new or has changed, after it is in the list. */
  onPassage(listener: (change: PassageChange) => void): void {
    this.#listeners.push(listener)
  }

  /** Called with passages that went to the trash, while they are still in the list. */
  onRemoval(listener: (passageIds: readonly string[]) => void): void {
    this.#removalListeners.push(listener)
  }

  /** Opens the session, or finds it open, and takes its state anew. */
  async load(): Promise<void> {
    try {
      this.session = await this.client.call('session.info', {})
      const { openDir } = this
      if (openDir === null && this.session.state === 'closed' && (await this.#hasToChoose(this.session))) {
        this.phase = 'closed'
        return
      }
      // A server that was started again opens what this tab shows, whatever it would open by itself.
      const asked = openDir === null ? {} : { sessionDir: openDir, mustExist: true }
      if (this.session.state !== 'open') this.session = await this.client.call('session.open', asked)
      if (this.#isElsewhere(this.session)) return
      const [passages, jobs, results, suggestions, promises] = await Promise.all([
        this.client.call('passages.list', {}),
        this.client.call('jobs.list', {}),
        this.client.call('results.list', {}),
        this.client.call('suggestions.list', {}),
        this.client.call('promises.list', {})
      ])
      this.#frames.clear()
      this.#order = new PassageOrder(passages)
      this.passages = passages
      this.jobs = [...interrupted(this.jobs, jobs), ...jobs]
      for (const { id, endedAt } of jobs) if (endedAt === null) this.#followed.add(id)
      this.openDir = this.session.sessionDir
      this.results = results
      this.promises = promises
      this.suggestions.clear()
      for (const told of suggestions) this.suggestions.set(told.passageId, told)
      this.phase = 'open'
      this.error = null
    } catch (error) {
      this.error = errorRecord(error)
      if (this.phase !== 'open') this.phase = 'failed'
    }
  }

  #isElsewhere({ state, sessionDir }: SessionInfo): boolean {
    if (this.openDir === null || state !== 'open' || sessionDir === this.openDir) return false
    this.phase = 'elsewhere'
    return true
  }

  /** Where no session was named and there are some, the person chooses; the first one is simply made. */
  async #hasToChoose({ defaults }: SessionInfo): Promise<boolean> {
    return !defaults.isNamed && (await this.client.call('sessions.list', {})).length > 0
  }

  async retry(): Promise<void> {
    this.phase = 'opening'
    await this.load()
  }

  passageOf(id: string | null): Passage | null {
    // Read first, so that what depends on it is told when a passage comes.
    const { passages } = this
    return id === null ? null : this.#order.find(passages, id)
  }

  /** Asks the engine; what goes wrong is shown, and null given back. */
  async ask<M extends MethodName>(method: M, params: ParamsIn<M>): Promise<Result<M> | null> {
    try {
      const result = await this.client.call(method, params)
      this.error = null
      return result
    } catch (error) {
      this.error = errorRecord(error)
      return null
    }
  }

  async cancel(jobId: string): Promise<void> {
    const job = await this.ask('jobs.cancel', { jobId })
    if (job) this.takeJob(job)
  }

  /** Tells no more of a job that has ended. */
  dismiss(jobId: string): void {
    this.#followed.delete(jobId)
  }

  takeJob(job: Job): void {
    if (job.endedAt === null) this.#followed.add(job.id)
    this.jobs = this.jobs.some((j) => j.id === job.id)
      ? this.jobs.map((j) => (j.id === job.id ? job : j))
      : [...this.jobs, job]
  }

  /** A training that was taken out or put back changes its result. */
  async #follow(session: SessionInfo): Promise<void> {
    this.session = session
    if (this.#isElsewhere(session)) return
    if (session.state === 'closed' && this.phase === 'open') this.phase = 'closed'
    if (this.phase !== 'open' || session.state !== 'open') return
    // A connection that is lost meanwhile gives them when it is back.
    this.results = await this.client.call('results.list', {}).catch(() => this.results)
  }

  /** Takes passages as the engine has them now. */
  take(...passages: Passage[]): void {
    this.#frames.forget(passages.map((p) => p.id))
    this.#put(passages)
  }

  #remove(ids: readonly string[]): void {
    this.#frames.forget(ids)
    for (const listener of this.#removalListeners) listener(ids)
    this.passages = this.#order.remove(this.passages, ids)
  }

  #put(changed: readonly Passage[]): void {
    const { passages, changes } = this.#order.put(this.passages, changed)
    this.passages = passages
    for (const change of changes) for (const listener of this.#listeners) listener(change)
  }
}

/** Jobs that ran when the server ended: a new one knows nothing of them. */
function interrupted(before: readonly Job[], now: readonly Job[]): Job[] {
  return before.flatMap((job) => {
    if (now.some(({ id }) => id === job.id)) return []
    if (job.endedAt !== null) return [job]
    const error = {
      code: 'Unavailable' as const,
      message: 'The server ended while it ran.',
      cure: 'What was saved before is kept; start it again.'
    }
    return [{ ...job, state: 'failed' as const, cancelling: false, error, endedAt: Date.now() }]
  })
}
