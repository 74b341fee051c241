import { SvelteMap } from 'svelte/reactivity'
import { errorRecord } from '../../contract/errors.ts'
import type { ErrorRecord } from '../../contract/errors.ts'
import type { Passage, Sentence } from '../../contract/types.ts'

const SAVE_AFTER_MS = 300
/** Typing without a pause is saved in between: nothing is only on the screen for more than a second. */
const SAVE_AT_LEAST_EVERY_MS = 800

/** What the window knew of a sentence when it was typed about. */
export interface BasedOn {
  sentence: string
  correction: string | null
}

/** @returns the passage as it is then; rejects with `Conflict` where the sentence is not what it was based on */
type Save = (
  passageId: string,
  sentence: number,
  text: string,
  accepted: boolean,
  basedOn: BasedOn
) => Promise<Passage | null>

/** A correction as it is typed in this window. */
export interface Draft {
  readonly passageId: string
  /** from 0 */
  readonly sentence: number
  readonly text: string
  readonly basedOn: BasedOn
  readonly state: 'typing' | 'saved' | 'failed' | 'conflict'
  readonly error: ErrorRecord | null
}

/** Where unsaved drafts outlive a reload of this tab. */
export interface DraftStore {
  read(): string | null
  write(text: string): void
}

/**
 * Corrections as they are typed: each one goes to the journal on its own, shortly after the last key. What is typed
 * here stays on the screen until the person leaves it, whatever other windows do: what they save at the same sentence is
 * shown beside it and is replaced only when the person says so.
 */
export class CorrectionDrafts {
  readonly #drafts = new SvelteMap<string, Draft>()
  /** not for components to follow */
  readonly #timers: Record<string, { timer: ReturnType<typeof setTimeout>; since: number } | undefined> = {}
  readonly #saving: Record<string, Promise<unknown> | undefined> = {}
  readonly #open: Record<string, true | undefined> = {}
  readonly #save: Save
  readonly #store: DraftStore

  constructor(save: Save, store: DraftStore = { read: () => null, write: () => undefined }) {
    this.#save = save
    this.#store = store
  }

