/** What the studies are made on: the benchmark that ships, or files of the same kinds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutorName } from '../../engine/executors/open-executor.ts'
import { readAccurateSet, readEdits } from '../../formats/edits.ts'
import type { Rephrase } from '../../formats/edits.ts'
import { readLocalitySet } from '../../formats/locality-set.ts'
import type { EditRequest } from '../edit-session.ts'
import { sampleRows, sha256, versions } from '../evaluation/about.ts'
import { EMBEDDED_MODEL } from '../model-library.ts'
import { resourcesFolder } from '../places.ts'
import type { SweepHooks } from './sweep.ts'

export interface StudyOptions extends SweepHooks {
  model: string
  /** folder of the result; points that are in it already are not measured again */
  out: string
  /** the first so many edits that fit the context */
  limit?: number
  /** at most so many rows of each measured set, drawn by seed 0 */
  sample?: number
  edits?: string
  accurate?: string
  locality?: string
  executor?: ExecutorName
  /** what is going on inside a point */
  onStep?: (step: string) => void
}

export interface StudyRow extends EditRequest {
  rephrase?: readonly Rephrase[]
}

export interface StudySets {
  readonly accurate: readonly StudyRow[]
  readonly locality: readonly string[]
}

export interface StudyData extends StudySets {
  readonly edits: readonly StudyRow[]
  /** sha256 of the files, for the study's identity */
  readonly hashes: Readonly<Record<'edits' | 'accurate' | 'locality', string>>
}

const SAMPLE = 200

export function readStudyData(options: StudyOptions): StudyData {
  const benchmark = join(resourcesFolder(), 'benchmarks', EMBEDDED_MODEL)
  const files = {
    edits: options.edits ?? join(benchmark, 'edits.jsonl'),
    accurate: options.accurate ?? join(benchmark, 'accurate.jsonl'),
    locality: options.locality ?? join(benchmark, 'locality.jsonl')
  }
  return {
    edits: readEdits(files.edits).map(({ id, prompt, target, rephrase }) => ({ id, prompt, target, rephrase })),
    accurate: sampled(options, readAccurateSet(files.accurate)),
    locality: sampled(options, readLocalitySet(files.locality)).map((row) => row.text),
    hashes: {
      edits: sha256(readFileSync(files.edits)),
      accurate: sha256(readFileSync(files.accurate)),
      locality: sha256(readFileSync(files.locality))
    }
  }
}

export function sampled<T>(options: Pick<StudyOptions, 'sample'>, rows: readonly T[]): T[] {
  return sampleRows(rows, { size: options.sample ?? SAMPLE, seed: 0 })
}

/** What every study's identity holds. */
export function commonIdentity(
  modelSha256: string,
  hashes: Partial<StudyData['hashes']>,
  options: StudyOptions
): Record<string, unknown> {
  const { erratum } = versions()
  return {
    erratum,
    model: { given: options.model, sha256: modelSha256 },
    data: hashes,
    limit: options.limit ?? null,
    sample: { size: options.sample ?? SAMPLE, seed: 0 }
  }
}

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
