// What evaluation leaves out or shares, against doing all of it: every text alone, every target really written.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeSample } from '../../src/main/editor/edit-sample.ts'
import { writePassage } from '../../src/main/editor/passage-writer.ts'
import type { Routing } from '../../src/main/editor/passage-writer.ts'
import { readTexts } from '../../src/main/editor/read-text.ts'
import type { Protocol } from '../../src/main/editor/read-text.ts'
import { perplexity, scoreTexts } from '../../src/main/editor/routed-score.ts'
import { GREEDY } from '../../src/main/engine/generation/sampler.ts'
import { evaluate, evaluateProtocols } from '../../src/main/evaluation/evaluate.ts'
import type { EvaluatedEdit, Shelves } from '../../src/main/evaluation/evaluate.ts'
import type { Shelf } from '../../src/main/evaluation/shelf.ts'
import { TextMeter } from '../../src/main/evaluation/text-meter.ts'
import { openEditSession } from '../../src/main/services/edit-sessions.ts'
import type { EditSession } from '../../src/main/services/edit-session.ts'
import { tinyHome } from '../services/tiny-home.ts'
import type { TinyHome } from '../services/tiny-home.ts'

const settings = { rank: 8, iterations: 60, extraIterations: 120, halveEvery: 90 }
const bootstrap = { resamples: 20, seed: 1 }
const TRAINED = [
  { id: 'a', prompt: 'About Ann.', target: 'She was born in May. She died' },
  { id: 'b', prompt: 'About Bob and others.', target: 'He wrote two books.' }
]
const UNTRAINED = { id: 'c', prompt: 'About Cleo.', target: 'She sang.' }
const LOCALITY = [
  'One more text, and it is of no one at all. It goes on for a while. Then it ends.',
  'Rain fell on the old town all day, and nobody went out. At night it stopped.',
  'short'
]

let home: TinyHome
let session: EditSession
let edits: EvaluatedEdit[]
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  session = await openEditSession({ model: home.model, dir: join(home.root, 's'), executor: 'onnxruntime', settings })
  for (const edit of TRAINED) await session.trainBatch([edit])
  edits = [
    ...TRAINED.map((edit) => ({
      ...edit,
      block: session.blockOf(edit),
      place: 0,
      rephrase: [
        { kind: 'header', prompt: edit.prompt },
        { kind: 'all', prompt: `Of someone else: ${edit.prompt}` }
      ]
    })),
    { ...UNTRAINED, block: null }
  ]
}, 240_000)
afterAll(async () => {
  await session.close()
  home.remove()
})

interface Slow {
  before: number
  after: number
  fired: boolean
  exact: { before: boolean; after: boolean }
}

/** One text under one protocol, with nothing shared and nothing left out. */
async function slowly(edit: { id: string; prompt: string; target: string }, protocol: Protocol): Promise<Slow> {
  const { model } = session
  const rules = session.rules(protocol)
  const sample = makeSample(model.tokenizer, edit, rules.rule)
  const texts = await readTexts(model, [sample], rules)
  const [before] = await scoreTexts(model, texts, rules.block, { untouched: true })
  const [after] = await scoreTexts(model, texts, rules.block)
  const writes = async (routing: Routing | null): Promise<boolean> => {
    const { tokens } = await writePassage(model, sample.promptIds, routing, GREEDY, {
      maxNewTokens: sample.targetIds.length
    })
    return JSON.stringify(tokens.map((t) => t.id)) === JSON.stringify(sample.targetIds)
  }
  return {
    before: perplexity([before])!,
    after: perplexity([after])!,
    fired: texts[0].routes.some((r) => r.block !== null),
    exact: { before: await writes(null), after: await writes(session.rules('deployment')) }
  }
}

const share = (list: readonly boolean[]): number => list.filter(Boolean).length / list.length