  /** Typed here and not in the session: the connection was lost, or another window changed the sentence. */
  readonly stuck: readonly Draft[] = $derived.by(() =>
    [...this.#drafts.values()].filter(({ state }) => state === 'failed' || state === 'conflict')
  )

  of(passageId: string, sentence: number): Draft | null {
    return this.#drafts.get(key(passageId, sentence)) ?? null
  }

  textOf(passageId: string, index: number, sentence: Sentence): string {
    return this.of(passageId, index)?.text ?? sentence.correction ?? ''
  }

  /** What another window saved at this sentence meanwhile; '' where it took the correction away; null: nothing. */
  otherVersion(passageId: string, index: number, sentence: Sentence): string | null {
    const draft = this.of(passageId, index)
    if (!draft) return null
    const now = sentence.correction
    if (now === draft.basedOn.correction || now?.trim() === draft.text.trim()) return null
    // What is being saved comes back as an event before it does as an answer.
    return this.#saving[key(passageId, index)] ? null : (now ?? '')
  }

  /** The field of this sentence is shown: what is typed into it stays there. */
  open(passageId: string, sentence: number): void {
    this.#open[key(passageId, sentence)] = true
  }

  /** The field is gone: what is saved is shown as the session has it. */
  close(passageId: string, sentence: number): void {
    const id = key(passageId, sentence)
    this.#open[id] = undefined
    if (this.#drafts.get(id)?.state === 'saved') this.#drop(id)
    else void this.#keep(id)
  }

  type(passageId: string, index: number, text: string, sentence: Sentence): void {
    const id = key(passageId, index)
    const known = this.#drafts.get(id)
    const basedOn = known?.basedOn ?? { sentence: sentence.text, correction: sentence.correction }
    this.#put(id, { passageId, sentence: index, text, basedOn, state: 'typing', error: null })
    const since = this.#timers[id]?.since ?? Date.now()
    clearTimeout(this.#timers[id]?.timer)
    const longest = Math.max(0, since + SAVE_AT_LEAST_EVERY_MS - Date.now())
    const timer = setTimeout(() => void this.#keep(id), Math.min(SAVE_AFTER_MS, longest))
    this.#timers[id] = { timer, since }
  }

  /** Saves what was typed and is not saved yet. The text stays on the screen whatever happens. */
  async flush(): Promise<void> {
    await Promise.all([...this.#drafts.keys()].map((id) => this.#keep(id)))
  }

  /** @returns whether the engine took it as what the model shall write */
  async accept(passageId: string, index: number, text: string, sentence: Sentence): Promise<boolean> {
    const id = key(passageId, index)
    this.#stopTimer(id)
    await this.#saving[id]
    const other = this.otherVersion(passageId, index, sentence)
    const basedOn = this.#drafts.get(id)?.basedOn ?? { sentence: sentence.text, correction: sentence.correction }
    const draft: Draft = { passageId, sentence: index, text, basedOn, state: 'typing', error: null }
    this.#put(id, draft)
    // The other version stood on the screen beside it.
    if (other !== null) this.#put(id, { ...draft, basedOn: { ...basedOn, correction: sentence.correction } })
    if (await this.#send(id, true)) {
      this.#drop(id)
      return true
    }
    // A refused acceptance is no lost text: it is kept as a draft, and why it was refused stays told.
    const refusal = this.#drafts.get(id)?.error ?? null
    if (refusal?.code === 'Conflict' || !(await this.#send(id, false))) return false
    const kept = this.#drafts.get(id)
    if (kept) this.#put(id, { ...kept, error: refusal })
    return false
  }

  /** The text typed here takes the place of what another window saved, which the person has seen. */
  async keepMine(passageId: string, index: number, sentence: Sentence): Promise<void> {
    const id = key(passageId, index)
    const draft = this.#drafts.get(id)
    if (!draft) return
    const basedOn = { sentence: sentence.text, correction: sentence.correction }
    this.#put(id, { ...draft, basedOn, state: 'typing', error: null })
    await this.#keep(id)
  }

  /** The text typed here goes; the one that another window saved stays. */
  takeOther(passageId: string, index: number): void {
    this.#drop(key(passageId, index))
  }

  /** Gives a text up that has no place in the session any more. */
  discard({ passageId, sentence }: Draft): void {
    this.#drop(key(passageId, sentence))
  }

  /** Takes up what this tab had not saved when it was reloaded, and saves it where its sentence is as it was. */
  async restore(passageOf: (id: string) => Passage | null): Promise<void> {
    for (const kept of readDrafts(this.#store.read())) {
      const sentence = passageOf(kept.passageId)?.sentences[kept.sentence]
      const id = key(kept.passageId, kept.sentence)
      if (this.#drafts.has(id) || sentence?.correction === kept.text) continue
      this.#put(id, { ...kept, state: 'typing', error: null })
    }
    await this.flush()
  }

  /** One request at a time for a sentence: the answer of each is what the next is based on. */
  async #keep(id: string): Promise<void> {
    this.#stopTimer(id)
    await this.#saving[id]
    const state = this.#drafts.get(id)?.state
    if (state === 'typing' || state === 'failed') await this.#send(id, false)
  }

  async #send(id: string, accepted: boolean): Promise<boolean> {
    const draft = this.#drafts.get(id)
    if (!draft) return false
    const { passageId, sentence, text, basedOn } = draft
    const sent = this.#save(passageId, sentence, text, accepted, basedOn)
    this.#saving[id] = sent.catch(() => undefined)
    try {
      const now = (await sent)?.sentences[sentence]
      if (now) this.#saved(id, text, { sentence: now.text, correction: now.correction })
      return true
    } catch (error) {
      const told = errorRecord(error)
      const state = told.code === 'Conflict' ? 'conflict' : 'failed'
      const latest = this.#drafts.get(id)
      if (latest) this.#put(id, { ...latest, state, error: told })
      return false
    } finally {
      this.#saving[id] = undefined
    }
  }

  #saved(id: string, text: string, basedOn: BasedOn): void {
    const latest = this.#drafts.get(id)
    if (!latest) return
    // Typed on meanwhile: the newer text is on its way.
    if (latest.text !== text) this.#put(id, { ...latest, basedOn, error: null })
    else if (this.#open[id]) this.#put(id, { ...latest, basedOn, state: 'saved', error: null })
    else this.#drop(id)
  }

  #stopTimer(id: string): void {
    clearTimeout(this.#timers[id]?.timer)
    this.#timers[id] = undefined
  }

  #put(id: string, draft: Draft): void {
    this.#drafts.set(id, draft)
    this.#remember()
  }

  #drop(id: string): void {
    this.#stopTimer(id)
    this.#drafts.delete(id)
    this.#remember()
  }

  #remember(): void {
    const unsaved = [...this.#drafts.values()].filter(({ state }) => state !== 'saved')
    this.#store.write(JSON.stringify(unsaved))
  }
}

/** Drafts of this tab in its own storage, by session. */
export function tabDrafts(sessionDir: () => string | null): DraftStore {
  const place = (): string => `erratum.drafts.${sessionDir() ?? ''}`
  return {
    read: () => sessionStorage.getItem(place()),
    write: (text) => {
      try {
        if (text === '[]') sessionStorage.removeItem(place())
        else sessionStorage.setItem(place(), text)
      } catch {
        // Full: the text is on the screen and on its way all the same.
      }
    }
  }
}

function readDrafts(text: string | null): Draft[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(found) ? found.filter(isDraft) : []
  } catch {
    return []
  }
}

function isDraft(value: unknown): value is Draft {
  const { passageId, sentence, text, basedOn } = (value ?? {}) as Partial<Draft>
  return (
    typeof passageId === 'string' &&
    Number.isInteger(sentence) &&
    typeof text === 'string' &&
    typeof basedOn?.sentence === 'string'
  )
}

function key(passageId: string, sentence: number): string {
  return `${passageId}/${sentence}`
}
