/**
 * Remembers which weight files were inspected, so that a model of gigabytes opens at once from the second time on. A
 * file counts as the same while its size, its times and its place on the disk are; the record may be deleted any time.
 */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

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
  sha256Of(file: string): string | null {
    const known = this.#read()[file]
    return known?.stamp === stampOf(file) ? known.sha256 : null
  }

  remember(file: string, sha256: string): void {
    mkdirSync(this.#folder, { recursive: true })
    const next = `${this.#file}.${process.pid}`
    writeFileSync(next, JSON.stringify({ ...this.#read(), [file]: { stamp: stampOf(file), sha256 } }, null, 1))
    renameSync(next, this.#file)
  }

  #read(): Partial<Record<string, CheckedFile>> {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Partial<Record<string, CheckedFile>>
    } catch {
      return {} // absent or damaged: nothing is known, and the files are inspected again
    }
  }
}

function stampOf(file: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}
