/** How long the neuron index takes to decide, and a session with many edits to open. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeCalibration } from '../../src/main/editor/calibration-file.ts'
import { defaultSettings } from '../../src/main/editor/edit-settings.ts'
import { buildScopes } from '../../src/main/editor/neuron-index/scopes.ts'
import type { IndexedEdit } from '../../src/main/editor/neuron-index/types.ts'
import { DEFAULT_SENTENCE_RULE } from '../../src/main/editor/sentence-ends.ts'
import { randomFrom } from '../../src/main/engine/generation/random.ts'
import { blockSizes } from '../../src/main/engine/models/language-model.ts'
import { plainCalibration } from '../../src/main/services/calibrations.ts'
import { EditSession } from '../../src/main/services/edit-session.ts'
import { openModel } from '../../src/main/services/model-library.ts'
import { createSession, openSession } from '../../src/main/session/session-folder.ts'
import type { NewBatch } from '../../src/main/session/new-batch.ts'
import { median } from './statistics.ts'

export interface RoutingTimes {
  readonly keys: number
  readonly width: number
  readonly buildMilliseconds: number
  /** medians: a query beside a stored key, which fires, and one far from all, which does not */
  readonly nearMicroseconds: number
  readonly farMicroseconds: number
}

const QUERIES = 200
/** Distance of two independent keys of `width` unit normals is about sqrt(2 width); a key's reach is a fifth of that. */
const reachOf = (width: number): number => 0.2 * Math.sqrt(2 * width)

/** Keys are independent unit normals, as whitened ones nearly are: no structure that a bound could use. */
export function measureRouting(keys: number, width: number): RoutingTimes {
  const normals = normal(keys)
  const edits = Array.from({ length: keys }, (_, i): IndexedEdit => ({
    editId: `e${i}`,
    block: `b${i >> 2}`,
    order: i,
    records: [{ promptIds: [i], says: [i], key: normals(width) }]
  }))
  const started = performance.now()
  const index = buildScopes(edits, { reach: reachOf(width), margin: 0.8, noise: 1e-3 })
  const buildMilliseconds = performance.now() - started
  const microseconds = (query: Float32Array): number => {
    const asked = performance.now()
    index.route(query)
    return 1e3 * (performance.now() - asked)
  }
  const near = (i: number): Float32Array => {
    const step = normals(width)
    return edits[(i * 7919) % keys].records[0].key.map((value, d) => value + 0.05 * step[d])
  }
  const nearQueries = Array.from({ length: QUERIES }, (_, i) => near(i))
  const farQueries = Array.from({ length: QUERIES }, () => normals(width))
  nearQueries.forEach(microseconds) // the index prepares its bounds during its first queries
  return {
    keys,
    width,
    buildMilliseconds,
    nearMicroseconds: median(nearQueries.map(microseconds)),
    farMicroseconds: median(farQueries.map(microseconds))
  }
}

export interface SessionTimes {
  readonly edits: number
  readonly batches: number
  readonly megabytes: number
  /** medians of the first and last ten commits */
  readonly commitMilliseconds: { readonly first: number; readonly last: number }
  readonly opening: {
    /** journal and blocks read and checked */
    readonly storeMilliseconds: number
    /** both indices from the stored keys */
    readonly indicesMilliseconds: number
    /** LanceDB: written for the first time, and found as it should be at the next opening */
    readonly tablesWrittenMilliseconds: number
    readonly tablesCheckedMilliseconds: number
  }
}

const BATCH = 4
const PROMPT_TOKENS = 60
const TARGET_TOKENS = 25

/** A session of random blocks and keys in the sizes of a real one; it is removed at the end. */
export async function measureSession(modelPath: string, edits: number): Promise<SessionTimes> {
  const folder = mkdtempSync(join(tmpdir(), 'erratum-bench-session-'))
  const opened = await openModel(modelPath)
  try {
    const { model } = opened
    const calibration = await plainCalibration(model)
    const calibrationFile = join(folder, 'calibration.safetensors')
    writeCalibration(calibrationFile, calibration)
    const settings = defaultSettings(model.config)
    const { reach, margin, noise, radius, key } = calibration.deployment
    const place = join(folder, 'session')
    const made = await createSession(
      place,
      {
        model: { id: opened.summary.id, path: opened.summary.path, sha256: model.sha256 },
        key: { layer: key.layer, parts: [...key.parts], metric: key.metric, whitened: false },
        loraLayers: [...model.points.loraLayers],
        ...{ reach, margin, noise, radius },
        paper: { reach, margin, noise, radius },
        sentenceRule: DEFAULT_SENTENCE_RULE,
        index: settings.index,
        settings: { ...settings }
      },
      calibrationFile
    )
    const normals = normal(5)
    const commits: number[] = []
    for (let first = 0; first < edits; first += BATCH) {
      const batch = randomBatch(model, settings.rank, first, Math.min(BATCH, edits - first), normals)
      const started = performance.now()
      await made.commitBatch(batch)
      commits.push(performance.now() - started)
    }
    const megabytes = (await made.sizes()).total / 1e6
    await made.close()

    const open = async (): Promise<number[]> => {
      const times = [performance.now()]
      const store = await openSession(place)
      times.push(performance.now())
      const session = new EditSession(opened, store, calibration, settings)
      times.push(performance.now())
      await session.storeIndices()
      times.push(performance.now())
      await store.close()
      return times.slice(1).map((time, i) => time - times[i])
    }
    const [, , tablesWrittenMilliseconds] = await open()
    const [storeMilliseconds, indicesMilliseconds, tablesCheckedMilliseconds] = await open()
    return {
      edits,
      batches: commits.length,
      megabytes,
      commitMilliseconds: { first: median(commits.slice(0, 10)), last: median(commits.slice(-10)) },
      opening: { storeMilliseconds, indicesMilliseconds, tablesWrittenMilliseconds, tablesCheckedMilliseconds }
    }
  } finally {
    await opened.model.release()
    rmSync(folder, { recursive: true, force: true })
  }
}

type OpenedLanguageModel = Awaited<ReturnType<typeof openModel>>['model']

function randomBatch(
  { config, points }: OpenedLanguageModel,
  rank: number,
  first: number,
  count: number,
  normals: (length: number) => Float32Array
): NewBatch {
  const { a, b } = blockSizes(config, points, rank)
  const edits = Array.from({ length: count }, (_, i) => i)
  const uniform = randomFrom(first)
  const ids = (length: number): number[] => Array.from({ length }, () => Math.floor(uniform() * config.vocabulary))
  return {
    blockId: `block-${first}`,
    weights: { rank, a: points.loraLayers.map(() => normals(a)), b: points.loraLayers.map(() => normals(b)) },
    loraLayers: points.loraLayers,
    edits: edits.map((i) => ({
      editId: `e${first + i}`,
      prompt: `prompt ${first + i}`,
      target: `target ${first + i}`,
      promptIds: ids(PROMPT_TOKENS),
      targetIds: ids(TARGET_TOKENS),
      decisions: [PROMPT_TOKENS]
    })),
    keys: { deployment: edits.map(() => [normals(config.width)]), paper: edits.map(() => normals(4 * config.width)) },
    training: { iterations: 1, seconds: 1, loss: 0 }
  }
}

/** Unit normals by Box and Muller. */
function normal(seed: number): (length: number) => Float32Array {
  const uniform = randomFrom(seed)
  return (length) =>
    Float32Array.from({ length }, () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()))
}
