/**
 * Remembers which weight files were inspected, so that a model of gigabytes opens at once from the second time on. A
 * file counts as the same while its size, its times and its place on the disk are; the record may be deleted any time.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FileStamp } from './file-stamp.ts'

interface CheckedFile {
  readonly stamp: string
  readonly sha256: string
}

export class CheckedFiles {
  readonly #folder: string
  readonly #file: string

  /** @param folder where the record `checked-weights.json` is kept; made where it is missing */
  constructor(folder: string) {
    this.#folder = folder
    this.#file = join(folder, 'checked-weights.json')
  }

  /** The sha256 of a file that was found good and has not changed since; null where that is not known. */
  sha256Of(stamp: FileStamp): string | null {
    const known = this.#read()[stamp.file]
    return known?.stamp === written(stamp) ? known.sha256 : null
  }

  /**
   * @param stamp of the file before it was read, which is its stamp afterwards too
   * @throws NodeJS.ErrnoException where the folder cannot be written
   */
  remember(stamp: FileStamp, sha256: string): void {
    mkdirSync(this.#folder, { recursive: true })
    const next = `${this.#file}.${process.pid}`
    try {
      const files = { ...this.#read(), [stamp.file]: { stamp: written(stamp), sha256 } }
      writeFileSync(next, JSON.stringify(files, null, 1))
      renameSync(next, this.#file)
    } catch (error) {
      rmSync(next, { force: true })
      throw error
    }
  }

  #read(): Partial<Record<string, CheckedFile>> {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Partial<Record<string, CheckedFile>>
    } catch {
      return {} // absent or damaged: nothing is known, and the files are inspected again
    }
  }
}

const written = ({ dev, ino, size, mtimeNs, ctimeNs }: FileStamp): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ')
