/**
 * The README's figures, made anew: `node tools/measure.ts WHAT OUT.json [--n N]`.
 *
 *   benchmark   first N edits of the benchmark (default 40), with the defaults and with the paper's settings
 *   real        first N real pairs that fit (default 100); needs ERRATUM_DATA
 *   sequence    all edits of the benchmark, one after the other
 *   approved    N passages of the benchmark (default 40, half of them sampled) until they are written as approved
 *   aliases     every sentence of these passages as an edit, alone and with the same edit under another header beside it
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildScopes } from '../src/main/editor/neuron-index/scopes.ts'
import type { ScopesIndex } from '../src/main/editor/neuron-index/scopes.ts'
import { editFile } from '../src/main/services/edit-file.ts'
import type { EditFileResult } from '../src/main/services/edit-file.ts'
import { openEditSession } from '../src/main/services/edit-sessions.ts'
import type { EditSession } from '../src/main/services/edit-session.ts'
import { evaluateSession } from '../src/main/services/evaluate-session.ts'
import { nameInHeader, otherHeaders } from '../src/main/services/known-headers.ts'
import { readPassages } from '../src/main/formats/passages.ts'
import type { PassageRow } from '../src/main/formats/passages.ts'

const MODEL = 'fictional-biographies'
const benchmark = join(import.meta.dirname, '..', 'resources', 'benchmarks', MODEL)

const { positionals, values } = parseArgs({ allowPositionals: true, options: { n: { type: 'string' } } })
const [what, out] = positionals
const folder = mkdtempSync(join(tmpdir(), 'erratum-measure-'))
try {
  const measured = await measurements()[what]?.()
  if (measured === undefined) throw new Error('What is to be measured? benchmark, real, sequence, approved or aliases')
  writeFileSync(out, JSON.stringify(measured, null, 1) + '\n')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function measurements(): Record<string, () => Promise<unknown>> {
  const n = values.n === undefined ? undefined : Number(values.n)
  return {
    benchmark: () =>
      bothPresets(join(benchmark, 'edits.jsonl'), n ?? 40, accurateSets(n ?? 40), join(benchmark, 'locality.jsonl')),
    real: () => {
      const data = process.env['ERRATUM_DATA']
      if (!data) throw new Error('ERRATUM_DATA is not set.')
      const real = join(data, 'wiki_bio_gpt3_hallucination')
      const sets = { all: join(real, 'accurate.json') }
      return bothPresets(
        join(real, 'edits.json'),
        n ?? 100,
        sets,
        join(data, 'webtext_short', 'webtext.test.jsonl'),
        200
      )
    },
    sequence: () => sequence(n ?? Infinity),
    approved: () => approved(n ?? 40),
    aliases: () => aliases(n ?? 40)
  }
}

function lines(file: string): Record<string, unknown>[] {
  const text = readFileSync(file, 'utf8').trim()
  return text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
}

function linesTo(name: string, rows: readonly unknown[]): string {
  const file = join(folder, name)
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n') + '\n')
  return file
}

/** Accurate sentences of the same passages (places that nobody edited) and of other people, apart. */
function accurateSets(n: number): Record<string, string> {
  const edited = new Set(
    lines(join(benchmark, 'edits.jsonl'))
      .slice(0, n)
      .map((row) => String(row['subject']))
  )
  const accurate = lines(join(benchmark, 'accurate.jsonl'))
  return {
    all: join(benchmark, 'accurate.jsonl'),
    samePassages: linesTo(
      'same.jsonl',
      accurate.filter((row) => edited.has(String(row['subject'])))
    ),
    otherPeople: linesTo(
      'others.jsonl',
      accurate.filter((row) => !edited.has(String(row['subject'])))
    )
  }
}

async function bothPresets(
  edits: string,
  n: number,
  accurate: Record<string, string>,
  locality: string,
  texts = Infinity
): Promise<unknown> {
  const localityFile = texts === Infinity ? locality : linesTo('locality.jsonl', lines(locality).slice(0, texts))
  const result: Record<string, unknown> = {}
  for (const preset of ['default', 'paper'] as const) {
    const session = join(folder, preset)
    const edit = await editFile({ model: MODEL, session, edits, limit: n, skipUnfit: true, preset, onBatch: told })
    const measures: Record<string, unknown> = {
      main: await evaluateSession({ session, accurate: accurate['all'], locality: localityFile })
    }
    for (const [name, file] of Object.entries(accurate)) {
      if (name !== 'all')
        measures[name] = await evaluateSession({
          session,
          edits: linesTo('none.jsonl', []),
          accurate: file,
          protocol: 'deployment'
        })
    }
    result[preset] = { edit: shortened(edit), measures }
  }
  return result
}

