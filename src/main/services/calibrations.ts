/** Calibrations of models: shipped, kept in the data folder under the model's sha256, or made when first needed. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ErratumError } from '../../contract/errors.ts'
import type { Background, BackgroundPlace } from '../editor/background.ts'
import { calibrate } from '../editor/calibrate.ts'
import { readCalibration, writeCalibration } from '../editor/calibration-file.ts'
import { uncalibrated } from '../editor/calibration.ts'
import type { Calibration } from '../editor/calibration.ts'
import { badFile } from '../formats/bad-file.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { homeFolder, resourcesFolder } from './places.ts'

export interface CalibrationProgress {
  signal?: AbortSignal
  onProgress?: (done: number, of: number) => void
}

const shippedFolder = (): string => join(resourcesFolder(), 'calibration')
const ownFile = (sha256: string): string => join(homeFolder(), 'calibrations', `${sha256}.safetensors`)

/** The calibration that belongs to the model, if there is one; the user's own before the shipped one. */
export function findCalibration(model: LanguageModel): Calibration | null {
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
function belongsTo({ modelSha256, deployment }: Calibration, model: LanguageModel): boolean {
  return modelSha256 === model.sha256 && deployment.key.layer === model.points.keyLayer
}

/** Calibrates the model on the background that ships and keeps the result. */
export async function makeCalibration(
  model: LanguageModel,
  options: CalibrationProgress & { file?: string } = {}
): Promise<Calibration> {
  const calibration = await calibrate(model, readBackground(sizeOfBackground(model)), options)
  const file = options.file ?? ownFile(model.sha256)
  mkdirSync(join(file, '..'), { recursive: true })
  writeCalibration(`${file}.part`, calibration)
  renameSync(`${file}.part`, file)
  return calibration
}

/**
 * As at a model's first edit: found, or made with progress.
 * @param options.file where it is looked for and kept, and nowhere else
 */
export async function ensureCalibration(
  model: LanguageModel,
  options: CalibrationProgress & { file?: string } = {}
): Promise<Calibration> {
  return (
    (options.file === undefined ? findCalibration(model) : keptIn(options.file, model)) ??
    (await makeCalibration(model, options))
  )
}

function keptIn(file: string, model: LanguageModel): Calibration | null {
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
  const parametersBelow = 12 * model.config.width ** 2 * (model.points.keyLayer + 1)
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
    hash: createHash('sha256').update(bytes).update(String(taken.size)).digest('hex')
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