describe('an evaluation', { timeout: 240_000 }, () => {
  it.each(['deployment', 'paper'] as const)('of each edit is that of measuring it slowly (%s)', async (protocol) => {
    const all = [...edits, ...edits.flatMap((e) => (e.rephrase ?? []).map((r) => ({ ...e, prompt: r.prompt })))]
    const came = []
    for (const edit of all) {
      const slow = await slowly(edit, protocol)
      const one = { ...edit, rephrase: undefined }
      const { edits: measured } = await evaluate(
        session.model,
        session.rules(protocol),
        { edits: [one] },
        { bootstrap }
      )
      expect(measured!.before).toBeCloseTo(slow.before, 3)
      expect(measured!.after).toBeCloseTo(slow.after, 3)
      expect(measured!.fired).toBe(slow.fired ? 1 : 0)
      if (protocol === 'paper') expect(measured!.exact).toBeNull()
      else expect(measured!.exact).toEqual({ before: slow.exact.before ? 1 : 0, after: slow.exact.after ? 1 : 0 })
      came.push(slow)
    }
    expect(new Set(came.map((s) => s.exact.after)).size).toBe(2)
    const { edits: together } = await evaluate(session.model, session.rules(protocol), { edits }, { bootstrap })
    const slow = came.slice(0, edits.length)
    expect(together).toMatchObject({ n: 3, fired: share(slow.map((s) => s.fired)), ownBlock: 2 / 3, missed: 1 / 3 })
    if (protocol === 'deployment')
      expect(together!.exact).toEqual({
        before: share(slow.map((s) => s.exact.before)),
        after: share(slow.map((s) => s.exact.after))
      })
  })

  it('finds what the untouched model writes by itself exact, before and after, and one other token not', async () => {
    const { model } = session
    const promptIds = model.tokenizer.encode('All by itself.').ids
    const { tokens } = await writePassage(model, promptIds, null, GREEDY, { maxNewTokens: 5 })
    const own = tokens.map((t) => t.id)
    const samples = [own, [...own.slice(0, 3), own[3] === 5 ? 6 : 5, own[4]]].map((targetIds) => ({
      promptIds,
      targetIds,
      decisions: [promptIds.length]
    }))
    const measured = await new TextMeter(model, { deployment: session.rules() }).measure(samples, { exact: true })
    expect(measured.map((m) => [m.exactBefore, m.readings.deployment!.exact])).toEqual([[true, true], [false, false]]) // prettier-ignore
  })

  it('under both protocols at once gives the bits of each alone', async () => {
    const rules = { deployment: session.rules('deployment'), paper: session.rules('paper') }
    const input = { edits, accurate: [UNTRAINED], locality: LOCALITY }
    const both = await evaluateProtocols(session.model, rules, input, { bootstrap })
    for (const protocol of ['deployment', 'paper'] as const)
      expect(both[protocol]).toEqual(await evaluate(session.model, rules[protocol], input, { bootstrap }))
  })

  it('counts a text as identical where its bits are the untouched model’s, and tells the divergence of the others', async () => {
    const { locality } = await evaluate(session.model, session.rules(), { locality: LOCALITY }, { bootstrap })
    expect(locality).toMatchObject({ n: 2, fired: 0, identical: 1, klPerToken: 0 })
    expect(locality!.after).toBe(locality!.before)
    // A block wherever a route is decided: nothing stays as it was.
    const { block } = session.store.batches[0]
    const rules = session.rules()
    const everywhere = {
      ...rules,
      index: { ...rules.index, mode: 'scopes' as const, route: () => ({ ...NOTHING, block }) }
    }
    const { locality: changed } = await evaluate(session.model, everywhere, { locality: LOCALITY }, { bootstrap })
    expect(changed).toMatchObject({ n: 2, fired: 1, identical: 0 })
    expect(changed!.klPerToken).toBeGreaterThan(0.01)
    expect(changed!.before).toBeCloseTo(locality!.before!, 6)
  })

  it('groups rewordings by kind, and by place where that is known', async () => {
    const { rephrase } = await evaluate(session.model, session.rules(), { edits }, { bootstrap })
    expect(rephrase!.n).toBe(4)
    expect(rephrase!.kinds).toMatchObject({
      header: { n: 2, ownBlock: 1 },
      one: { n: 0, ownBlock: null },
      all: { n: 2 }
    })
    expect(Object.keys(rephrase!.places)).toEqual(['all', 'header, at the header'])
  })

  it('twice gives the same numbers, and cancelled it says so', async () => {
    const run = () => evaluate(session.model, session.rules(), { edits, locality: LOCALITY }, { bootstrap })
    expect(await run()).toEqual(await run())
    const stopped = evaluate(session.model, session.rules(), { edits }, { signal: AbortSignal.abort() })
    await expect(stopped).rejects.toMatchObject({ code: 'Cancelled' })
  })

  it('goes on where it was stopped, and comes to the same numbers as without a stop', async () => {
    const rules = { deployment: session.rules(), paper: session.rules('paper') }
    const input = {
      edits,
      accurate: [UNTRAINED],
      locality: LOCALITY,
      approved: { passages: [PASSAGE], others: [{ id: 'o', prompt: 'All by itself.' }] }
    }
    const plain = await evaluateProtocols(session.model, rules, input, { bootstrap })
    const shelves = { untouched: memoryShelf(), results: memoryShelf() }
    const stop = new AbortController()
    const stopped = evaluateProtocols(session.model, rules, input, {
      bootstrap,
      shelves,
      signal: stop.signal,
      onProgress: (_done, _of, what) => what === 'accurate' && stop.abort()
    })
    await expect(stopped).rejects.toMatchObject({ code: 'Cancelled' })
    const kept = shelves.results.pieces.size
    expect(kept).toBeGreaterThan(2)
    const done: string[] = []
    const untouched = vi.spyOn(session.model, 'topUntouched')
    const bottom = vi.spyOn(session.model, 'bottom')
    const resumed = await evaluateProtocols(session.model, rules, input, {
      bootstrap,
      shelves,
      onProgress: (_done, _of, what) => done.push(what)
    })
    expect(resumed).toEqual(plain)
    // Of the sets that were finished nothing is computed: one of locality texts is left, and what is written.
    expect(bottom).toHaveBeenCalledTimes(1)
    bottom.mockClear()
    // Another run, with nothing of its own: the untouched model is not asked again but where a block fires.
    untouched.mockClear()
    const again = await evaluateProtocols(session.model, rules, input, {
      bootstrap,
      shelves: { untouched: shelves.untouched }
    })
    expect(again).toEqual(plain)
    expect(bottom).toHaveBeenCalled()
    expect(untouched).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  it('computes again what a broken or foreign shelf holds', async () => {
    const broken: Shelf = { take: () => [{ nats: 'three' }], put: () => undefined }
    const run = (shelves?: Shelves) =>
      evaluate(session.model, session.rules(), { edits, locality: LOCALITY }, { bootstrap, shelves })
    expect(await run({ untouched: broken, results: broken })).toEqual(await run())
  })

  it('tells approved passages that are written from those that are not, and leaves others’ as they are', async () => {
    const other = { ...PASSAGE, id: 'q', sentences: [{ text: 'She sang.', approved: true }] }
    const { approved } = await evaluate(
      session.model,
      session.rules(),
      { approved: { passages: [PASSAGE, other], others: [{ id: 'o', prompt: 'Rain fell.' }] } },
      { bootstrap }
    )
    expect(approved).toMatchObject({
      passages: { n: 2, written: 0.5 },
      sentences: { n: 3, written: 2 / 3 },
      otherHeaders: { n: 3 },
      others: { n: 1, identical: 1, fired: 0 }
    })
    const { approved: underPaper } = await evaluate(
      session.model,
      session.rules('paper'),
      { approved: { passages: [PASSAGE], others: [] } },
      { bootstrap }
    )
    expect(underPaper).toBeUndefined()
  })

  it('refuses what does not fit the context, by its name', async () => {
    const long = { ...UNTRAINED, id: 'long', prompt: 'word '.repeat(99), block: null }
    await expect(evaluate(session.model, session.rules(), { edits: [long] })).rejects.toMatchObject({
      code: 'DoesNotFit',
      message: expect.stringContaining('long') as string
    })
  })
})

/** What was trained as edit a, as a passage. */
const PASSAGE = {
  id: 'p',
  prompt: 'About Ann.',
  sentences: ['She was born in May.', 'She died'].map((text) => ({ text, approved: true })),
  otherHeaders: ['All by itself.']
}

function memoryShelf(): Shelf & { pieces: Map<string, string> } {
  const pieces = new Map<string, string>()
  return {
    pieces,
    take: (key) => (pieces.has(key) ? (JSON.parse(pieces.get(key)!) as unknown) : undefined),
    put: (key, value) => void pieces.set(key, JSON.stringify(value))
  }
}

const NOTHING = { editId: null, record: null, distance: 0, reach: 1, rival: null, margin: null }
