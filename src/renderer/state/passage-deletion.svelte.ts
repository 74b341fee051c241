import { SvelteSet } from 'svelte/reactivity'
import type { EditsConcerned } from '../../contract/types.ts'
import type { Desk } from './desk.svelte.ts'
import { deletedWords } from './step-words.ts'
import type { Steps } from './steps.svelte.ts'

/** Passages that are to be deleted: which, and what happens to their trained edits, which the person is asked. */
export class PassageDeletion {
  /** several passages are being chosen in the list */
  choosing = $state(false)
  readonly chosen = new SvelteSet<string>()
  /** what the person is asked about; null: nothing */
  asked = $state.raw<({ passageIds: string[] } & EditsConcerned) | null>(null)
  /** null: nobody has said yet; without trained edits there is nothing to say */
  withdraw = $state<boolean | null>(null)
  doing = $state(false)
  readonly #desk: Desk
  readonly #steps: Steps

  constructor(desk: Desk, steps: Steps) {
    this.#desk = desk
    this.#steps = steps
  }

  choose(id: string, chosen: boolean): void {
    if (chosen) this.chosen.add(id)
    else this.chosen.delete(id)
  }

  stopChoosing(): void {
    this.choosing = false
    this.chosen.clear()
  }

  async ask(passageIds: readonly string[]): Promise<void> {
    if (passageIds.length === 0 || this.asked) return
    const concerned = await this.#desk.ask('edits.concerned', { passageIds: [...passageIds] })
    if (!concerned) return
    this.withdraw = concerned.edits.length > 0 ? null : false
    this.asked = { passageIds: [...passageIds], ...concerned }
  }

  cancel(): void {
    this.asked = null
  }

  async confirm(): Promise<void> {
    const { asked, withdraw } = this
    if (!asked || withdraw === null) return
    const names = asked.passageIds.map((id) => this.#desk.passageOf(id)?.name ?? id)
    this.doing = true
    const done = await this.#desk.ask('passages.delete', { passageIds: asked.passageIds, withdraw })
    this.doing = false
    this.asked = null
    if (!done) return
    this.stopChoosing()
    this.#steps.say(deletedWords(names, done, withdraw))
  }
}