async function sequence(n: number): Promise<unknown> {
  const dir = join(folder, 'sequence')
  const batches: { index: number; training: number; iterations: number }[] = []
  const edit = await editFile({
    model: MODEL,
    session: dir,
    edits: join(benchmark, 'edits.jsonl'),
    skipUnfit: true,
    ...(n === Infinity ? {} : { limit: n }),
    onBatch: (outcome, batch, of) => {
      batches.push({ ...outcome.seconds, iterations: outcome.iterations })
      told(outcome, batch, of)
    }
  })
  const session = await openEditSession({ dir, mustExist: true, readOnly: true })
  const routing = routingSeconds(session)
  const states = statesOfRecords(session)
  await session.close()
  const commit = (some: typeof batches): number => some.reduce((sum, { index }) => sum + index, 0) / some.length
  const [firstTen, lastTen] = [commit(batches.slice(0, 10)), commit(batches.slice(-10))]
  const files = { accurate: join(benchmark, 'accurate.jsonl'), locality: join(benchmark, 'locality.jsonl') }
  return {
    edit: shortened(edit),
    secondsOfABatch: {
      commit: { firstTen, lastTen },
      routing,
      ratio: (lastTen + routing.lastTen) / (firstTen + routing.firstTen)
    },
    states,
    scopes: await evaluateSession({ session: dir, ...files }),
    clusters: await evaluateSession({ session: dir, index: 'clusters' }),
    iterations: batches.map((b) => b.iterations)
  }
}

/** Seconds that routing all records of a batch takes: of the first ten batches among themselves, of the last among all. */
function routingSeconds(session: EditSession): { firstTen: number; lastTen: number } {
  const { calibration, store } = session
  const blocks = store.batches.map((b) => b.block)
  const all = store.indexedEdits('deployment')
  const of = (some: readonly string[]): typeof all => all.filter((e) => some.includes(e.block))
  const seconds = (index: ScopesIndex, edits: typeof all): number => {
    const route = (): void => {
      for (const { records } of edits) for (const { key, promptIds } of records) index.route(key, promptIds)
    }
    route() // compiled and in the cache, as in a session that runs
    const started = performance.now()
    route()
    return (performance.now() - started) / 1000 / 10
  }
  const { reach, margin, noise } = calibration.deployment
  const build = (edits: typeof all): ScopesIndex => buildScopes(edits, { reach, margin, noise })
  const [first, last] = [of(blocks.slice(0, 10)), of(blocks.slice(-10))]
  return { firstTen: seconds(build(first), first), lastTen: seconds(build(all), last) }
}

/** What became of the records of all edits, and of those at the edits' prompts, under both indices and protocols. */
function statesOfRecords(session: EditSession): unknown {
  const counts: Record<string, Record<string, number>> = {}
  for (const mode of ['scopes', 'clusters'] as const)
    for (const protocol of ['deployment', 'paper'] as const) {
      const of: Record<string, number> = {}
      for (const { ref, state } of session.rules(protocol, mode).index.states())
        for (const key of [`records ${state.state}`, ...(ref.record === 0 ? [`edits ${state.state}`] : [])])
          of[key] = (of[key] ?? 0) + 1
      counts[`${mode}, ${protocol}`] = of
    }
  return counts
}

/** Half greedy and half sampled passages of the benchmark, and others. */
function chosenPassages(n: number): { chosen: PassageRow[]; otherPassages: string } {
  const all = readPassages(join(benchmark, 'passages.jsonl'))
  const isSampled = (p: PassageRow): boolean => JSON.stringify([p.source, p.extra]).includes('temperature')
  const chosen = [...all.filter((p) => !isSampled(p)).slice(0, n / 2), ...all.filter(isSampled).slice(0, n / 2)]
  const taken = new Set(chosen.map((p) => p.id))
  return {
    chosen,
    otherPassages: linesTo('other-passages.jsonl', all.filter((p) => !taken.has(p.id)).slice(0, 100))
  }
}

