/**
 * `npm run bench`: forward, training step and greedy decoding on every executor of this machine, beside PyTorch where a
 * Python has it, with what arithmetic and memory allow; routing, sessions and opening times. Nothing is asserted.
 */
import { cpus, availableParallelism, tmpdir, totalmem } from 'node:os'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { errorRecord } from '../../src/contract/errors.ts'
import { EXECUTORS, openExecutor } from '../../src/main/engine/executors/open-executor.ts'
import type { ExecutorName } from '../../src/main/engine/executors/open-executor.ts'
import { openModelFolder } from '../../src/main/engine/weights/model-folder.ts'
import { EMBEDDED_MODEL, findModel } from '../../src/main/services/model-library.ts'
import { findPython, type FoundPython } from '../python/find-python.ts'
import { ErratumContender } from './erratum-contender.ts'
import { measureRouting, measureSession, type RoutingTimes, type SessionTimes } from './index-bench.ts'
import { memoryStreams } from './memory-stream.ts'
import { race, type Race } from './race.ts'
import { readable } from './report.ts'
import { GPT2_SMALL, openSubject, TINY, writeRandomModel } from './subjects.ts'
import { TorchContender } from './torch-contender.ts'
import { titleOf, works, type Contender, type Subject, type Work } from './work.ts'

/** Milliseconds by what was done: folder checked, each graph compiled with its first run. */
export interface Opening {
  readonly contender: string
  readonly milliseconds: Readonly<Record<string, number>>
}

export interface BenchResult {
  readonly machine: { cores: number; processor: string; gigabytes: number; node: string; python: string | null }
  readonly memory: { read: number; copy: number }
  readonly rounds: number
  readonly notMeasured: string[]
  readonly subjects: { title: string; size: string; openings: Opening[]; races: Race[] }[]
  readonly routing: RoutingTimes[]
  readonly session: SessionTimes | null
}

const USAGE = `npm run bench -- [options]
  --only random|embedded|index   one part; may be given several times (default: all)
  --executor NAME                one executor; may be given several times (default: all that are available)
  --rounds N                     turns of each contender (default 7)
  --no-torch                     without PyTorch
  --edits N                      of the synthetic session (default 1392)
  --quick                        a tiny model, 2 rounds, 100 edits: whether the benchmark works, no figures to keep
  --keep                         leaves the random model's folder where it is, and says where
  --out FILE                     also writes the JSON document there
  --json                         one JSON document on standard output`

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: ['random', 'embedded', 'index'] },
    executor: { type: 'string', multiple: true, default: [...EXECUTORS] },
    rounds: { type: 'string' },
    'no-torch': { type: 'boolean', default: false },
    edits: { type: 'string' },
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  }
})
const told = (line: string): void => void process.stderr.write(`${line}\n`)

if (options.help) console.log(USAGE)
else {
  const result = await bench()
  if (options.out !== undefined) writeFileSync(options.out, JSON.stringify(result, null, 2) + '\n')
  console.log(options.json ? JSON.stringify(result) : readable(result))
}

async function bench(): Promise<BenchResult> {
  const rounds = Number(options.rounds ?? (options.quick ? 2 : 7))
  const parts = options.only
  const notMeasured: string[] = []
  const python = options['no-torch'] ? { missing: 'PyTorch was not asked for' } : findPython(['torch', 'safetensors'])
  if ('missing' in python) notMeasured.push(`PyTorch: ${python.missing}`)
  const executors = await availableExecutors(notMeasured)
  const work = mkdtempSync(join(tmpdir(), 'erratum-bench-'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      rmSync(work, { recursive: true, force: true })
      process.exit(1)
    })
  try {
    told('memory')
    const memory = await memoryStreams()
    const subjects: BenchResult['subjects'] = []
    const found = 'missing' in python ? null : python
    for (const part of ['random', 'embedded'] as const) {
      if (!parts.includes(part)) continue
      told(`${part} model: opening`)
      const { path, title, decoded } = part === 'random' ? randomModel(work) : embeddedModel()
      const started = performance.now()
      const { parameters } = await openModelFolder(path)
      const checked = performance.now() - started
      const subject = await openSubject(title, path, decoded, work)
      subjects.push({
        title,
        size: `${(parameters / 1e6).toFixed(1)} million parameters, key layer ${subject.points.keyLayer}, blocks of rank ${subject.rank} in layers ${subject.points.loraLayers.join(', ')}`,
        ...(await measureSubject(subject, executors, found, rounds, checked))
      })
    }
    const indexed = parts.includes('index')
    if (indexed) told('routing and sessions')
    return {
      machine: {
        cores: availableParallelism(),
        processor: cpus()[0]?.model ?? 'unknown',
        gigabytes: totalmem() / 1e9,
        node: process.versions.node,
        python: found?.versions ?? null
      },
      memory,
      rounds,
      notMeasured,
      subjects,
      routing: indexed ? [1_000, 10_000].map((keys) => measureRouting(options.quick ? keys / 10 : keys, 512)) : [],
      session: indexed
        ? await measureSession(EMBEDDED_MODEL, Number(options.edits ?? (options.quick ? 100 : 1392)))
        : null
    }
  } finally {
    if (options.keep) told(`The random model and the inputs are kept in ${work}`)
    else rmSync(work, { recursive: true, force: true })
  }
}

async function availableExecutors(notMeasured: string[]): Promise<ExecutorName[]> {
  const available: ExecutorName[] = []
  for (const name of EXECUTORS.filter((one) => options.executor.includes(one))) {
    try {
      await (await openExecutor(name)).release()
      available.push(name)
    } catch (thrown) {
      notMeasured.push(`${name}: ${errorRecord(thrown).message}`)
    }
  }
  return available
}

function embeddedModel(): { path: string; title: string; decoded: number } {
  return { path: findModel(EMBEDDED_MODEL).path, title: `embedded model ${EMBEDDED_MODEL}`, decoded: 64 }
}

function randomModel(work: string): { path: string; title: string; decoded: number } {
  const size = options.quick ? TINY : GPT2_SMALL
  const path = join(work, 'random-model')
  const eosId = 0 // of no meaning here: no text is written
  writeRandomModel(path, size, { file: join(findModel(EMBEDDED_MODEL).path, 'tokenizer.json'), eosId })
  return { path, title: `${size.layers} x ${size.width}, vocabulary ${size.vocabulary}, random weights`, decoded: 32 }
}

async function measureSubject(
  subject: Subject,
  executors: readonly ExecutorName[],
  python: FoundPython | null,
  rounds: number,
  checked: number
): Promise<{ openings: Opening[]; races: Race[] }> {
  const contenders: Contender[] = []
  const openings: Opening[] = []
  try {
    for (const name of executors) {
      const started = performance.now()
      const contender = await ErratumContender.open(subject, name)
      contenders.push(contender)
      const milliseconds: Record<string, number> = {
        'folder checked': checked,
        'executor started': performance.now() - started
      }
      for (const work of firstWorks(subject)) {
        const began = performance.now()
        await contender.measure(work, false)
        milliseconds[`compiled and first ${titleOf(work)}`] = performance.now() - began
      }
      openings.push({ contender: contender.name, milliseconds })
    }
    if (python) contenders.push(new TorchContender(python, subject))
    return { openings, races: await race(subject, contenders, rounds, told) }
  } finally {
    for (const contender of contenders) await contender.release()
  }
}

/** Each compiles graphs that the one before did not need. */
function firstWorks(subject: Subject): Work[] {
  return works(subject).filter(({ kind }, i) => (kind === 'forward' && i === 0) || (kind === 'step' && i === 2))
}
