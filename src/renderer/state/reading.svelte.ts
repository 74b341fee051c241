import { SvelteMap } from 'svelte/reactivity'
import type { ParamsIn } from '../../contract/contract.ts'
import type { Mark, Sentence } from '../../contract/types.ts'
import { CorrectionDrafts, tabDrafts } from './correction-draft.svelte.ts'
import type { Desk } from './desk.svelte.ts'
import { Incoming } from './incoming.svelte.ts'
import { Looking } from './looking.svelte.ts'
import { ModelView } from './model-view.svelte.ts'
import { namesIn } from './name-files.ts'
import { PassageFilter } from './passage-filter.svelte.ts'
import type { PassageChange } from './passage-order.ts'
import type { Place, View } from './place.ts'
import { Room } from './room.svelte.ts'
import { stepWord, wordAt } from './word-places.ts'

type SamplingIn = ParamsIn<'passages.writeVersion'>['sampling']

export interface Composing {
  namesText: string
  sampling: { temperature: number; sentences: number; seed: number; topK: number | undefined; topP: number | undefined }
}

/** Where the person is, and what they do to the passage before them. */
export class Reading {
  view = $state<View>('write')
  passageId = $state<string | null>(null)
  /** sentence in focus, from 0 */
  focused = $state<number | null>(null)
  /** the correction of the sentence in focus is being typed */
  editing = $state(false)
  /** position of the word in focus, in the text of the sentence in focus; null for none */
  word = $state<number | null>(null)
  text = $state<'reviewed' | 'rewriting'>('reviewed')
  /** text of passages that are being written anew, as far as it is there */
  readonly rewritten = new SvelteMap<string, string>()
  readonly drafts: CorrectionDrafts
  readonly filter: PassageFilter
  readonly model: ModelView
  readonly looking: Looking
  readonly room: Room
  /** an accepted correction has come back in the place of what was typed */
  onGivenBack: () => void = () => undefined
  readonly incoming: Incoming
  /** what is typed into the form of new passages, kept while the person is elsewhere */
  readonly composing = $state<Composing>({
    namesText: '',
    sampling: { temperature: 0, sentences: 8, seed: 1, topK: undefined, topP: undefined }
  })
  readonly #desk: Desk
  #restored = false

