import type { CalibrationReport, CalibrationState, KeyReport } from '../../contract/calibration.ts'
import type { Protocol } from '../../contract/evaluation.ts'
import type { Desk } from './desk.svelte.ts'

/** What the calibration view shows, and what is asked for there. */
export class Calibrations {
  readonly #desk: Desk
  known = $state.raw<CalibrationState | null>(null)
  protocol = $state<Protocol>('deployment')
  /** the one of this session, or that of new ones */
  which = $state<'session' | 'fresh'>('session')
  /** the passages of the session are read too */
  withPassages = $state(false)
  /** of the background that ships; null: as many as suit the model */
  people = $state<number | null | undefined>(null)

  readonly running = $derived.by(() => this.#desk.activeJobs.find((j) => j.kind === 'calibrate') ?? null)
  /** new sessions get another key than this one has */
  readonly differs = $derived(this.known?.fresh !== null && this.known?.fresh?.id !== this.known?.session?.id)
  readonly shown = $derived<CalibrationReport | null>(
    (this.which === 'fresh' && this.differs ? this.known?.fresh : this.known?.session) ?? null
  )
  readonly key = $derived<KeyReport | null>(this.shown?.[this.protocol] ?? null)
  /** passages that have something to read */
  readonly passages = $derived.by(
    () =>
      this.#desk.passages.filter((p) => (p.state === 'written' || p.state === 'stopped') && p.sentences.length > 0)
        .length
  )

  constructor(desk: Desk) {
    this.#desk = desk
  }

  async load(): Promise<void> {
    if (this.#desk.phase !== 'open') return
    const known = await this.#desk.ask('calibration.read', {})
    if (known) this.known = known
  }

  async start(anew: boolean): Promise<void> {
    const { people, withPassages } = this
    const passages = withPassages && this.passages > 0
    const plan = { anew, passages, ...(typeof people === 'number' && { people }) }
    const job = await this.#desk.ask('calibration.start', plan)
    if (job) this.#desk.takeJob(job)
  }
}
