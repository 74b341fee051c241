import type { HistoryOfSteps, HistoryStep } from '../../contract/types.ts'
import type { Desk } from './desk.svelte.ts'
import type { Reading } from './reading.svelte.ts'

/** What the person did, newest first, and the way back and forth through it. */
export class Steps {
  history = $state.raw<HistoryOfSteps>({ done: [], undone: [] })
  /** what came of the last undo or redo, for all to hear */
  told = $state('')
  /** a training takes a moment to be taken out or put back */
  moving = $state(false)
  readonly #desk: Desk
  readonly #reading: Reading

  constructor(desk: Desk, reading: Reading) {
    this.#desk = desk
    this.#reading = reading
    desk.client.on('history.changed', (history) => (this.history = history))
  }

  async load(): Promise<void> {
    const history = await this.#desk.ask('history.list', {})
    if (history) this.history = history
  }

  async undo(): Promise<void> {
    await this.#move('history.undo', 'Undone', 'There is nothing to undo.')
  }

  async redo(): Promise<void> {
    await this.#move('history.redo', 'Done again', 'There is nothing to do again.')
  }

  async #move(method: 'history.undo' | 'history.redo', word: string, nothing: string): Promise<void> {
    // What is being typed is the newest step.
    await this.#reading.drafts.flush()
    this.moving = true
    const step = await this.#desk.ask(method, {})
    this.moving = false
    this.told = step ? `${word}: ${step.label}` : this.#desk.error ? '' : nothing
    if (step) this.show(step)
  }

  /** Goes where a step was done. */
  show({ passageId, sentence }: HistoryStep): void {
    const passage = this.#desk.passageOf(passageId)
    if (!passage) return
    this.#reading.open(passage.id, sentence ?? undefined)
  }
}