  readonly passage = $derived.by(() => this.#desk.passageOf(this.passageId))
  readonly sentence: Sentence | null = $derived(
    this.focused === null ? null : (this.passage?.sentences[this.focused] ?? null)
  )

  /** what the model writes now is there, or is coming */
  readonly hasRewriting = $derived.by(
    () => this.passage !== null && (this.passage.rewriting !== null || this.rewritten.has(this.passage.id))
  )
  readonly showsRewriting = $derived(this.text === 'rewriting' && this.hasRewriting)

  constructor(desk: Desk) {
    this.#desk = desk
    this.looking = new Looking(desk)
    this.filter = new PassageFilter(desk, this.looking)
    this.model = new ModelView(desk)
    this.room = new Room(desk)
    this.incoming = new Incoming(desk, (id) => this.open(id))
    this.drafts = new CorrectionDrafts(
      async (passageId, sentence, text, accepted, basedOn) => {
        const passage = await desk.client.call('review.correct', { passageId, sentence, text, accepted, basedOn })
        desk.take(passage)
        return passage
      },
      tabDrafts(() => desk.openDir)
    )
    desk.client.on('passages.token', ({ passageId, into, text }) => {
      if (into !== 'passage') this.rewritten.set(passageId, (this.rewritten.get(passageId) ?? '') + text)
    })
    desk.onPassage((change) => this.#follow(change))
    desk.onRemoval((ids) => this.#leaveRemoved(ids))
  }

  get place(): Place {
    return { view: this.view, passage: this.passageId, sentence: this.focused, editing: this.editing }
  }

  /** Goes where the person was before the page was loaded; what is not there any more is left out. */
  restore(place: Place): void {
    if (this.#restored) return
    this.#restored = true
    this.goTo({ ...place, view: place.view ?? (this.#desk.passages.length > 0 ? 'review' : 'write') })
  }

  /** Goes to a place of the address; what is not there any more is left out. */
  goTo(place: Place): void {
    void this.drafts.flush()
    this.view = place.view ?? this.view
    const passage = this.#desk.passageOf(place.passage)
    this.select(passage?.id ?? this.#desk.passages.at(0)?.id ?? null)
    if (!passage || place.sentence === null || place.sentence >= passage.sentences.length) return
    this.focused = place.sentence
    if (place.editing) this.edit()
  }

  go(view: View): void {
    void this.drafts.flush()
    this.editing = false
    this.view = view
    if (view !== 'review') return
    if (!this.passage) this.select(this.#desk.passages.at(0)?.id ?? null)
    // The keyboard can begin at once.
    if (this.focused === null && this.passage && this.passage.sentences.length > 0) this.focused = 0
  }

  /** Names that came from a file, to be written about. */
  writeAbout(names: readonly string[]): void {
    const all = [...namesIn(this.composing.namesText), ...names]
    this.composing.namesText = all.filter((name, i) => all.indexOf(name) === i).join('\n')
    this.go('write')
  }

  select(id: string | null): void {
    void this.drafts.flush()
    this.passageId = id
    this.focused = null
    this.word = null
    this.editing = false
    this.text = this.passage?.rewriting && !this.passage.waiting ? 'rewriting' : 'reviewed'
  }

  /** Opens a passage where it is reviewed, at a sentence (from 0) of the text that was reviewed. */
  open(id: string, sentence?: number): void {
    this.select(id)
    this.go('review')
    if (sentence === undefined) return
    this.text = 'reviewed'
    // It may have been one more when it was asked for.
    this.focused = Math.min(sentence, (this.passage?.sentences.length ?? 0) - 1)
  }

  focus(index: number | null): void {
    if (index !== this.focused) void this.drafts.flush()
    this.focused = index
    this.editing = false
    this.word = null
    this.model.token = null
  }

  /** Walks through the sentence in focus: by tokens where the model's view is shown, else by words. */
  walkWords(step: 1 | -1): void {
    const { focused, model } = this
    if (focused === null) return
    if (model.sight === 'off') {
      this.word = this.sentence && stepWord(this.sentence.text, this.word, step)
      return
    }
    const count = model.tokens?.[focused]?.length ?? 0
    if (count === 0) return
    const at = model.token?.sentence === focused ? model.token.index + step : step > 0 ? 0 : count - 1
    model.token = { sentence: focused, index: Math.min(count - 1, Math.max(0, at)) }
  }

  /** Where the sentence in focus would be split: the position of a word's start; null where none is chosen. */
  get splitPlace(): number | null {
    const { sentence, model } = this
    const tokens = model.sight === 'off' ? null : model.tokens?.[this.focused ?? -1]
    if (!sentence || !tokens) return this.word
    if (model.token?.sentence !== this.focused) return null
    const before = tokens.slice(0, model.token.index).map((t) => t.text)
    const start = before.join('').trimStart().length
    const space = /^\s*/.exec(tokens[model.token.index].text)![0].length
    return wordAt(sentence.text, before.length === 0 ? 0 : start + space)
  }

  /** Begins a new sentence at the word in focus, and goes on there. */
  async split(): Promise<void> {
    const { passage, focused, splitPlace } = this
    if (!passage || focused === null || !splitPlace) return
    const asked = { passageId: passage.id, sentence: focused, at: splitPlace }
    const changed = await this.#desk.ask('review.split', asked)
    if (!changed) return
    this.#desk.take(changed)
    this.focus(focused + 1)
  }

  /** Joins the sentence in focus and the next one. */
  async join(): Promise<void> {
    const { passage, focused } = this
    if (!passage || focused === null || focused + 1 >= passage.sentences.length) return
    const changed = await this.#desk.ask('review.join', { passageId: passage.id, sentence: focused })
    if (!changed) return
    this.#desk.take(changed)
    this.focus(focused)
  }

  /** Walks by `step` sentences; from nowhere to the first one. */
  walk(step: 1 | -1): void {
    const last = (this.passage?.sentences.length ?? 0) - 1
    if (last < 0) return
    this.focus(this.focused === null ? (step > 0 ? 0 : last) : Math.min(last, Math.max(0, this.focused + step)))
  }

  /** Walks by `step` passages of the list as it is shown. */
  walkPassages(step: 1 | -1): void {
    const { shown } = this.filter
    const at = shown.findIndex((p) => p.id === this.passageId)
    const next = shown[at < 0 ? 0 : at + step]
    if (!next) return
    this.select(next.id)
    if (next.sentences.length > 0) this.focused = 0
  }

  /** Shows where to look, or hides it; scores are of the text under review. */
  toggleScores(): void {
    this.looking.shown = this.showsRewriting || !this.looking.shown
    this.text = 'reviewed'
  }

  /** Goes on to the next of the model's views, of the text under review too. */
  nextSight(): void {
    this.text = 'reviewed'
    this.model.next()
  }

  /** Goes on to the next sentence to look at: of this passage, then of the next in the list as it is shown. */
  walkSuspects(): void {
    const { passage, looking } = this
    looking.shown = true
    this.text = 'reviewed'
    const next = passage && looking.after(passage, this.focused)
    if (next !== null) {
      this.focus(next)
      return
    }
    const { shown } = this.filter
    const at = shown.findIndex((p) => p.id === this.passageId)
    // Round to this passage again: what was passed over there still waits.
    for (const other of [...shown.slice(at + 1), ...shown.slice(0, at + 1)]) {
      const [first] = looking.order(other)
      if (first === undefined) continue
      if (other.id !== this.passageId) this.select(other.id)
      this.text = 'reviewed'
      this.focus(first)
      return
    }
  }

  async mark(mark: Mark | null): Promise<void> {
    const { passage, focused } = this
    if (!passage || focused === null) return
    const changed = await this.#desk.ask('review.mark', { passageId: passage.id, sentence: focused, mark })
    if (changed) this.#desk.take(changed)
  }

  /** Marks every sentence accurate that has neither a mark nor a correction. */
  async markRestAccurate(): Promise<void> {
    const { passage } = this
    if (!passage) return
    const changed = await this.#desk.ask('review.markRest', { passageId: passage.id })
    if (changed) this.#desk.take(changed)
  }

  edit(): void {
    if (!this.sentence) return
    this.text = 'reviewed'
    this.editing = true
  }

  /** Ends the typing: what was typed stays as a draft, but over an accepted correction that one comes back. */
  async leave(): Promise<void> {
    const { passageId, focused } = this
    this.editing = false
    await this.drafts.flush()
    if (focused !== null && this.#desk.passageOf(passageId)?.sentences.at(focused)?.acceptedBefore != null)
      await this.giveBack()
  }

  /** Gives back the correction of the sentence in focus that was accepted before it was typed over. */
  async giveBack(): Promise<void> {
    const { passage, focused } = this
    if (!passage || focused === null) return
    const restored = await this.#desk.ask('review.restoreAccepted', { passageId: passage.id, sentence: focused })
    if (!restored) return
    this.#desk.take(restored)
    this.onGivenBack()
  }

  /** Takes the typed text as what the model shall write, and goes back to the sentence. */
  async accept(text: string): Promise<void> {
    const { passage, focused, sentence } = this
    if (!passage || focused === null || !sentence) return
    if (await this.drafts.accept(passage.id, focused, text, sentence)) this.editing = false
  }

  async regenerate(passageId: string): Promise<void> {
    this.rewritten.delete(passageId)
    const job = await this.#desk.ask('passages.regenerate', { passageId })
    if (!job) return
    this.#desk.takeJob(job)
    this.text = 'rewriting'
  }

  /** Writes another version of a passage; the one under review is kept beside it. */
  async writeVersion(passageId: string, sampling: SamplingIn): Promise<void> {
    this.rewritten.delete(passageId)
    const job = await this.#desk.ask('passages.writeVersion', { passageId, sampling })
    if (!job) return
    this.#desk.takeJob(job)
    this.text = 'rewriting'
  }

  async chooseVersion(passageId: string, version: number): Promise<void> {
    const changed = await this.#desk.ask('passages.chooseVersion', { passageId, version })
    if (changed) this.#desk.take(changed)
  }

  /** Goes on to the passage beside those that are gone. */
  #leaveRemoved(ids: readonly string[]): void {
    if (this.passageId === null || !ids.includes(this.passageId)) return
    const { passages } = this.#desk
    const at = passages.findIndex((p) => p.id === this.passageId)
    const left = [...passages.slice(at), ...passages.slice(0, at).toReversed()].find((p) => !ids.includes(p.id))
    this.select(left?.id ?? null)
  }

  #follow({ passage, before }: PassageChange): void {
    if (before && passage.version !== before.version) {
      this.rewritten.delete(passage.id)
      if (passage.id === this.passageId) {
        this.text = 'reviewed'
        this.focus(passage.sentences.length > 0 ? 0 : null)
      }
    }
    if (!passage.rewriting || passage.rewriting.at === before?.rewriting?.at) return
    this.rewritten.delete(passage.id)
    // What training changed is what the person waits for, unless they are in the middle of another correction.
    if (passage.id === this.passageId && !this.editing) this.text = 'rewriting'
  }
}