function passageFile(
  name: string,
  chosen: readonly PassageRow[],
  headers: (p: PassageRow) => readonly string[]
): string {
  const rows = chosen.map((p) => ({ id: p.id, prompt: p.prompt, sentences: p.sentences, rephrase: headers(p) }))
  return linesTo(name, rows)
}

function headersBeside({ prompt }: PassageRow): string[] {
  return otherHeaders(prompt, nameInHeader(prompt)!)
}

/** Trained until they are written as approved. */
async function approved(n: number): Promise<unknown> {
  const { chosen, otherPassages } = chosenPassages(n)
  const passages = passageFile('passages.jsonl', chosen, headersBeside)
  const session = join(folder, 'approved')
  const edit = await editFile({ model: MODEL, session, passages, skipUnfit: true, onBatch: told })
  const none = linesTo('none.jsonl', [])
  return {
    edit: shortened(edit),
    asApproved: edit.passages?.filter((p) => p.asApproved).length,
    rounds: edit.rounds,
    edits: edit.edits,
    missed: edit.passages?.filter((p) => !p.asApproved),
    measured: await evaluateSession({ session, edits: none, passages, otherPassages, protocol: 'deployment' })
  }
}

/**
 * Every sentence is an edit, once by itself and once with an alias beside it in the same block: the same sentence under
 * the first of the other known headers. What is written under each of the other headers is told apart.
 */
async function aliases(n: number): Promise<unknown> {
  const { chosen, otherPassages } = chosenPassages(n)
  const headers = {
    alias: (p: PassageRow) => headersBeside(p).slice(0, 1),
    never: (p: PassageRow) => headersBeside(p).slice(1)
  }
  const none = linesTo('none.jsonl', [])
  const result: Record<string, unknown> = {}
  for (const aliased of [false, true]) {
    const arm = aliased ? 'with aliases' : 'without'
    const session = join(folder, aliased ? 'aliased' : 'plain')
    const rows = chosen.flatMap((p) => {
      const underHeaders = [p.prompt, ...(aliased ? headers.alias(p) : [])].map((header) => sentenceEdits(p, header))
      return p.sentences.flatMap((_, i) => underHeaders.map((edits) => edits[i]))
    })
    const edits = linesTo(`${aliased ? 'aliased' : 'plain'}-edits.jsonl`, rows)
    // Four sentences a block in both.
    const edit = await editFile({
      model: MODEL,
      session,
      edits,
      batchSize: aliased ? 8 : 4,
      skipUnfit: true,
      onBatch: told
    })
    const measured: Record<string, unknown> = {}
    for (const [kind, of] of Object.entries(headers)) {
      const passages = passageFile(`${kind}.jsonl`, chosen, of)
      const others = kind === 'never' ? { otherPassages } : {}
      measured[kind] = await evaluateSession({ session, edits: none, passages, ...others, protocol: 'deployment' })
    }
    result[arm] = { edit: shortened(edit), measured }
  }
  return result
}

/** The sentences of a passage as they are approved, each with the text before it, under a header. */
function sentenceEdits(
  { id, sentences }: PassageRow,
  header: string
): { id: string; prompt: string; target_new: string }[] {
  const texts = sentences.map(({ text, correction }) => correction ?? text)
  return texts.map((target_new, i) => ({
    id: `${id}-${i} ${header}`,
    prompt: [header, ...texts.slice(0, i)].join(' '),
    target_new
  }))
}

function shortened({ events, skipped, passages, ...rest }: EditFileResult): unknown {
  const kinds: Record<string, number> = {}
  for (const { protocol, after } of events) kinds[`${protocol}: ${after}`] = (kinds[`${protocol}: ${after}`] ?? 0) + 1
  return {
    ...rest,
    skipped: skipped.length,
    skippedIds: skipped.map((s) => s.id),
    events: kinds,
    passages: passages?.length
  }
}

function told(
  outcome: { iterations: number; loss: number; exact: boolean | null; seconds: { training: number } },
  batch: number,
  batches: number
): void {
  const { iterations, loss, exact, seconds } = outcome
  console.error(
    `batch ${batch} of ${batches}: ${iterations} iterations, loss ${loss.toFixed(4)}, exact ${String(exact)}, ${seconds.training.toFixed(1)} s`
  )
}
