/** How an evaluation came about: what has to be said beside its figures so that another can have them again. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Drawing, EvaluationAbout } from '../../../contract/evaluation.ts'
import { BOOTSTRAP } from '../../evaluation/bootstrap.ts'
import { randomFrom } from '../../engine/generation/random.ts'
import { blockSizes } from '../../engine/models/language-model.ts'
import type { Protocol } from '../../editor/read-text.ts'
import { keyBytesOf } from '../../session/sizes.ts'
import type { EditSession } from '../edit-session.ts'
import { resourcesFolder } from '../places.ts'
import type { SessionState } from './session-state.ts'

export function aboutEvaluation(
  session: EditSession,
  { batches, mode }: SessionState,
  how: Pick<EvaluationAbout, 'protocols' | 'data' | 'sample'>
): EvaluationAbout {
  const numbers = (protocol: Protocol): EvaluationAbout['calibration'][Protocol] => {
    const { reach, margin, noise, radius } = session.calibration[protocol]
    return { reach, margin, noise, radius }
  }
  const { config, points } = session.model
  const edits = sum(batches.map((b) => b.edits.length))
  const trained = sum(batches.map((b) => b.committed.length))
  const seconds = sum(batches.map((b) => b.training.seconds))
  return {
    model: { id: session.modelId, sha256: session.model.sha256 },
    ...how,
    index: mode,
    settings: { ...session.settings },
    calibration: { deployment: numbers('deployment'), paper: numbers('paper') },
    session: { batches: batches.length, edits, lastBlock: batches.at(-1)?.block ?? null },
    cost: {
      parameters: sum(batches.map((b) => blockSizes(config, points, b.rank).parameters)),
      keyBytes: keyBytesOf(batches),
      editsPerMinute: seconds > 0 ? (60 * trained) / seconds : null
    },
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
export function sampleRows<T>(rows: readonly T[], drawing: Drawing | null): T[] {
  if (drawing === null || drawing.size >= rows.length) return [...rows]
  const random = randomFrom(drawing.seed)
  const places = [...rows.keys()]
  for (let i = 0; i < drawing.size; i++) {
    const other = i + Math.floor(random() * (places.length - i))
    ;[places[i], places[other]] = [places[other], places[i]]
  }
  return places
    .slice(0, drawing.size)
    .sort((a, b) => a - b)
    .map((place) => rows[place])
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
