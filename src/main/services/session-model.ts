/** Finds the model that a session was made with, also where the session came from another machine. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionHeader } from '../session/header.ts'
import { findModel, modelFolders } from './model-library.ts'

/** Its folder: as named, else the library's of the same id; null where there is neither. */
export function locateModel({ id, path }: SessionHeader['model']): string | null {
  if (existsSync(join(path, 'config.json'))) return path
  return modelFolders().some((model) => model.id === id) ? findModel(id).path : null
}
