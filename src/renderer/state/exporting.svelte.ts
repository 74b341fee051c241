import type { BoardBatch } from '../../contract/board.ts'
import { errorRecord } from '../../contract/errors.ts'
import type { ErrorRecord } from '../../contract/errors.ts'
import type { ExportFormat, Job } from '../../contract/types.ts'
import type { Desk } from './desk.svelte.ts'
import { holdsEdits } from './export-formats.ts'

/** What the person chooses before the session is exported, and the last export of it. */
export class Exporting {
  format = $state<ExportFormat>('edits')
  out = $state('')
  live = $state(false)
  measure = $state(false)
  /** of a merged model; null: not asked yet */
  batches = $state.raw<readonly BoardBatch[] | null>(null)
  readonly leftOut = $state<Record<string, boolean>>({})
  error = $state.raw<ErrorRecord | null>(null)
  readonly #desk: Desk

  readonly last: Job | null = $derived.by(() => this.#desk.jobs.findLast((job) => job.kind === 'export') ?? null)
  readonly isRunning = $derived(this.last !== null && this.last.endedAt === null)
  readonly blocks = $derived((this.batches ?? []).map(({ block }) => block).filter((block) => !this.leftOut[block]))

  constructor(desk: Desk) {
    this.#desk = desk
  }

  /** The place that is proposed follows the format. */
  async choose(format: ExportFormat): Promise<void> {
    this.format = format
    this.error = null
    try {
      if (format === 'merged') this.batches = (await this.#desk.client.call('board.read', {})).batches
      const { out } = await this.#desk.client.call('export.place', { format })
      if (this.format === format) this.out = out
    } catch (error) {
      this.error = errorRecord(error)
    }
  }

  async start(): Promise<void> {
    const { format, out } = this
    this.error = null
    try {
      const job = await this.#desk.client.call('export.start', {
        format,
        out,
        ...(holdsEdits(format) && this.live && { live: true }),
        ...(format === 'report' && this.measure && { measure: true }),
        ...(format === 'merged' && { blocks: this.blocks })
      })
      this.#desk.takeJob(job)
    } catch (error) {
      this.error = errorRecord(error)
    }
  }
}
