import type { EditsConcerned, HistoryOfSteps, HistoryStep } from '../../contract/types.ts'
import type { Desk } from './desk.svelte.ts'
import type { Reading } from './reading.svelte.ts'
import { GIVEN_BACK, movedWords, removedWords, trainingUndoneWords, withdrawnMessage } from './step-words.ts'
import type { StepMessage } from './step-words.ts'

/** A training that is to be undone: a step of the history, or the last one whatever was done since. */
type AskedTraining = EditsConcerned & ({ step: HistoryStep } | { blocks: string[] })

/** What the person did, newest first, and the way back and forth through it. */
export class Steps {
  history = $state.raw<HistoryOfSteps>({ done: [], undone: [] })
  /** what the last undo, redo or removal came to; stays until it is dismissed or replaced */
  message = $state.raw<StepMessage | null>(null)
  /** the training that the person is asked about before it is undone */
  asked = $state.raw<AskedTraining | null>(null)
  /** a training takes a moment to be taken out or put back */
  moving = $state(false)
  readonly #desk: Desk
  readonly #reading: Reading

  constructor(desk: Desk, reading: Reading) {
    this.#desk = desk
    this.#reading = reading
    reading.onGivenBack = () => this.say(GIVEN_BACK)
    desk.client.on('history.changed', (history) => (this.history = history))
  }

  async load(): Promise<void> {
    const history = await this.#desk.ask('history.list', {})
    if (history) this.history = history
  }

  say(message: StepMessage): void {
    this.message = message
  }

  dismiss(): void {
    this.message = null
  }

  /** Takes the newest step back; a training only once the person has said so. */
  async undo(): Promise<void> {
    if (this.moving || this.asked) return
    await this.#settle()
    const step = this.history.done.at(0)
    if (!step) this.say({ what: 'There is nothing to undo.', more: [], offers: null })
    else if (step.kind === 'training' && step.blocks.length > 0) await this.#ask(step.blocks, { step })
    else await this.#move('undo', step)
  }

  async redo(): Promise<void> {
    if (this.moving || this.asked) return
    await this.#settle()
    const step = this.history.undone.at(0)
    if (step) await this.#move('redo', step)
    else this.say({ what: 'There is nothing to redo.', more: [], offers: null })
  }

  /** Asks about the last training that is in force, whatever was done since. */
  async undoTraining(): Promise<void> {
    if (this.moving || this.asked) return
    const isOut = (blocks: readonly string[], out: readonly string[]): boolean => blocks.every((b) => out.includes(b))
    const last = this.#desk.results.findLast(({ blocks, undoneBlocks }) => !isOut(blocks, undoneBlocks))
    if (!last) return
    const blocks = last.blocks.filter((block) => !last.undoneBlocks.includes(block))
    // Where it is the newest step, redo is the way back; else taking it out is a step of its own.
    const newest = this.history.done.at(0)
    const isNewest = newest?.kind === 'training' && newest.blocks.includes(blocks[0])
    await this.#ask(blocks, isNewest ? { step: newest } : { blocks })
  }

  keepTraining(): void {
    this.asked = null
  }

  async confirmUndo(): Promise<void> {
    const { asked } = this
    if (!asked || this.moving) return
    if ('step' in asked) await this.#move('undo', asked.step)
    else {
      this.moving = true
      const done = await this.#desk.ask('train.undo', { blocks: asked.blocks })
      this.moving = false
      if (done) this.say(trainingUndoneWords(asked.edits.length, done.liveAgain))
    }
    this.asked = null
  }

  /** Takes the correction of the sentence in focus away, and what was trained for it out of the model. */
  async removeCorrection(): Promise<void> {
    const { passage, focused } = this.#reading
    if (!passage || focused === null || this.moving) return
    await this.#settle()
    this.moving = true
    const done = await this.#desk.ask('review.removeCorrection', { passageId: passage.id, sentence: focused })
    this.moving = false
    if (done) this.say(removedWords(focused, done))
  }

  /** Withdraws an edit that is in the model and no longer approved. */
  async withdraw(edits: readonly { block: string; editId: string }[]): Promise<void> {
    if (this.moving) return
    this.moving = true
    const places = edits.map(({ block, editId }) => ({ block, editId }))
    const done = await this.#desk.ask('edits.withdraw', { edits: places })
    this.moving = false
    if (done) this.say(withdrawnMessage(done))
  }

  async #ask(blocks: readonly string[], what: { step: HistoryStep } | { blocks: string[] }): Promise<void> {
    const concerned = await this.#desk.ask('edits.concerned', { blocks: [...blocks] })
    if (concerned) this.asked = { ...concerned, ...what }
  }

  /** What is being typed is the newest step. */
  #settle(): Promise<void> {
    return this.#reading.drafts.flush()
  }

  async #move(direction: 'undo' | 'redo', step: HistoryStep): Promise<void> {
    this.moving = true
    const moved = await this.#desk.ask(`history.${direction}`, { step: step.id })
    this.moving = false
    if (!moved) return
    this.say(movedWords(direction, moved, this.#desk.passageOf(moved.passageId)?.name ?? null))
    this.show(moved)
  }

  /** Goes where a step was done. */
  show({ passageId, sentence }: HistoryStep): void {
    const passage = this.#desk.passageOf(passageId)
    if (!passage) return
    this.#reading.open(passage.id, sentence ?? undefined)
  }
}
