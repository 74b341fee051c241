/** Opens and makes sessions, and tells what is in one. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import { readCalibration, writeCalibration } from '../editor/calibration-file.ts'
import type { Calibration } from '../editor/calibration.ts'
import { defaultSettings, PAPER_SETTINGS } from '../editor/edit-settings.ts'
import type { EditSettings } from '../editor/edit-settings.ts'
import { buildClusters } from '../editor/neuron-index/clusters.ts'
import { buildScopes } from '../editor/neuron-index/scopes.ts'
import { DEFAULT_SENTENCE_RULE } from '../editor/sentence-ends.ts'
import type { ExecutorName } from '../engine/executors/open-executor.ts'
import type { EditPoints } from '../engine/models/language-model.ts'
import type { CommittedBatch, StoredEdit } from '../session/batches.ts'
import { HEADER_FILE, readHeader } from '../session/header.ts'
import type { SessionHeader } from '../session/header.ts'
import { createSession, openSession } from '../session/session-folder.ts'
import type { SessionStore } from '../session/session-store.ts'
import type { SessionSizes } from '../session/sizes.ts'
import type { EditName } from '../session/withdrawals.ts'
import { ensureCalibration } from './calibrations.ts'
import type { CalibrationChoices } from './calibrations.ts'
import { EditSession } from './edit-session.ts'
import { openModel } from './model-library.ts'
import type { OpenedModel } from './model-library.ts'
import { sayNotices } from './model-notices.ts'
import { buildIndices, liveAgain } from './session-indices.ts'
import type { Indices } from './session-indices.ts'
import { checkModel, requireModel } from './session-model.ts'

export type Preset = 'default' | 'paper'

export interface OpenSessionOptions {
  /** id or folder; needed for a new session, else that of the session */
  model?: string
  dir: string
  executor?: ExecutorName
  preset?: Preset
  settings?: Partial<EditSettings>
  /** fail where there is no session yet */
  mustExist?: boolean
  readOnly?: boolean
  /** of a session whose model is not where it was: another one at hand, which serves if its weights are the same */
  otherModel?: string
  /** go on although the weights are not those that the session was made with */
  acceptModel?: boolean
  /** of a new session: where the model is edited, if not at its default depth */
  points?: EditPoints
  /** its file is for keys that are none of the model's default ones */
  calibration?: CalibrationChoices & { file?: string }
}

export async function openEditSession(options: OpenSessionOptions): Promise<EditSession> {
  const exists = existsSync(join(options.dir, HEADER_FILE))
  if (!exists && options.mustExist)
    throw new ErratumError('NotFound', `${options.dir} is not a session.`, {
      file: options.dir,
      cure: 'Give the folder of a session, as `edit --session` made it.'
    })
  if (!exists && options.model === undefined)
    throw new ErratumError('BadInput', 'A new session needs a model.', { field: 'model' })
  return exists ? openExisting(options) : openNew(options, options.model!)
}

async function openExisting(options: OpenSessionOptions): Promise<EditSession> {
  const { dir, executor, readOnly = false } = options
  const { header } = await readHeader(dir)
  const points = { keyLayer: header.key.layer, loraLayers: header.loraLayers }
  const model = options.model ?? (await requireModel(header.model, options.otherModel))
  // Neither waits for the other; of two failures the session's tells more.
  const [store, opened] = await Promise.allSettled([openSession(dir, { readOnly }), openModel(model, executor, points)])
  try {
    if (store.status === 'rejected') throw store.reason
    if (store.value.problem) throw store.value.problem
    if (opened.status === 'rejected') throw opened.reason
    const { summary, model: language } = opened.value
    if (!options.acceptModel) checkModel(dir, store.value.header.model, { path: summary.path, sha256: language.sha256 })
    const calibration = storedCalibration(store.value)
    const settings = sessionSettings(header, opened.value, options)
    const session = new EditSession(opened.value, store.value, calibration, settings)
    session.storeIndicesSoon()
    return session
  } catch (error) {
    if (store.status === 'fulfilled') await store.value.close()
    if (opened.status === 'fulfilled') await opened.value.model.release()
    throw error
  }
}

