/** Finds the model that a session was made with, also where the session came from another machine, and checks it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import { openModelFolder } from '../engine/weights/model-folder.ts'
import type { SessionHeader } from '../session/header.ts'
import { checkedFiles, findModel, modelFolders } from './model-library.ts'

type ModelOfSession = SessionHeader['model']

/** Its folder: as named, else the library's of the same id; null where there is neither. */
export function locateModel({ id, path }: ModelOfSession): string | null {
  if (existsSync(join(path, 'config.json'))) return path
  return modelFolders().some((model) => model.id === id) ? findModel(id).path : null
}

/**
 * @param other a model that is at hand: it serves if its weights are the same
 * @throws ErratumError `ModelMissing`
 */
export async function requireModel(model: ModelOfSession, other?: string): Promise<string> {
  const located = locateModel(model)
  if (located !== null) return located
  if (other !== undefined) {
    const { path } = findModel(other)
    const { sha256 } = await openModelFolder(path, { checked: checkedFiles() })
    if (sha256 === model.sha256) return path
  }
  throw new ErratumError('ModelMissing', `The model ${model.id} of this session is not at ${model.path}.`, {
    file: model.path,
    model,
    cure: 'Put the model back, or give its folder; the session can be opened for reading without it.'
  })
}

/** @throws ErratumError `ModelMismatch` where the weights are others than those the session was made with */
export function checkModel(session: string, due: ModelOfSession, given: { path: string; sha256: string }): void {
  if (due.sha256 === given.sha256) return
  throw new ErratumError(
    'ModelMismatch',
    `The session was made with ${due.id} (${due.sha256.slice(0, 12)}) and ${given.path} is ${given.sha256.slice(0, 12)}.`,
    {
      file: session,
      cure: 'Open it with the model that it was made with, or for reading. With other weights its edits may not fire.'
    }
  )
}
