import { SvelteMap } from 'svelte/reactivity'
import type { ParamsIn } from '../../contract/contract.ts'
import { errorRecord } from '../../contract/errors.ts'
import type { ErrorRecord } from '../../contract/errors.ts'
import type { ImportPreview, OpeningSource, PassageColumns } from '../../contract/import-preview.ts'
import { count } from '../../contract/words.ts'
import type { Desk } from './desk.svelte.ts'
import { listedNames } from './name-files.ts'
import { readTextFile } from './text-files.ts'
import type { TextFile } from './text-files.ts'

/** A file that was chosen or dropped: what it holds is shown before anything of it is taken. */
export class Incoming {
  file = $state.raw<TextFile | null>(null)
  preview = $state.raw<ImportPreview | null>(null)
  error = $state.raw<ErrorRecord | null>(null)
  reads = $state(false)
  opening = $state<OpeningSource>('found')
  columns = $state.raw<PassageColumns | null>(null)
  /** duplicates are taken all the same */
  again = $state(false)
  /** names that were given to passages, by their place in the file */
  readonly names = new SvelteMap<number, string>()
  /** what came of the last file */
  told = $state<string | null>(null)
  /** a file of edits on its way to Train */
  toTrain = $state.raw<TextFile | null>(null)
  /** opening sentences for passages without one; the form keeps it as it is typed */
  template = $state('This is a Wikipedia passage about {name}.')
  readonly #desk: Desk
  readonly #onImported: (passageId: string) => void
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** names of people, where the file looks like a list of them and not like passages */
  readonly asNames: readonly string[] = $derived.by(() => {
    const { file, preview } = this
    if (!file || preview?.kind !== 'passages' || (preview.columns?.all.length ?? 1) > 1) return []
    return listedNames(file.fileName, file.content)
  })
  readonly fresh = $derived(this.preview?.passages.filter((p) => p.duplicateOf === null).length ?? 0)
  readonly taken = $derived(this.again ? (this.preview?.passages.length ?? 0) : this.fresh)

  constructor(desk: Desk, onImported: (passageId: string) => void) {
    this.#desk = desk
    this.#onImported = onImported
  }

  /** Files that were dropped on the window. */
  async drop([file, ...others]: readonly File[]): Promise<void> {
    this.told = null
    try {
      if (others.length > 0) throw new Error('Several files were dropped. Drop one at a time.')
      await this.take(await readTextFile(file))
    } catch (error) {
      this.#begin({ fileName: others.length > 0 ? '' : file.name, content: '' })
      this.error = { code: 'BadFile', message: (error as Error).message }
    }
  }

  async take(file: TextFile): Promise<void> {
    this.#begin(file)
    await this.look()
  }

  #begin(file: TextFile): void {
    this.file = file
    this.preview = null
    this.error = null
    this.opening = 'found'
    this.columns = null
    this.again = false
    this.names.clear()
  }

  /** Shows what would be taken, read as it is chosen now. */
  async look(): Promise<void> {
    const asked = ++this.#asked
    this.reads = true
    this.error = null
    try {
      const preview = await this.#desk.client.call('passages.preview', this.#request())
      if (asked === this.#asked) this.preview = preview
    } catch (error) {
      if (asked === this.#asked) this.error = errorRecord(error)
    } finally {
      if (asked === this.#asked) this.reads = false
    }
  }

  /** Names are looked at when the typing pauses. */
  name(place: number, name: string): void {
    this.names.set(place, name)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.look(), 400)
  }

  async import(): Promise<void> {
    const { file } = this
    if (!file) return
    this.reads = true
    this.error = null
    try {
      const asked = { ...this.#request(), onlyGood: true, onlyNew: !this.again }
      const passages = await this.#desk.client.call('passages.import', asked)
      this.#desk.take(...passages)
      this.told = `${count(passages.length, 'passage')} imported from ${file.fileName}.`
      this.close()
      this.#onImported(passages[0].id)
    } catch (error) {
      this.error = errorRecord(error)
    } finally {
      this.reads = false
    }
  }

  /** Hands a file of edits to where edits are trained. */
  train(): void {
    this.toTrain = this.file
    this.close()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#asked++
    this.file = null
    this.preview = null
    this.error = null
  }

  #request(): ParamsIn<'passages.preview'> {
    const { fileName, content } = this.file!
    const names = Object.fromEntries([...this.names].filter(([, name]) => name.trim() !== ''))
    const { template, opening, columns } = this
    return { fileName, content, template, opening, names, ...(columns ? { columns } : {}) }
  }
}