async function openNew(options: OpenSessionOptions, model: string): Promise<EditSession> {
  const opened = await openModel(model, options.executor, options.points)
  try {
    const settings = { ...presetSettings(options.preset ?? 'default', opened), ...options.settings }
    const onNotice = (notice: string): void => {
      opened.summary.notices.push(notice)
      sayNotices(opened.summary)
    }
    const calibration = await ensureCalibration(opened.model, { ...options.calibration, onNotice })
    return new EditSession(opened, await makeSession(options.dir, opened, calibration, settings), calibration, settings)
  } catch (error) {
    await opened.model.release()
    throw error
  }
}

function presetSettings(preset: Preset, { model }: OpenedModel): EditSettings {
  return preset === 'paper' ? PAPER_SETTINGS : defaultSettings(model.config)
}

/** A session keeps its settings; a later run may change how it trains, but not how it routes. */
function sessionSettings(
  header: SessionHeader,
  opened: OpenedModel,
  { preset, settings }: OpenSessionOptions
): EditSettings {
  const stored = { ...defaultSettings(opened.model.config), ...header.settings }
  const given = { ...(preset === undefined ? {} : presetSettings(preset, opened)), ...settings }
  const asked = settings?.index ?? (preset === 'paper' ? PAPER_SETTINGS.index : header.index)
  if (asked !== header.index)
    throw new ErratumError('BadInput', `The session routes by ${header.index}; ${asked} was asked for.`, {
      field: 'index',
      cure: `Make a new session, compare with \`eval --index\`, or say --index ${header.index}.`
    })
  return { ...stored, ...given, index: header.index }
}

