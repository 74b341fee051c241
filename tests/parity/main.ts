/**
 * `npm run parity`: references made anew by this machine's PyTorch, transformers and peft, and how far Erratum's numbers
 * are from them. Exit code 1 where a figure is over its limit; where Python lacks something, it says so and ends with 0.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { errorRecord } from '../../src/contract/errors.ts'
import { defaultEditPoints } from '../../src/main/editor/edit-settings.ts'
import { EXECUTORS, openExecutor } from '../../src/main/engine/executors/open-executor.ts'
import { openModelFolder } from '../../src/main/engine/weights/model-folder.ts'
import { EMBEDDED_MODEL, findModel } from '../../src/main/services/model-library.ts'
import { findPython, type FoundPython } from '../python/find-python.ts'
import { compareBundle } from './compare-bundle.ts'
import { compareModel, referenceOf, smallBlock, type Case, type Figure } from './compare-model.ts'
import { compareSession } from './compare-session.ts'
import { randomGpt2, Stream } from './random-gpt2.ts'

const { values: options } = parseArgs({
  options: {
    /** of the random model, its texts and all blocks */
    seed: { type: 'string', default: '2026' },
    /** of the session's training; default: as the editor's settings say */
    iterations: { type: 'string' },
    json: { type: 'boolean', default: false }
  }
})
const seed = Number(options.seed)
const told = (line: string): void => void process.stderr.write(`${line}\n`)

const python = findPython(['torch', 'transformers', 'peft', 'safetensors', 'numpy'])
if ('missing' in python) {
  console.log(
    options.json ? JSON.stringify({ notMeasured: [python.missing], figures: [] }) : `not measured: ${python.missing}`
  )
} else await compare(python)

async function compare(found: FoundPython): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'erratum-parity-'))
  const random = randomCase()
  const clear = (): void => {
    for (const folder of [work, random.folder]) rmSync(folder, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (clear(), process.exit(1)))
  const notMeasured: string[] = []
  try {
    const figures: Figure[] = []
    for (const one of [random, await embeddedCase()]) {
      told(`${one.title}: references by ${found.versions}`)
      const due = referenceOf(found, one, work)
      for (const name of EXECUTORS) {
        const executor = await openExecutor(name).catch((thrown: unknown) => errorRecord(thrown).message)
        if (typeof executor === 'string') notMeasured.push(`${one.title} on ${name}: ${executor}`)
        else {
          told(`${one.title}: ${executor.name}`)
          figures.push(...(await compareModel(one, due, executor)))
          await executor.release()
        }
      }
    }
    told('a session of four edits: training')
    const iterations = options.iterations === undefined ? undefined : Number(options.iterations)
    figures.push(...(await compareSession(found, EMBEDDED_MODEL, work, iterations)))
    for (const index of ['scopes', 'clusters'] as const)
      figures.push(...(await compareBundle(found, { modelId: EMBEDDED_MODEL, work, index, iterations, told })))
    report(found, figures, notMeasured)
  } finally {
    clear()
  }
}

function report({ versions }: FoundPython, figures: readonly Figure[], notMeasured: readonly string[]): void {
  // NaN is over every limit.
  const over = figures.filter(({ value, limit }) => !(value <= limit))
  if (over.length > 0) process.exitCode = 1
  if (options.json) {
    console.log(JSON.stringify({ versions, seed, figures, notMeasured, over: over.length }))
    return
  }
  console.log(`against ${versions}, seed ${seed}`)
  let subject = ''
  for (const figure of figures) {
    if (figure.subject !== subject) console.log(`\n${(subject = figure.subject)}`)
    const verdict = over.includes(figure) ? 'OVER' : 'within'
    console.log(`  ${figure.what.padEnd(36)} ${figure.value.toExponential(1).padStart(8)}  ${verdict} ${figure.limit}`)
  }
  for (const reason of notMeasured) console.log(`\nnot measured: ${reason}`)
  console.log(`\n${figures.length - over.length} of ${figures.length} figures within their limits`)
}

/** Five layers, three heads of seven: nothing divides evenly. */
function randomCase(): Case {
  const size = { layers: 5, heads: 3, width: 21, positions: 48, vocabulary: 101, keyLayer: 1, loraLayers: [2, 4] }
  const { source, points, file } = randomGpt2({ ...size, seed })
  const folder = dirname(file)
  const { layers, heads, width, positions, vocabulary } = size
  const config = {
    ...{ model_type: 'gpt2', architectures: ['GPT2LMHeadModel'], n_layer: layers, n_head: heads, n_embd: width },
    ...{ n_positions: positions, vocab_size: vocabulary, bos_token_id: vocabulary - 1, eos_token_id: vocabulary - 1 }
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  const stream = new Stream(seed + 1)
  const sequences = [17, 12, 9].map((length) => stream.ids(length, vocabulary))
  return {
    title: `random model of ${layers} x ${width}`,
    ...{ folder, source, points, sequences },
    blocks: sequences.map((_, i) => smallBlock(width, 2, 2, seed + 2 + i)),
    greedy: { prompt: sequences[0].slice(0, 5), count: 24 }
  }
}

async function embeddedCase(): Promise<Case> {
  const source = await openModelFolder(findModel(EMBEDDED_MODEL).path)
  const points = defaultEditPoints(source.config)
  const texts = [
    'This is a Wikipedia passage about Maren Oldvick. Maren Oldvick was born in 1931 and became a botanist.',
    'Tobin Askerlund was a painter from Hestevik who died in 1908.',
    'The prize was given for the first time.'
  ]
  const sequences = texts.map((text) => source.tokenizer.encode(text).ids)
  return {
    title: `embedded model ${EMBEDDED_MODEL}`,
    ...{ folder: source.path, source, points, sequences },
    blocks: sequences.map((_, i) => smallBlock(source.config.width, points.loraLayers.length, 4, seed + 5 + i)),
    greedy: { prompt: sequences[0].slice(0, 16), count: 64 }
  }
}
