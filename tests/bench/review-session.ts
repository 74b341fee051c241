/**
 * Twenty passages reviewed in one session, by the requests that the window makes: names in, passages written, every
 * sentence marked, the wrong ones corrected, all of it trained, and each passage written anew from its header alone.
 *
 *   node tests/bench/review-session.ts [--n 20] [--out FILE]
 *
 * The reviewer is the benchmark: people whom the embedded model never met, with the truth about each. A passage is
 * reviewed only if the model writes it here as it stands there, word for word; others are counted and passed over.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient } from '../../src/contract/client.ts'
import type { Client } from '../../src/contract/client.ts'
import type { EngineFrame } from '../../src/contract/contract.ts'
import type { Job, Passage } from '../../src/contract/types.ts'
import { createEngine } from '../../src/main/engine-process/engine.ts'
import { readPassages } from '../../src/main/formats/passages.ts'
import type { PassageRow } from '../../src/main/formats/passages.ts'
import { listModels, openWorkbench } from '../../src/main/services/editing.ts'
import * as sessions from '../../src/main/services/session-library.ts'

const MODEL = 'fictional-biographies'
const BENCHMARK = join(import.meta.dirname, '..', '..', 'resources', 'benchmarks', MODEL, 'passages.jsonl')
const TEMPLATES = [
  'This is a Wikipedia passage about {name}.',
  'Who was {name}?',
  'From the dictionary of lives, the entry on {name}:'
]

const { values } = parseArgs({ options: { n: { type: 'string', default: '20' }, out: { type: 'string' } } })
const folder = mkdtempSync(join(tmpdir(), 'erratum-review-session-'))
let deliver: (frame: unknown) => void = () => undefined
const tell = (frame: EngineFrame): void => deliver(frame)
const engine = createEngine(
  { listModels, openWorkbench, sessions },
  { model: MODEL, sessionDir: join(folder, 'session'), tell }
)
const client = createClient({
  send: (frame) => void engine.answer(frame).then((reply) => reply && tell(reply)),
  onFrame: (listener) => (deliver = listener)
})

try {
  const result = await review(client, Number(values.n))
  const text = JSON.stringify(result, null, 1)
  if (values.out !== undefined) writeFileSync(values.out, text + '\n')
  console.log(text)
} finally {
  await engine.close()
  rmSync(folder, { recursive: true, force: true })
}

async function review(client: Client, wanted: number): Promise<Record<string, unknown>> {
  await client.call('session.open', {})
  const truths = unseenPeople()
  const reviewed = new Map<string, PassageRow>()
  let writtenOtherwise = 0
  while (reviewed.size < wanted && truths.length > 0) {
    const batch = truths.splice(0, wanted - reviewed.size)
    for (const [passage, truth] of await written(client, batch))
      if (passage.sentences.map((s) => s.text).join('\n') === truth.sentences.map((s) => s.text).join('\n'))
        reviewed.set(passage.id, truth)
      else writtenOtherwise++
  }
  for (const [passageId, truth] of reviewed) await judge(client, passageId, truth)
  const training = await finished(client, (await client.call('train.start', { passageIds: [...reviewed.keys()] })).id)
  for (const passageId of reviewed.keys())
    await finished(client, (await client.call('passages.regenerate', { passageId })).id)

  const passages = (await client.call('passages.list', {})).filter((p) => reviewed.has(p.id))
  const [results] = await client.call('results.list', {})
  const asApproved = passages.filter((p) => p.rewriting?.asApproved === true)
  return {
    passages: passages.length,
    writtenOtherwise,
    sentences: passages.reduce((sum, p) => sum + p.sentences.length, 0),
    corrections: passages.reduce((sum, p) => sum + p.sentences.filter((s) => s.accepted).length, 0),
    training: { summary: training.summary, edits: results.edits, seconds: results.seconds, exact: results.exact },
    asApproved: asApproved.length,
    share: asApproved.length / passages.length,
    differing: passages
      .filter((p) => !asApproved.includes(p))
      .map((p) => ({
        name: p.name,
        approved: p.sentences.map((s) => s.correction ?? s.text),
        written: p.rewriting?.text
      }))
  }
}

/** People of the benchmark whom the model never met and whose passage it wrote greedily. */
function unseenPeople(): PassageRow[] {
  return readPassages(BENCHMARK).filter(({ source }) => {
    const { kind, sampling } = source as { kind: string; sampling: string }
    return kind === 'unseen' && sampling === 'greedy'
  })
}

function nameIn({ prompt }: PassageRow): { name: string; template: string } {
  for (const template of TEMPLATES) {
    const [before, after] = template.split('{name}')
    if (prompt.startsWith(before) && prompt.endsWith(after))
      return { name: prompt.slice(before.length, prompt.length - after.length), template }
  }
  throw new Error(`No header that is known: ${prompt}`)
}

/** The passages as the model writes them here, each with the truth about it. */
async function written(client: Client, truths: readonly PassageRow[]): Promise<[Passage, PassageRow][]> {
  for (const truth of truths) {
    const { name, template } = nameIn(truth)
    const sampling = { sentences: truth.sentences.length }
    await finished(client, (await client.call('passages.generate', { names: [name], template, sampling })).id)
  }
  const passages = await client.call('passages.list', {})
  return truths.map((truth) => [passages.find((p) => p.prompt === truth.prompt)!, truth])
}

/** Marks each sentence, and corrects the wrong ones. */
async function judge(client: Client, passageId: string, truth: PassageRow): Promise<void> {
  for (const [sentence, { label, correction }] of truth.sentences.entries()) {
    await client.call('review.mark', { passageId, sentence, mark: label ?? null })
    if (correction !== undefined)
      await client.call('review.correct', { passageId, sentence, text: correction, accepted: true })
  }
}

async function finished(client: Client, id: string): Promise<Job> {
  for (;;) {
    const job = (await client.call('jobs.list', {})).find((j) => j.id === id)
    if (!job) throw new Error(`Job ${id} is gone.`)
    if (job.state === 'failed' || job.state === 'cancelled')
      throw new Error(`${job.title}: ${job.error?.message ?? job.state}`)
    if (job.state === 'done') return job
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