async function makeSession(
  dir: string,
  { summary, model }: OpenedModel,
  calibration: Calibration,
  settings: EditSettings
): Promise<SessionStore> {
  const temporary = await mkdtemp(join(tmpdir(), 'erratum-'))
  try {
    const file = join(temporary, 'calibration.safetensors')
    writeCalibration(file, calibration)
    const { key, reach, margin, noise, radius } = calibration.deployment
    const { paper } = calibration
    const header = {
      model: { id: summary.id, path: resolve(summary.path), sha256: model.sha256 },
      key: { layer: key.layer, parts: [...key.parts], metric: key.metric, whitened: key.whitening !== null },
      loraLayers: [...model.points.loraLayers],
      reach,
      margin,
      noise,
      radius,
      paper: { reach: paper.reach, margin: paper.margin, noise: paper.noise, radius: paper.radius },
      sentenceRule: DEFAULT_SENTENCE_RULE,
      index: settings.index,
      settings: { ...settings }
    }
    return await createSession(dir, header, file)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

export function storedCalibration(store: SessionStore): Calibration {
  if (store.calibrationFile !== null) return readCalibration(store.calibrationFile)
  throw new ErratumError('BadFile', `The session ${store.folder} has no calibration.`, {
    file: store.folder,
    cure: 'Put calibration.safetensors back from a backup.'
  })
}

export interface SessionSummary {
  model: SessionHeader['model']
  schemaVersion: number
  key: SessionHeader['key']
  index: { mode: EditSettings['index']; reach: number; margin: number; noise: number; radius: number }
  /** in force; not live: another one replaced it */
  edits: { id: string; prompt: string; join: string; target: string; block: string; batch: number; live: boolean }[]
  /** edits that were withdrawn from batches that are present, the one withdrawn last at the end */
  withdrawn: { id: string; prompt: string; join: string; target: string; block: string; batch: number }[]
  /** `edits`: in force */
  batches: { block: string; edits: number; withdrawn: number; iterations: number; seconds: number; loss: number }[]
  /** batches that were taken out, the last one at the end */
  undone: { block: string; edits: number }[]
  sizes: SessionSizes
  notices: readonly { message: string }[]
}

/** What is in a session, read without its model. */
export async function showSession(dir: string): Promise<SessionSummary> {
  const store = await openSession(dir, { readOnly: true })
  try {
    const { header } = store
    const indexed = store.indexedEdits('deployment')
    const index = header.index === 'clusters' ? buildClusters(indexed, header) : buildScopes(indexed, header)
    return {
      model: header.model,
      schemaVersion: header.schemaVersion,
      key: header.key,
      index: {
        mode: header.index,
        reach: header.reach,
        margin: header.margin,
        noise: header.noise,
        radius: header.radius
      },
      edits: store.edits.map(({ editId, prompt, join, target, block, batch }) => ({
        id: editId,
        prompt,
        join,
        target,
        block,
        batch,
        live: index.stateOf({ editId, record: 0 }).state === 'live'
      })),
      withdrawn: store.withdrawn.map(({ editId: id, prompt, join, target, block, batch }) => ({
        id,
        prompt,
        join,
        target,
        block,
        batch
      })),
      batches: store.batches.map(({ block, edits, withdrawn, training }) => ({
        block,
        edits: edits.length,
        withdrawn: withdrawn.length,
        iterations: training.iterations,
        seconds: training.seconds,
        loss: training.loss
      })),
      undone: store.undone.map(({ block, edits }) => ({ block, edits: edits.length })),
      sizes: await store.sizes(),
      notices: store.notices
    }
  } finally {
    await store.close()
  }
}

export interface MovedBlock {
  block: string
  edits: string[]
}

/** Takes a batch out, the last or the one named. It needs no model: the indices follow from the edits that are present. */
export function undoBatch(dir: string, block?: string): Promise<{ undone: MovedBlock }> {
  return withSession(dir, async (store) => ({ undone: movedBlock(await store.undo(block)) }))
}

/** Puts a batch back, the one taken out last or the one named. */
export function redoBatch(dir: string, block?: string): Promise<{ redone: MovedBlock }> {
  return withSession(dir, async (store) => ({ redone: movedBlock(await store.redo(block)) }))
}

const movedBlock = ({ block, edits }: CommittedBatch): MovedBlock => ({ block, edits: edits.map((e) => e.editId) })

export interface MovedEdit {
  id: string
  block: string
  prompt: string
  target: string
}

/** Edits that the model writes only now: those that had replaced them are gone. */
interface WithLiveAgain {
  liveAgain: MovedEdit[]
}

/** Takes single edits out of the model, by their ids; all of them or none. The rest of their batches stays. */
export async function withdrawEdits(dir: string, ids: string[]): Promise<{ withdrawn: MovedEdit[] } & WithLiveAgain> {
  const { edits, liveAgain } = await movedEdits(dir, (store) => store.withdraw(namesOf(ids)))
  return { withdrawn: edits, liveAgain }
}

/** Puts withdrawn edits back; the one withdrawn last where none is named. */
export async function reinstateEdits(
  dir: string,
  ids: string[] = []
): Promise<{ reinstated: MovedEdit[] } & WithLiveAgain> {
  const { edits, liveAgain } = await movedEdits(dir, (store) => store.reinstate(namesOf(ids)))
  return { reinstated: edits, liveAgain }
}

const namesOf = (ids: readonly string[]): EditName[] => ids.map((editId) => ({ editId }))

const movedEdit = ({ editId: id, block, prompt, target }: StoredEdit): MovedEdit => ({ id, block, prompt, target })

function movedEdits(
  dir: string,
  move: (store: SessionStore) => Promise<StoredEdit[]>
): Promise<{ edits: MovedEdit[] } & WithLiveAgain> {
  return withSession(dir, async (store) => {
    const before = storedIndices(store)
    const edits = await move(store)
    const again = liveAgain(before, storedIndices(store), store.edits)
    return { edits: edits.map(movedEdit), liveAgain: again.map(movedEdit) }
  })
}

function storedIndices(store: SessionStore): Indices {
  const { header } = store
  const edits = { deployment: store.indexedEdits('deployment'), paper: [] }
  return buildIndices(edits, { deployment: header, paper: header.paper }, header.index)
}

async function withSession<T>(dir: string, action: (store: SessionStore) => Promise<T>): Promise<T> {
  const store = await openSession(dir)
  try {
    return await action(store)
  } finally {
    await store.close()
  }
}
