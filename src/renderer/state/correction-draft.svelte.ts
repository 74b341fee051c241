import { SvelteMap } from 'svelte/reactivity'
import { errorRecord } from '../../contract/errors.ts'
import type { ErrorRecord } from '../../contract/errors.ts'
import type { Sentence } from '../../contract/types.ts'

const SAVE_AFTER_MS = 300
/** Typing without a pause is saved in between: nothing is only on the screen for more than a second. */
const SAVE_AT_LEAST_EVERY_MS = 800

type Save = (passageId: string, sentence: number, text: string, accepted: boolean) => Promise<void>

interface Draft {
  passageId: string
  sentence: number
  text: string
}

/** Corrections as they are typed: each one goes to the journal on its own, shortly after the last key. */
export class CorrectionDrafts {
  readonly #texts = new SvelteMap<string, string>()
  readonly #save: Save
  /** of the draft that was typed last */
  status = $state<'saved' | 'typing' | 'failed'>('saved')
  error = $state.raw<ErrorRecord | null>(null)
  #unsaved: Draft | null = null
  #unsavedSince = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(save: Save) {
    this.#save = save
  }

  textOf(passageId: string, index: number, sentence: Sentence): string {
    return this.#texts.get(key(passageId, index)) ?? sentence.correction ?? ''
  }

  type(passageId: string, sentence: number, text: string): void {
    if (this.#unsaved && key(this.#unsaved.passageId, this.#unsaved.sentence) !== key(passageId, sentence))
      void this.flush()
    this.#texts.set(key(passageId, sentence), text)
    if (!this.#unsaved) this.#unsavedSince = Date.now()
    this.#unsaved = { passageId, sentence, text }
    this.status = 'typing'
    this.error = null
    clearTimeout(this.#timer)
    const longest = Math.max(0, this.#unsavedSince + SAVE_AT_LEAST_EVERY_MS - Date.now())
    this.#timer = setTimeout(() => void this.flush(), Math.min(SAVE_AFTER_MS, longest))
  }

  /** Saves what was typed and is not saved yet. The text stays on the screen whatever happens. */
  async flush(): Promise<void> {
    const draft = this.#unsaved
    clearTimeout(this.#timer)
    if (!draft) return
    this.#unsaved = null
    await this.#store(draft, false)
  }

  /** @returns whether the engine took it as what the model shall write */
  async accept(passageId: string, sentence: number, text: string): Promise<boolean> {
    clearTimeout(this.#timer)
    this.#unsaved = null
    return this.#store({ passageId, sentence, text }, true)
  }

  async #store(draft: Draft, accepted: boolean): Promise<boolean> {
    const { passageId, sentence, text } = draft
    try {
      await this.#save(passageId, sentence, text, accepted)
      // Typed on meanwhile: the newer text is on its way.
      if (this.#unsaved) return true
      if (this.#texts.get(key(passageId, sentence)) === text) this.#texts.delete(key(passageId, sentence))
      this.status = 'saved'
      this.error = null
      return true
    } catch (error) {
      this.error = errorRecord(error)
      this.status = 'failed'
      // A refused acceptance is no lost text: the draft is kept, and saved as one.
      this.#unsaved ??= draft
      if (accepted) await this.flushQuietly()
      return false
    }
  }

  /** Tries once more to keep the typed text, without touching what is told about it. */
  async flushQuietly(): Promise<void> {
    const draft = this.#unsaved
    if (!draft) return
    try {
      await this.#save(draft.passageId, draft.sentence, draft.text, false)
      if (this.#unsaved === draft) this.#unsaved = null
      if (this.status === 'typing') this.status = 'saved'
    } catch {
      // Still on the screen, still unsaved: tried again when the connection is back or a key is typed.
    }
  }
}

function key(passageId: string, sentence: number): string {
  return `${passageId}/${sentence}`
}
