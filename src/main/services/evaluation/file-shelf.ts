/** Shelves of evaluations in the data folder: one JSON file a piece, whole or not there. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Shelves } from '../../evaluation/evaluate.ts'
import { shelfKey } from '../../evaluation/shelf.ts'
import type { Shelf } from '../../evaluation/shelf.ts'
import { asUnwritable } from '../../session/durable.ts'
import { partialName } from '../../session/names.ts'
import type { EditSession } from '../edit-session.ts'
import { homeFolder } from '../places.ts'

class FileShelf implements Shelf {
  private readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  take(key: string): unknown {
    const file = this.fileOf(key)
    try {
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
    } catch {
      return undefined // it is computed again, and written anew
    }
  }

  put(key: string, value: unknown): void {
    const file = this.fileOf(key)
    try {
      mkdirSync(this.folder, { recursive: true })
      // Two processes may measure the same: each writes a file of its own, and either is whole.
      const part = partialName(file)
      writeFileSync(part, JSON.stringify(value), { flag: 'wx' })
      renameSync(part, file)
    } catch (error) {
      throw asUnwritable(file, error)
    }
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  private fileOf(key: string): string {
    return join(this.folder, `${key}.json`)
  }
}

export interface RunShelves extends Shelves {
  /** What was measured so far is not needed any more: the figures are there. */
  finished(): void
}

/** What the untouched model says is kept for good, by model, split and executor. */
export function untouchedShelf(session: EditSession): Shelf {
  return new FileShelf(join(homeFolder(), 'untouched', shelfKey(...computedBy(session))))
}

/** And what a run has measured is kept until it is finished, by everything that decides about it. */
export function shelvesFor(session: EditSession, identity: readonly unknown[]): RunShelves {
  const results = new FileShelf(join(homeFolder(), 'evaluations', shelfKey(...computedBy(session), ...identity)))
  return { untouched: untouchedShelf(session), results, finished: () => results.clear() }
}

const computedBy = ({ model, executor }: EditSession): unknown[] => [
  model.sha256,
  model.points.keyLayer,
  model.points.loraLayers,
  executor,
  process.arch
]
