/** How an evaluation came about: what has to be said beside its figures so that another can have them again. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BOOTSTRAP } from '../evaluation/bootstrap.ts'
import type { BootstrapSettings } from '../evaluation/bootstrap.ts'
import { randomFrom } from '../engine/generation/random.ts'
import type { EditSettings } from '../editor/edit-settings.ts'
import type { Protocol } from '../editor/read-text.ts'
import type { EditSession } from './edit-session.ts'
import { resourcesFolder } from './places.ts'

/** A set of texts as it was given, and what was taken of it. */
export interface SetAbout {
  /** null: the live edits of the session */
  file: string | null
  /** of the file's bytes, or of the live edits as JSON lines of id, prompt and target */
  sha256: string
  rows: number
  /** rows that were taken; others did not fit the context, or the sample passed them by */
  measured: number
}

export interface EvaluationAbout {
  model: { id: string; sha256: string }
  protocols: Protocol[]
  index: EditSettings['index']
  settings: EditSettings
  calibration: Record<Protocol, { reach: number; margin: number; noise: number; radius: number }>
  /** of the session: batches that are present, and the last of them */
  session: { batches: number; edits: number; lastBlock: string | null }
  data: { edits?: SetAbout; accurate?: SetAbout; locality?: SetAbout }
  sample: Sampling | null
  bootstrap: BootstrapSettings & { level: number }
  executor: string | null
  versions: { erratum: string; node: string; platform: string }
}

/** Of each set, at most so many rows, drawn without replacement and left in their order. */
export interface Sampling {
  size: number
  seed: number
}

export function aboutEvaluation(
  session: EditSession,
  how: Pick<EvaluationAbout, 'protocols' | 'index' | 'data' | 'sample'>
): EvaluationAbout {
  const numbers = (protocol: Protocol): EvaluationAbout['calibration'][Protocol] => {
    const { reach, margin, noise, radius } = session.calibration[protocol]
    return { reach, margin, noise, radius }
  }
  const { batches, edits } = session.store
  return {
    model: { id: session.modelId, sha256: session.model.sha256 },
    ...how,
    settings: session.settings,
    calibration: { deployment: numbers('deployment'), paper: numbers('paper') },
    session: { batches: batches.length, edits: edits.length, lastBlock: batches.at(-1)?.block ?? null },
    bootstrap: { ...BOOTSTRAP, level: 0.95 },
    executor: session.executor,
    versions: versions()
  }
}

export function versions(): EvaluationAbout['versions'] {
  const packageFile = join(dirname(resourcesFolder()), 'package.json')
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  return { erratum: version, node: process.version, platform: `${process.platform} ${process.arch}` }
}

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')

/** Draws by a partial Fisher-Yates shuffle; all rows where the sample is as large. */
export function sampleRows<T>(rows: readonly T[], sampling: Sampling | null): T[] {
  if (sampling === null || sampling.size >= rows.length) return [...rows]
  const random = randomFrom(sampling.seed)
  const places = [...rows.keys()]
  for (let i = 0; i < sampling.size; i++) {
    const other = i + Math.floor(random() * (places.length - i))
    ;[places[i], places[other]] = [places[other], places[i]]
  }
  return places
    .slice(0, sampling.size)
    .sort((a, b) => a - b)
    .map((place) => rows[place])
}
