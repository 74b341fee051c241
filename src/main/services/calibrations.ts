/** Calibrations of models: shipped, kept in the data folder under the model's sha256, or made when first needed. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ErratumError, errorRecord } from '../../contract/errors.ts'
import type { Background, BackgroundPlace } from '../editor/background.ts'
import { calibrate } from '../editor/calibrate.ts'
import { readCalibration, writeCalibration } from '../editor/calibration-file.ts'
import { uncalibrated } from '../editor/calibration.ts'
import type { Calibration } from '../editor/calibration.ts'
import { promptTokens } from '../editor/edit-sample.ts'
import { badFile } from '../formats/bad-file.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { joined, placesOf } from './calibration/passage-background.ts'
import type { PassageText } from './calibration/passage-background.ts'
import { partialName } from '../session/names.ts'
import { homeFolder, resourcesFolder } from './places.ts'

export interface CalibrationProgress {
  signal?: AbortSignal
  onProgress?: (done: number, of: number) => void
}

export interface CalibrationChoices extends CalibrationProgress {
  /** of the background that ships; absent: as many as suit the model's size */
  people?: number
  /** the user's own, read beside it */
  passages?: readonly PassageText[]
}

/** What tells whether a calibration is for a model. */
export type CalibratedModel = Pick<LanguageModel, 'sha256' | 'points'>

const shippedFolder = (): string => join(resourcesFolder(), 'calibration')
const ownFile = (sha256: string): string => join(homeFolder(), 'calibrations', `${sha256}.safetensors`)

/** The calibration that belongs to the model, if there is one; the user's own before the shipped one. */
export function findCalibration(model: CalibratedModel): Calibration | null {
  const own = keptIn(ownFile(model.sha256), model)
  if (own) return own
  if (!existsSync(shippedFolder())) return null
  for (const name of readdirSync(shippedFolder()).filter((n) => n.endsWith('.safetensors'))) {
    const shipped = readCalibration(join(shippedFolder(), name))
    if (belongsTo(shipped, model)) return shipped
  }
  return null
}

/** Keys that were read after another layer are other keys. */
function belongsTo({ modelSha256, deployment }: Calibration, model: CalibratedModel): boolean {
  return modelSha256 === model.sha256 && deployment.key.layer === model.points.keyLayer
}

/** On the background that ships and the user's passages. @param options.kept see `calibrate` */
export function calibrateOn(
  model: LanguageModel,
  { people = sizeOfBackground(model), passages = [], ...options }: CalibrationChoices & { kept?: Calibration } = {}
): Promise<Calibration> {
  const shipped = readBackground(people)
  const fits = (prompt: string): boolean => promptTokens(model.tokenizer, prompt).length < model.config.positions
  // No more of them than of the others, who are as many as suit the model's size.
  return calibrate(model, joined(shipped, placesOf(passages, shipped.sources.shipped, fits)), options)
}

/** Calibrates the model and keeps the result. */
export async function makeCalibration(
  model: LanguageModel,
  { file, keep, ...options }: CalibrationChoices & { file?: string; keep?: boolean } = {}
): Promise<Calibration> {
  const kept = keep ? (file === undefined ? findCalibration(model) : keptIn(file, model)) : undefined
  if (kept === null)
    throw new ErratumError('NotFound', 'There is no calibration of this model whose numbers could be kept.', {
      cure: 'Calibrate without --keep.'
    })
  const calibration = await calibrateOn(model, { ...options, kept })
  keepCalibration(calibration, file)
  return calibration
}

/** For all that is made with this model from now on. It is there whole, or the one before it is. */
export function keepCalibration(calibration: Calibration, file = ownFile(calibration.modelSha256)): void {
  mkdirSync(join(file, '..'), { recursive: true })
  const partial = partialName(file)
  writeCalibration(partial, calibration)
  renameSync(partial, file)
}

/**
 * As at a model's first edit: found, or made with progress. The session that is made with it has a copy of its own, so
 * where the data folder takes no file it is only not kept for the next one.
 * @param options.file where it is looked for and kept, and nowhere else
 */
export async function ensureCalibration(
  model: LanguageModel,
  { onNotice, ...options }: CalibrationChoices & { file?: string; onNotice?: (notice: string) => void } = {}
): Promise<Calibration> {
  const found = options.file === undefined ? findCalibration(model) : keptIn(options.file, model)
  if (found) return found
  const calibration = await calibrateOn(model, options)
  try {
    keepCalibration(calibration, options.file)
  } catch (thrown) {
    if (options.file !== undefined) throw thrown
    onNotice?.(`The next session calibrates the model again: its calibration could not be saved (${errorRecord(thrown).message}).`) // prettier-ignore
  }
  return calibration
}

function keptIn(file: string, model: CalibratedModel): Calibration | null {
  const kept = existsSync(file) ? readCalibration(file) : null
  return kept && belongsTo(kept, model) ? kept : null
}

/** What holds where nobody has calibrated: for writing without edits. */
export async function plainCalibration(model: LanguageModel): Promise<Calibration> {
  const { ids } = model.tokenizer.encode('This is a text.')
  const [bottom] = await model.bottom([ids], [ids.length - 1])
  const length = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0))
  return uncalibrated(model.sha256, model.points.keyLayer, {
    deployment: length(bottom.hidden.subarray((ids.length - 1) * model.config.width)),
    paper: length(bottom.keyModule ?? new Float32Array(1))
  })
}

/** People of the background that are read: a big model takes long for each. */
function sizeOfBackground(model: LanguageModel): number {
  const parametersBelow = 12 * model.config.width ** 2 * Math.max(1, model.points.keyLayer + 1)
  return Math.max(24, Math.min(1000, Math.round(1.6e9 / parametersBelow)))
}

const placeRow = z.object({
  id: z.string(),
  person: z.coerce.string(),
  prompt: z.string().min(1),
  place: z.number().int().nonnegative(),
  target: z.string().optional(),
  rewordings: z.array(z.object({ kind: z.string(), prompt: z.string().min(1) }))
})
const textRow = z.object({ text: z.string().min(1) })

export function readBackground(people: number, file = join(shippedFolder(), 'background.jsonl')): Background {
  if (!existsSync(file))
    throw new ErratumError('NotFound', `The background for calibrating is missing: ${file}`, {
      file,
      cure: 'Install Erratum again.'
    })
  const bytes = readFileSync(file)
  const places: BackgroundPlace[] = []
  const texts: string[] = []
  bytes
    .toString('utf8')
    .split('\n')
    .forEach((line, i) => {
      if (line.trim() === '') return
      const row = z.union([placeRow, textRow]).safeParse(parsed(line))
      if (!row.success) throw badFile({ file, line: i + 1 }, z.prettifyError(row.error), 'Install Erratum again.')
      if ('text' in row.data) texts.push(row.data.text)
      else places.push(row.data)
    })
  const taken = new Set([...new Set(places.map((p) => p.person))].slice(0, people))
  const chosen = places.filter((p) => taken.has(p.person))
  return {
    places: chosen,
    texts: texts.slice(0, 2 * people),
    hash: createHash('sha256').update(bytes).update(String(taken.size)).digest('hex'),
    sources: { shipped: taken.size, passages: 0 }
  }
}

/** undefined where a line is no JSON: no schema takes that */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
