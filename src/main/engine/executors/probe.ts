/** Which executor is the fastest on this machine: each runs the same small training step, and the reasons are told. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ErratumError, errorRecord } from '../../../contract/errors.ts'
import { randomFrom } from '../generation/random.ts'
import { openLanguageModel } from '../models/gpt2-language-model.ts'
import { blockSizes, type EditPoints, type Gpt2Config } from '../models/language-model.ts'
import type { Tensor } from '../tensor.ts'
import { gpt2Shapes } from '../weights/gpt2-layout.ts'
import { elements, readSafetensorsHeader, writeSafetensors } from '../weights/safetensors.ts'
import type { Executor } from './executor.ts'
import { EXECUTORS, openExecutor, type ExecutorName } from './open-executor.ts'

export interface ProbeEntry {
  readonly executor: ExecutorName
  /** as a person reads it; null where it could not be opened */
  readonly name: string | null
  /** of a training step, after one to warm up; null where it was skipped */
  readonly milliseconds: number | null
  /** why it was skipped; null where it was measured */
  readonly skipped: string | null
}

export interface ProbeResult {
  readonly chosen: ExecutorName
  /** in the order in which they were tried */
  readonly entries: readonly ProbeEntry[]
  /** which was chosen and why, as a sentence */
  readonly why: string
}

export interface ProbeOptions {
  executors?: readonly ExecutorName[]
  open?: (name: ExecutorName) => Promise<Executor>
  measure?: (executor: Executor) => Promise<number>
}

/** Times of a few milliseconds waver: less than this share gained is no gain, and the order of trying decides. */
const LEAST_GAIN = 0.25

/**
 * Picks the fastest; of nearly equal ones the first, so that the choice, and with it every bit of a result, does not
 * change from one start to the next.
 * @throws ErratumError `Unavailable` where none could run
 */
export async function probeExecutors({
  executors = EXECUTORS,
  open = openExecutor,
  measure = trainingStepMilliseconds
}: ProbeOptions = {}): Promise<ProbeResult> {
  const entries: ProbeEntry[] = []
  for (const name of executors) entries.push(await probe(name, open, measure)) // one by one: they share the cores
  const measured = entries.filter((entry) => entry.milliseconds !== null)
  if (measured.length === 0)
    throw new ErratumError('Unavailable', `No executor could run: ${entries.map(told).join('; ')}.`)
  const fastest = measured.reduce((best, entry) =>
    entry.milliseconds! < best.milliseconds! * (1 - LEAST_GAIN) ? entry : best
  )
  const others = entries.filter((entry) => entry !== fastest).map(told)
  return { chosen: fastest.executor, entries, why: `${[`Chosen: ${told(fastest)}`, ...others].join('; ')}.` }
}

async function probe(
  executor: ExecutorName,
  open: (name: ExecutorName) => Promise<Executor>,
  measure: (executor: Executor) => Promise<number>
): Promise<ProbeEntry> {
  let opened: Executor | null = null
  try {
    opened = await open(executor)
    return { executor, name: opened.name, milliseconds: await measure(opened), skipped: null }
  } catch (thrown) {
    return { executor, name: opened?.name ?? null, milliseconds: null, skipped: errorRecord(thrown).message }
  } finally {
    await opened?.release()
  }
}

function told({ executor, name, milliseconds, skipped }: ProbeEntry): string {
  if (milliseconds === null) return `${name ?? executor} was skipped (${String(skipped).replace(/\.$/, '')})`
  return `${name ?? executor}, ${milliseconds.toFixed(1)} ms a training step`
}

/** A model whose step takes some milliseconds, with the proportions of a real one. */
const MODEL: Gpt2Config = {
  layers: 3,
  heads: 4,
  width: 256,
  positions: 64,
  vocabulary: 2000,
  layerNormEpsilon: 1e-5,
  eosIds: [1999],
  closingId: 1999
}
const POINTS: EditPoints = { keyLayer: 0, loraLayers: [1, 2] }
const SAMPLES = 4
const TARGETS = 16
const RANK = 4
const STEPS = 5

/** The median of a few training steps, after one to warm up. */
export async function trainingStepMilliseconds(executor: Executor): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'erratum-probe-'))
  try {
    const uniform = randomFrom(1)
    const random = (length: number): Float32Array => Float32Array.from({ length }, () => 0.1 * (uniform() - 0.5))
    const source = writeModel(join(folder, 'model.safetensors'), random)
    const model = await openLanguageModel(source, POINTS, { executor })
    const targets = Array.from({ length: TARGETS }, (_, i) => ({ row: MODEL.positions - TARGETS - 1 + i, id: i }))
    const samples = Array.from({ length: SAMPLES }, () => ({ hidden: random(MODEL.positions * MODEL.width), targets }))
    const trainer = await model.trainer(samples, RANK)
    const { a, b } = blockSizes(MODEL, POINTS, RANK)
    const layers = POINTS.loraLayers
    const block = { rank: RANK, a: layers.map(() => random(a)), b: layers.map(() => random(b)) }
    await trainer.step(block)
    const times: number[] = []
    for (let step = 0; step < STEPS; step++) {
      const started = performance.now()
      await trainer.step(block)
      times.push(performance.now() - started)
    }
    trainer.release()
    await model.release()
    return times.sort((x, y) => x - y)[STEPS >> 1]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function writeModel(file: string, random: (length: number) => Float32Array): Parameters<typeof openLanguageModel>[0] {
  const tensors: Record<string, Tensor> = {}
  for (const [name, shape] of gpt2Shapes(MODEL))
    tensors[name] = { dtype: 'float32', shape, data: random(elements(shape)) }
  writeSafetensors(file, tensors)
  const { tensors: locations } = readSafetensorsHeader(file)
  const { vocabulary } = MODEL
  return {
    config: MODEL,
    sha256: 'probe',
    tensor: (name) => locations.get(name)!,
    // No text passes through the probe.
    tokenizer: {
      vocabulary,
      endId: null,
      encode: () => ({ ids: [], offsets: [] }),
      decode: () => '',
      bytesOf: () => new Uint8Array(0)
    }
  }
}
