import type { MethodName, ParamsIn, Result } from '../../contract/contract.ts'
import { errorRecord } from '../../contract/errors.ts'
import type { ErrorRecord } from '../../contract/errors.ts'
import type { Protocol } from '../../contract/evaluation.ts'
import type { FoundEdits, IndexAnswer, IndexedRecord, IndexMap, IndexScopes } from '../../contract/index-map.ts'
import type { Desk } from './desk.svelte.ts'

const FIND_AFTER_MS = 200

/** The index as the window sees it: its map, the record in focus, a query, and what was looked for. */
export class IndexExplorer {
  protocol = $state<Protocol>('deployment')
  map = $state.raw<IndexMap | null>(null)
  /** null: not measured yet */
  scopes = $state.raw<IndexScopes | null>(null)
  showsScopes = $state(true)
  selected = $state.raw<IndexedRecord | null>(null)
  /** why there is no map */
  error = $state.raw<ErrorRecord | null>(null)
  /** the query as it is typed */
  text = $state('')
  target = $state('')
  asking = $state(false)
  answer = $state.raw<IndexAnswer | null>(null)
  /** why there is no answer */
  refusal = $state.raw<ErrorRecord | null>(null)
  sought = $state('')
  found = $state.raw<FoundEdits | null>(null)
  readonly #desk: Desk
  #isShown = false
  #loading: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  /** what was asked last: an answer to something else comes too late */
  #asked = { record: 0, query: 0, find: 0 }

  constructor(desk: Desk) {
    this.#desk = desk
    // A batch came or went, or another session is open.
    desk.client.on('session.changed', () => {
      if (this.#isShown) void this.load()
    })
  }

  /** The map is drawn anew only where somebody looks at it. */
  show(): () => void {
    this.#isShown = true
    void this.load()
    return () => (this.#isShown = false)
  }

  load(): Promise<void> {
    if (this.#desk.phase !== 'open') return Promise.resolve()
    this.#loading ??= this.#load().finally(() => (this.#loading = null))
    return this.#loading
  }

  async choose(protocol: Protocol): Promise<void> {
    this.protocol = protocol
    this.forget()
    this.map = this.scopes = this.selected = this.found = null
    await this.#loading
    await this.load()
  }

  async select(place: number | null): Promise<void> {
    const asked = ++this.#asked.record
    if (place === null || !this.map) {
      this.selected = null
      return
    }
    const selected = await this.#ask('index.record', { ...this.#at(this.map), record: place })
    if (asked === this.#asked.record && selected) this.selected = selected
  }

  async ask(): Promise<void> {
    const asked = ++this.#asked.query
    const { protocol, text, target } = this
    this.asking = true
    this.refusal = null
    try {
      const answer = await this.#desk.client.call('index.query', { protocol, text, target })
      if (asked === this.#asked.query && protocol === this.protocol) this.answer = answer
    } catch (error) {
      if (asked !== this.#asked.query) return
      this.answer = null
      this.refusal = errorRecord(error)
    } finally {
      if (asked === this.#asked.query) this.asking = false
    }
  }

  forget(): void {
    this.#asked.query++
    this.asking = false
    this.answer = this.refusal = null
  }

  /** Looks for the text when the person has stopped typing. */
  seek(text: string): void {
    this.sought = text
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#find(0), FIND_AFTER_MS)
  }

  more(): Promise<void> {
    return this.#find(this.found?.edits.length ?? 0)
  }

  async #load(): Promise<void> {
    const { protocol, map: known } = this
    try {
      const map = await this.#desk.client.call('index.map', { protocol, known: known?.state })
      this.error = null
      if (protocol !== this.protocol) return
      if (map) await this.#take(map)
      await this.#measure()
    } catch (error) {
      if (protocol === this.protocol) this.error = errorRecord(error)
    }
  }

  async #take(map: IndexMap): Promise<void> {
    // Records have other places on it; whoever looks at one or types beside it is not disturbed.
    const selected = this.selected && (await this.#again(map, this.selected))
    this.map = map
    this.scopes = null
    this.selected = selected
    await this.#find(0)
    if (this.answer) await this.ask()
  }

  /** The same record on another map; null: it is gone. */
  async #again(map: IndexMap, { editId, part }: IndexedRecord): Promise<IndexedRecord | null> {
    const found = await this.#ask('index.find', { ...this.#at(map), text: editId })
    const edit = found?.edits.find((one) => one.editId === editId)
    return edit ? this.#ask('index.record', { ...this.#at(map), record: edit.record + part }) : null
  }

  async #measure(): Promise<void> {
    const { map } = this
    if (map?.mode !== 'scopes' || this.scopes?.state === map.state) return
    const scopes = await this.#ask('index.scopes', this.#at(map))
    if (scopes && scopes.state === this.map?.state) this.scopes = scopes
  }

  async #find(from: number): Promise<void> {
    if (!this.map) return
    const asked = ++this.#asked.find
    const found = await this.#ask('index.find', { ...this.#at(this.map), text: this.sought, from })
    if (asked !== this.#asked.find || !found) return
    this.found = { ...found, edits: [...(from > 0 ? (this.found?.edits ?? []) : []), ...found.edits] }
  }

  #at({ protocol, state }: IndexMap): { protocol: Protocol; state: string } {
    return { protocol, state }
  }

  /** What is asked about a map that is no longer true gets no answer: the new map is on its way. */
  async #ask<M extends MethodName>(method: M, params: ParamsIn<M>): Promise<Result<M> | null> {
    try {
      return await this.#desk.client.call(method, params)
    } catch (error) {
      const record = errorRecord(error)
      if (record.code === 'NotFound') void this.load()
      else this.error = record
      return null
    }
  }
}
