import type { Client } from '../../contract/client.ts'
import type { MethodName, ParamsIn, Result } from '../../contract/contract.ts'
import { errorRecord } from '../../contract/errors.ts'
import type { ErrorRecord } from '../../contract/errors.ts'
import type { SessionEntry } from '../../contract/types.ts'
import { count } from '../../contract/words.ts'

type Opening = ParamsIn<'session.open'>

const COPY_SUFFIX = '.erratum'

/** The sessions of this machine, and what is done to one as a whole. */
export class Library {
  /** null: not known yet */
  entries = $state.raw<readonly SessionEntry[] | null>(null)
  /** what is being done, as a phrase */
  doing = $state<string | null>(null)
  /** what came of the last thing that was done */
  told = $state('')
  error = $state.raw<ErrorRecord | null>(null)
  /** the opening that failed last: it can be tried in another way */
  refused = $state.raw<Opening | null>(null)
  readonly #client: Client
  readonly #onOpen: () => void

  /** @param onOpen called when another session is open than before */
  constructor(client: Client, onOpen: () => void) {
    this.#client = client
    this.#onOpen = onOpen
  }

  async load(): Promise<void> {
    const entries = await this.#ask('Looking for sessions', 'sessions.list', {})
    if (entries) this.entries = entries
  }

  async open(opening: Opening): Promise<void> {
    this.refused = null
    if (await this.#ask('Opening the session and reading the model’s weights', 'session.open', opening)) this.#onOpen()
    else this.refused = opening
  }

  /** A folder, or a copy in one file, as it was typed. */
  async openPlace(place: string): Promise<void> {
    if (!place.endsWith(COPY_SUFFIX)) return this.open({ sessionDir: place, mustExist: true })
    const unpacked = await this.#ask('Unpacking the copy', 'sessions.unpack', { file: place })
    if (unpacked) await this.open({ sessionDir: unpacked.dir })
  }

  async make(name: string): Promise<void> {
    const place = await this.#ask('Making the session', 'sessions.place', { name })
    if (place) await this.open({ sessionDir: place.dir })
  }

  duplicate({ dir }: SessionEntry): Promise<void> {
    return this.#change('Copying the session', 'sessions.duplicate', { dir }, (done) => `The copy is ${done.dir}.`)
  }

  rename({ dir }: SessionEntry, name: string): Promise<void> {
    return this.#change('Renaming the session', 'sessions.rename', { dir, name }, (done) => `It is ${done.dir} now.`)
  }

  trash({ dir }: SessionEntry): Promise<void> {
    const told = (done: { dir: string }): string => `It lies in ${done.dir}; move that folder back to have it again.`
    return this.#change('Moving the session to the trash', 'sessions.trash', { dir }, told)
  }

  pack({ dir }: SessionEntry): Promise<void> {
    return this.#change('Saving a copy', 'sessions.pack', { dir }, (done) => `The copy is ${done.file}.`)
  }

  async #change<M extends MethodName>(
    doing: string,
    method: M,
    params: ParamsIn<M>,
    told: (done: Result<M>) => string
  ): Promise<void> {
    const done = await this.#ask(doing, method, params)
    if (!done) return
    this.told = told(done)
    await this.load()
  }

  async #ask<M extends MethodName>(doing: string, method: M, params: ParamsIn<M>): Promise<Result<M> | null> {
    this.doing = doing
    this.error = null
    try {
      return await this.#client.call(method, params)
    } catch (error) {
      this.error = errorRecord(error)
      return null
    } finally {
      this.doing = null
    }
  }
}

/** What is in a session, in one line. */
export function contentsOf({ passages, corrections, edits, batches }: SessionEntry): string {
  return [
    count(passages ?? 0, 'passage', 'passages'),
    count(corrections ?? 0, 'correction', 'corrections'),
    `${count(edits ?? 0, 'edit', 'edits')} in ${count(batches ?? 0, 'block', 'blocks')}`
  ].join(' · ')
}

export function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
