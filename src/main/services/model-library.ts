/** The models on this machine: the embedded one, those in the data folder, and any folder that is named. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { ErratumError, errorRecord } from '../../contract/errors.ts'
import type { ErrorRecord } from '../../contract/errors.ts'
import { defaultEditPoints } from '../editor/edit-settings.ts'
import { openExecutor } from '../engine/executors/open-executor.ts'
import type { ExecutorName } from '../engine/executors/open-executor.ts'
import { openLanguageModel } from '../engine/models/gpt2-language-model.ts'
import type { EditPoints, LanguageModel } from '../engine/models/language-model.ts'
import { openModelFolder } from '../engine/weights/model-folder.ts'
import type { ModelFolder } from '../engine/weights/model-folder.ts'
import { CheckedFiles } from '../engine/weights/checked-files.ts'
import { chooseExecutor } from './choose-executor.ts'
import { sayNotices } from './model-notices.ts'
import { homeFolder, resourcesFolder } from './places.ts'

export { EXECUTORS } from '../engine/executors/open-executor.ts'
export type { ExecutorName }

export const EMBEDDED_MODEL = 'fictional-biographies'

export interface ModelSummary {
  id: string
  path: string
  parameters: number
  layers: number
  width: number
  vocabulary: number
  keyLayer: number
  loraLayers: number[]
  /** what a person should know of how the folder is read, a sentence each */
  notices: string[]
}

export interface OpenedModel {
  readonly summary: ModelSummary
  readonly model: LanguageModel
  /** what computes, with its version; absent where it was opened elsewhere */
  readonly executor?: string
}

/** A folder of the library that cannot be used, and why. */
export interface BrokenModel {
  id: string
  path: string
  error: ErrorRecord
}

/** Folders of the library, by id, and links to folders; the embedded model first. */
export function modelFolders(): { id: string; path: string }[] {
  const roots = [join(resourcesFolder(), 'models'), join(homeFolder(), 'models')].filter(isFolder)
  return roots.flatMap((root) =>
    readdirSync(root)
      .filter((name) => !name.startsWith('.') && isFolder(join(root, name)))
      .map((name) => ({ id: name, path: join(root, name) }))
  )
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // absent, a link to nothing, or in a folder that may not be read
  }
}

/** A broken model hides no other: what is wrong with it stands in its place. */
export async function listModels(): Promise<(ModelSummary | BrokenModel)[]> {
  const models: (ModelSummary | BrokenModel)[] = []
  for (const { id, path } of modelFolders())
    try {
      models.push(summarise(id, await openModelFolder(path, { checked: checkedFiles() })))
    } catch (thrown) {
      models.push({ id, path, error: errorRecord(thrown) })
    }
  return models
}

/** Opens one model and checks all of it, without computing anything. @param idOrPath as `findModel` takes it */
export async function modelInfo(idOrPath: string): Promise<ModelSummary> {
  const { id, path } = findModel(idOrPath)
  return summarise(id, await openModelFolder(path, { checked: checkedFiles() }))
}

/** An id of the library, or a folder. */
export function findModel(idOrPath: string): { id: string; path: string } {
  const known = modelFolders().find((m) => m.id === idOrPath)
  if (known) return known
  const path = resolve(idOrPath)
  if (existsSync(path)) return { id: nameOf(path), path }
  throw new ErratumError('NotFound', `There is no model ${idOrPath}.`, {
    cure: 'Give the id of a model (see `erratum models list`) or a Hugging Face folder.'
  })
}

/** The folder's, or that of the repository where it is a snapshot in the Hub's cache (`models--acme--tiny/snapshots/<commit>`). */
function nameOf(path: string): string {
  const [, repository] = /[/\\]models--([^/\\]+)[/\\]snapshots[/\\][^/\\]+$/.exec(path) ?? []
  return repository?.replace('--', '/') ?? basename(path)
}

let tellOpened: (weightFiles: readonly string[]) => void = () => undefined

/**
 * Names who is told the weight files of each model that opens. They are mapped into memory: where one is cut off while
 * the model runs, the process ends at once, and only another one can say of which file.
 */
export function whenModelOpens(tell: (weightFiles: readonly string[]) => void): void {
  tellOpened = tell
}

/**
 * @param executor the one to compute with; without a name the fastest on this machine
 * @param points where it is edited; absent: at the depth of the reference
 */
export async function openModel(idOrPath: string, executor?: ExecutorName, points?: EditPoints): Promise<OpenedModel> {
  const { id, path } = findModel(idOrPath)
  const folder = await openModelFolder(path, { checked: checkedFiles() })
  const { chosen } = await chooseExecutor(executor)
  const summary = summarise(id, folder, points)
  sayNotices(summary)
  const running = await openExecutor(chosen)
  tellOpened(folder.weightFiles.map(({ file }) => file))
  return {
    summary,
    model: await openLanguageModel(folder, summary, { executor: running, ownsExecutor: true }),
    executor: running.name
  }
}

/** What was read whole once is not read again while the file stays as it is. */
export const checkedFiles = (): CheckedFiles => new CheckedFiles(homeFolder())

function summarise(id: string, folder: ModelFolder, given?: EditPoints): ModelSummary {
  const { layers, width, vocabulary } = folder.config
  const points = given ?? defaultEditPoints(folder.config)
  return {
    id,
    path: folder.path,
    parameters: folder.parameters,
    layers,
    width,
    vocabulary,
    keyLayer: points.keyLayer,
    loraLayers: [...points.loraLayers],
    notices: [...folder.notices]
  }
}
