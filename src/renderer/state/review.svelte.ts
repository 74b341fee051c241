import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { Client } from '../../contract/client.ts'
import type { ParamsIn } from '../../contract/contract.ts'
import { errorRecord } from '../../contract/errors.ts'
import type { ErrorRecord } from '../../contract/errors.ts'
import type { Job, Mark, Passage, Sentence, SessionInfo } from '../../contract/types.ts'
import { CorrectionDrafts } from './correction-draft.svelte.ts'

export type Phase = 'opening' | 'open' | 'failed'

/** The session as the window shows it, and what can be done with it. The engine has the truth; this follows it. */
export class Review {
  phase = $state<Phase>('opening')
  session = $state.raw<SessionInfo | null>(null)
  passages = $state.raw<readonly Passage[]>([])
  jobs = $state.raw<readonly Job[]>([])
  /** the last thing that went wrong and was not part of a job */
  error = $state.raw<ErrorRecord | null>(null)

  selectedId = $state<string | null>(null)
  /** sentence in focus, from 0 */
  focused = $state<number | null>(null)
  editing = $state(false)
  composing = $state(false)
  view = $state<'reviewed' | 'rewriting'>('reviewed')
  /** text of passages that are being written anew, as far as it is there */
  readonly rewritten = new SvelteMap<string, string>()
  readonly drafts: CorrectionDrafts
  readonly #client: Client

  readonly passage = $derived(this.passages.find((p) => p.id === this.selectedId) ?? null)
  readonly sentence: Sentence | null = $derived(
    this.focused === null ? null : (this.passage?.sentences[this.focused] ?? null)
  )
  readonly waiting = $derived(this.passages.filter((p) => p.waiting))
  readonly activeJobs = $derived(this.jobs.filter((j) => j.state === 'queued' || j.state === 'running'))
  readonly isTraining = $derived(this.activeJobs.some((j) => j.kind === 'train'))
  readonly showsComposer = $derived(this.composing || this.passages.length === 0)

  constructor(client: Client) {
    this.#client = client
    this.drafts = new CorrectionDrafts(async (passageId, sentence, text, accepted) => {
      this.#take(await client.call('review.correct', { passageId, sentence, text, accepted }))
    })
    client.on('session.changed', (session) => (this.session = session))
    client.on('passages.changed', (passage) => this.#take(passage))
    client.on('jobs.changed', (job) => this.#takeJob(job))
    client.on('passages.token', ({ passageId, into, text }) => {
      if (into === 'rewriting') this.rewritten.set(passageId, (this.rewritten.get(passageId) ?? '') + text)
      else
        this.passages = this.passages.map((p) =>
          p.id === passageId ? { ...p, state: 'writing', text: p.text + text } : p
        )
    })
  }

  /** Opens the session, or finds it open, and takes its state anew. */
  async load(): Promise<void> {
    try {
      this.session = await this.#client.call('session.info', {})
      if (this.session.state !== 'open') this.session = await this.#client.call('session.open', {})
      ;[this.passages, this.jobs] = await Promise.all([
        this.#client.call('passages.list', {}),
        this.#client.call('jobs.list', {})
      ])
      if (!this.passage) this.select(this.passages.at(0)?.id ?? null)
      this.phase = 'open'
      this.error = null
      await this.drafts.flushQuietly()
    } catch (error) {
      this.error = errorRecord(error)
      if (this.phase !== 'open') this.phase = 'failed'
    }
  }

  async retry(): Promise<void> {
    this.phase = 'opening'
    await this.load()
  }

  select(id: string | null): void {
    void this.drafts.flush()
    this.selectedId = id
    this.focused = null
    this.editing = false
    this.composing = false
    this.view = this.passage?.rewriting && !this.passage.waiting ? 'rewriting' : 'reviewed'
  }

  focus(index: number | null): void {
    void this.drafts.flush()
    this.focused = index
    this.editing = false
  }

  /** Walks by `step` sentences; from nowhere to the first one. */
  walk(step: 1 | -1): void {
    const last = (this.passage?.sentences.length ?? 0) - 1
    if (last < 0 || this.showsComposer) return
    this.focus(this.focused === null ? (step > 0 ? 0 : last) : Math.min(last, Math.max(0, this.focused + step)))
  }

  async mark(mark: Mark | null): Promise<void> {
    const { passage, focused } = this
    if (!passage || focused === null) return
    await this.#try(async () =>
      this.#take(await this.#client.call('review.mark', { passageId: passage.id, sentence: focused, mark }))
    )
  }

  edit(): void {
    if (this.sentence) this.editing = true
  }

  /** Takes the typed text as what the model shall write, and goes back to the sentence. */
  async acceptCorrection(text: string): Promise<void> {
    const { passage, focused } = this
    if (!passage || focused === null) return
    if (await this.drafts.accept(passage.id, focused, text)) {
      this.editing = false
      this.view = 'reviewed'
    }
  }

  async generate(params: ParamsIn<'passages.generate'>): Promise<boolean> {
    const known = new SvelteSet(this.passages.map((p) => p.id))
    return this.#try(async () => {
      this.#takeJob(await this.#client.call('passages.generate', params))
      // Events of the new passages came before the answer: the first of them is what the person wants to see.
      this.select(this.passages.find((p) => !known.has(p.id))?.id ?? this.selectedId)
    })
  }

  regenerate = (passageId: string): Promise<boolean> => {
    this.rewritten.delete(passageId)
    return this.#try(async () => {
      this.#takeJob(await this.#client.call('passages.regenerate', { passageId }))
      this.view = 'rewriting'
    })
  }

  train = (): Promise<boolean> =>
    this.#try(async () => {
      await this.drafts.flush()
      this.#takeJob(await this.#client.call('train.start', {}))
    })

  undo = (): Promise<boolean> =>
    this.#try(async () => {
      await this.#client.call('train.undo', {})
    })

  cancel = (jobId: string): Promise<boolean> =>
    this.#try(async () => this.#takeJob(await this.#client.call('jobs.cancel', { jobId })))

  async #try(act: () => Promise<void>): Promise<boolean> {
    try {
      await act()
      this.error = null
      return true
    } catch (error) {
      this.error = errorRecord(error)
      return false
    }
  }

  #take(passage: Passage): void {
    const old = this.passages.find((p) => p.id === passage.id)
    this.passages = old ? this.passages.map((p) => (p === old ? passage : p)) : [...this.passages, passage]
    if (passage.rewriting && passage.rewriting.at !== old?.rewriting?.at) {
      this.rewritten.delete(passage.id)
      // What training changed is what the person waits for, unless they are in the middle of another correction.
      if (passage.id === this.selectedId && !this.editing) this.view = 'rewriting'
    }
  }

  #takeJob(job: Job): void {
    this.jobs = this.jobs.some((j) => j.id === job.id)
      ? this.jobs.map((j) => (j.id === job.id ? job : j))
      : [...this.jobs, job]
  }
}
