/**
 * How long a session of many edits takes to open, and how large it is.
 *
 *     node tests/bench/session-bench.ts make DIR [edits]    the benchmark's edits with their real keys, blocks at random
 *     node tests/bench/session-bench.ts open DIR [times]    opens it as the window does, each time in a fresh process
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { textStates } from '../../src/main/editor/read-text.ts'
import { openEditSession, showSession } from '../../src/main/services/edit-sessions.ts'
import { openWorkbench } from '../../src/main/services/editing.ts'
import { EMBEDDED_MODEL } from '../../src/main/services/model-library.ts'
import { resourcesFolder } from '../../src/main/services/places.ts'
import { Workspace } from '../../src/main/services/workspace.ts'
import { openSession } from '../../src/main/session/session-folder.ts'
import { Stream } from '../parity/random-gpt2.ts'
import { median } from './statistics.ts'

const BATCH = 4
const PASSAGES = 240

interface BenchmarkEdit {
  id: string
  prompt: string
  target_new: string
}

const [mode, dir, count] = process.argv.slice(2)
if (mode === 'make') await make(dir, Number(count ?? 1392))
else if (mode === 'open') await measure(dir, Number(count ?? 5))
else if (mode === 'once') await openOnce(dir)
else throw new Error('Say make DIR or open DIR.')

async function make(place: string, edits: number): Promise<void> {
  const session = await openEditSession({ model: EMBEDDED_MODEL, dir: place, executor: 'onnxruntime' })
  const { store, model, settings } = session
  const file = join(resourcesFolder(), 'benchmarks', EMBEDDED_MODEL, 'edits.jsonl')
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(0, edits)
  const requests = rows.map((row) => JSON.parse(row) as BenchmarkEdit)
  const { width } = model.config
  const random = new Stream(1)
  const sampling = { temperature: 0, seed: 1, sentences: 8, maxNewTokens: 320 }
  const passages = Array.from({ length: PASSAGES }, (_, i) => ({ id: `p${i}`, name: `Person ${i}`, prompt: `About ${i}.`, sampling })) // prettier-ignore
  await store.appendRecord('review', { type: 'begun', passages })
  for (const { id } of passages) {
    const sentences = Array.from({ length: 6 }, (_, i) => ({
      text: `Sentence ${i} is as long as others are.`,
      surprise: 0.5
    }))
    const text = sentences.map((s) => s.text).join(' ')
    await store.appendRecord('review', { type: 'written', passageId: id, state: 'written', text, sentences })
  }
  for (let at = 0; at < requests.length; at += BATCH) {
    const batch = requests.slice(at, at + BATCH).map((r) => ({ id: r.id, prompt: r.prompt, target: r.target_new }))
    const samples = batch.map((request) => session.sample(request))
    const states = await textStates(model, samples, session.calibration.deployment.key)
    const layers = model.points.loraLayers
    await store.commitBatch({
      blockId: `${String(at / BATCH + 1).padStart(5, '0')}-bench`,
      weights: {
        rank: settings.rank,
        a: layers.map(() => random.floats(width * settings.rank, 0.1)),
        b: layers.map(() => random.floats(settings.rank * 4 * width, 0.001))
      },
      loraLayers: layers,
      edits: samples.map(({ editId, prompt, target, promptIds, targetIds, decisions }) => ({
        editId, prompt, target, promptIds, targetIds, decisions
      })), // prettier-ignore
      keys: { deployment: states.map((s) => s.deploymentKeys), paper: states.map((s) => s.paperKey) },
      training: { iterations: 1, seconds: 1, loss: 1 }
    })
    for (const [i, { target }] of batch.entries()) {
      const passageId = `p${(at + i) % PASSAGES}`
      const correction = { type: 'correction', passageId, sentence: i, text: target, accepted: true }
      await store.appendRecord('review', correction)
    }
  }
  await session.close()
  // Opened once as a person would: the tables are filled then.
  const again = await openEditSession({ dir: place, executor: 'onnxruntime' })
  await again.close()
}

/** One opening in this process, each part by itself and then all as the window does it; one JSON line. */
async function openOnce(place: string): Promise<void> {
  const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
    const started = performance.now()
    const result = await work()
    return [result, performance.now() - started]
  }
  const before = process.cpuUsage()
  const [bench, window] = await timed(async () => {
    const opened = await openWorkbench({ newModel: EMBEDDED_MODEL, sessionDir: place, executor: 'onnxruntime' })
    new Workspace(opened, { onChange: () => undefined }).passages()
    return opened
  })
  const { user, system } = process.cpuUsage(before)
  await bench.close()
  const [store, files] = await timed(() => openSession(place, { readOnly: true }))
  await store.close()
  const [, show] = await timed(() => showSession(place))
  console.log(JSON.stringify({ window, cpu: (user + system) / 1000, files, show }))
}

async function measure(place: string, times: number): Promise<void> {
  const runs = Array.from({ length: times }, () => {
    const args = ['--no-warnings', import.meta.filename, 'once', place]
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Record<string, number>
  })
  const { edits, batches, sizes } = await showSession(place)
  console.log(`${edits.length} edits in ${batches.length} blocks; median of ${times}, ms, in a warm file cache:`)
  for (const [part, word] of [
    ['window', 'opened as the window does, model included, to the list of passages'],
    ['cpu', 'processor time of that'],
    ['files', 'journal, blocks and keys alone, every checksum checked'],
    ['show', 'sessions show, index built, model not opened']
  ])
    console.log(`  ${word}: ${median(runs.map((run) => run[part])).toFixed(0)}`)
  console.log('bytes:', JSON.stringify(sizes, null, 2))
}
