/** Boards as the engine gives them, for tests and for the benchmark of the charts. */
import { DEFAULT_BOARD_SETTINGS } from '../../src/contract/board.ts'
import type { Alarm, Board, BoardBatch, EvaluationRecord } from '../../src/contract/board.ts'
import type { Evaluation, EvaluationAbout, Interval } from '../../src/contract/evaluation.ts'

const standing = {
  live: 0,
  superseded: 1,
  indistinguishable: 0,
  forgotten: 0,
  outOfReach: 0,
  clusters: null,
  conflicts: null
}

export function boardBatch(place: number): BoardBatch {
  const after = { ...standing, live: 4 * place - 1 }
  return {
    place,
    block: `b${place}`,
    state: `state ${place}`,
    at: '2026-01-01T00:00:00.000Z',
    edits: 4,
    iterations: 30,
    seconds: 3,
    loss: 0.01,
    editsPerMinute: 80 + (place % 7),
    after: {
      edits: 4 * place,
      parameters: 1000 * place,
      keyBytes: { deployment: 100, paper: 100 },
      standing: { deployment: after, paper: after }
    }
  }
}

/** @param after perplexity of edits, accurate sentences and locality alike; before them 2 */
export function evaluation(after: number): Evaluation {
  const around: Interval = [after - 0.1, after + 0.1]
  const set = {
    n: 10,
    before: 2,
    after,
    fired: 0.5,
    perplexity: { before: null, after: null },
    intervals: {
      after: around,
      ownBlock: [0.4, 0.6] as Interval,
      'exact.after': [0.9, 1] as Interval,
      klPerToken: null
    }
  }
  const fire = { ...set, ownBlock: 0.5, missed: 0.5, exact: { before: 0, after: 1 } }
  return {
    edits: fire,
    rephrase: { ...fire, kinds: {}, places: {} },
    accurate: set,
    locality: { ...set, identical: 1, klPerToken: 0 }
  }
}

export function evaluationRecord(place: number, after: number, over: Partial<EvaluationAbout> = {}): EvaluationRecord {
  const numbers = { reach: 1, margin: 0.8, noise: 1e-5, radius: 1 }
  const set = { file: 'accurate.jsonl', sha256: 'a'.repeat(64), rows: 20, measured: 10 }
  return {
    id: `record ${place} ${after}`,
    at: 1_780_000_000_000 + place,
    seconds: 2,
    state: `state ${place}`,
    protocols: { deployment: evaluation(after), paper: evaluation(after / 2) },
    about: {
      model: { id: 'fake', sha256: '0'.repeat(64) },
      protocols: ['deployment', 'paper'],
      index: 'scopes',
      settings: { rank: 16, seed: 0 },
      calibration: { deployment: numbers, paper: numbers },
      session: { batches: place, edits: 4 * place, lastBlock: `b${place}` },
      cost: { parameters: 1000 * place, keyBytes: { deployment: 100, paper: 100 }, editsPerMinute: 80 },
      data: { edits: { ...set, file: null, rows: 4 * place }, accurate: set, locality: set },
      sample: { size: 10, seed: 0 },
      bootstrap: { resamples: 1000, seed: 0, level: 0.95 },
      executor: 'ONNX Runtime, CPU',
      versions: { erratum: '0.1.0', node: 'v24', platform: 'linux x64' },
      ...over
    }
  }
}

export function boardOf(batches: number, evaluations: EvaluationRecord[], alarms: Alarm[] = []): Board {
  return {
    sessionDir: '/sessions/one, two',
    model: { id: 'fake', sha256: '0'.repeat(64) },
    index: 'scopes',
    batches: Array.from({ length: batches }, (_, i) => boardBatch(i + 1)),
    evaluations,
    settings: { ...DEFAULT_BOARD_SETTINGS, alarms },
    setAside: 0
  }
}

/** The same with what was approved written anew: three of four passages, and nobody else's. */
export function writtenRecord(place: number): EvaluationRecord {
  const record = evaluationRecord(place, 2)
  const { deployment, paper } = record.protocols
  const approved = {
    passages: { n: 4, written: 0.75 },
    sentences: { n: 30, written: 0.9 },
    otherHeaders: { n: 60, written: 0.6 },
    others: { n: 0, identical: null, fired: null },
    intervals: { 'passages.written': [0.5, 1] as Interval }
  }
  return { ...record, protocols: { deployment: { ...deployment, approved }, paper } }
}
