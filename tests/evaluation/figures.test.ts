// Every figure from given logits, against numpy (make_golden.py): through the meter, so that rows, routes and blocks count.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NO_ROUTE } from '../../src/main/editor/neuron-index/scope-router.ts'
import type { ReadingRules } from '../../src/main/editor/read-text.ts'
import { DEFAULT_SENTENCE_RULE } from '../../src/main/editor/sentence-ends.ts'
import type { BlockWeights, Decoder, LanguageModel, TopRequest } from '../../src/main/engine/models/language-model.ts'
import { approvedMeasures } from '../../src/main/evaluation/approved-measures.ts'
import type { WrittenOther, WrittenPassage } from '../../src/main/evaluation/approved-measures.ts'
import {
  accurateMeasures,
  editMeasures,
  localityMeasures,
  rewordingMeasures
} from '../../src/main/evaluation/set-measures.ts'
import type { Reworded, Viewed } from '../../src/main/evaluation/set-measures.ts'
import { TextMeter } from '../../src/main/evaluation/text-meter.ts'
import type { Wanted } from '../../src/main/evaluation/text-meter.ts'

interface Golden {
  vocabulary: number
  ownBlock: string
  bootstrap: { resamples: number; seed: number }
  texts: {
    ids: number[]
    start: number
    decisions: number[]
    blocks: (string | null)[]
    /** [tokens, V] */
    untouched: number[][]
    edited: number[][]
  }[]
  figures: Record<string, unknown>
  /** of the same texts taken as rewordings */
  rewordings: Record<string, unknown>
  approved: { passages: WrittenPassage[]; others: WrittenOther[]; figures: Record<string, unknown> }
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden', 'figures.json'), 'utf8')) as Golden
const { texts, vocabulary } = golden

/** Hidden states [T, 2] hold the number of the text, which is its first token, and the place. */
function hiddenOf(ids: readonly number[]): Float32Array {
  return Float32Array.from(ids.flatMap((_, place) => [ids[0], place]))
}

/** Writes on from ids: after the last of them, the logits of its text at that place. */
function decoder(): Decoder {
  const ids: number[] = []
  return {
    get length() {
      return ids.length
    },
    append: (next) => {
      ids.push(...next)
      return Promise.resolve(hiddenOf(ids).slice(-2 * next.length))
    },
    logits: (block) => {
      const { start, [block ? 'edited' : 'untouched']: logits } = texts[ids[0]]
      return Promise.resolve(Float32Array.from(logits[ids.length - start]))
    },
    release: () => undefined
  }
}

function logitsOf({ hidden, rows }: TopRequest, which: 'untouched' | 'edited'): Float32Array {
  const { start, [which]: logits } = texts[hidden[0]]
  return Float32Array.from(rows.flatMap((row) => logits[row + 1 - start]))
}

const never = (): never => {
  throw new Error('The figures of given logits need nothing else of a model.')
}
const A = 'a'.charCodeAt(0)
const block: BlockWeights = { rank: 1, a: [], b: [] }
const model: LanguageModel = {
  config: {
    ...{ layers: 2, heads: 1, width: 2, positions: 64, vocabulary, layerNormEpsilon: 1e-5 },
    ...{ eosIds: [vocabulary], closingId: vocabulary }
  },
  points: { keyLayer: 0, loraLayers: [1] },
  // Each token is a letter: text and tokens are the same.
  tokenizer: {
    vocabulary,
    endId: vocabulary,
    encode: (text) => ({ ids: Array.from(text, (letter) => letter.charCodeAt(0) - A), offsets: [] }),
    decode: (ids) => String.fromCharCode(...ids.map((id) => id + A)),
    bytesOf: (id) => Uint8Array.of(id + A)
  },
  sha256: '',
  bottom: (sequences) =>
    Promise.resolve(sequences.map((ids) => ({ hidden: hiddenOf(ids), keyModule: Float32Array.of(ids[0], -1) }))),
  top: (requests) => Promise.resolve(requests.map((r) => logitsOf(r, r.block ? 'edited' : 'untouched'))),
  topUntouched: (requests) => Promise.resolve(requests.map((r) => logitsOf(r, 'untouched'))),
  trainer: never,
  decoder,
  sideBySide: never,
  release: () => Promise.resolve()
}

const rules: ReadingRules = {
  protocol: 'deployment',
  key: { layer: 0, parts: ['last'], metric: 'euclidean', tokenWeights: null, whitening: null },
  rule: DEFAULT_SENTENCE_RULE,
  isLivePrompt: (ids) => texts[ids[0]].decisions.includes(ids.length),
  block: () => Promise.resolve(block),
  index: {
    mode: 'scopes',
    // The key is the last row before the decision.
    route: ([text, place]) => {
      const { decisions, blocks } = texts[text]
      return { ...NO_ROUTE, block: blocks[decisions.indexOf(place + 1)] }
    },
    stateOf: never,
    states: never
  }
}

async function measured(wanted: Wanted): Promise<Viewed<Reworded>[]> {
  const samples = texts.map(({ ids, start, decisions }) => ({
    promptIds: ids.slice(0, start),
    targetIds: ids.slice(start),
    decisions
  }))
  const meter = new TextMeter(model, { deployment: rules })
  const views = [
    ...(await meter.measure(samples.slice(0, 3), wanted)),
    ...(await meter.measure(samples.slice(3), wanted))
  ]
  return views.map((text, i) => ({
    item: {
      id: `${i}`,
      prompt: '',
      target: '',
      block: golden.ownBlock,
      kind: ['header', 'one', 'all'][i % 3],
      place: i % 2
    },
    text,
    reading: text.readings.deployment!
  }))
}

/** The same figures with the same names, each within 1e-6 of its size. */
function expectNear(came: unknown, due: unknown, at: string): void {
  if (typeof due === 'number') {
    expect(came, at).toBeTypeOf('number')
    expect(Math.abs((came as number) - due), at).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(due)))
    return
  }
  expect(came, at).not.toBeNull()
  const [one, other] = [came as Record<string, unknown>, due as Record<string, unknown>]
  expect(Object.keys(one).sort(), at).toEqual(Object.keys(other).sort())
  for (const name of Object.keys(other)) expectNear(one[name], other[name], `${at}.${name}`)
}

const EXACT = ['exact', 'exact.before', 'exact.after']

/** Of the golden figures those that a set has. */
function due(...left: string[]): Record<string, unknown> {
  const without = (from: unknown): Record<string, unknown> =>
    Object.fromEntries(Object.entries(from as object).filter(([name]) => !left.includes(name)))
  return { ...without(golden.figures), intervals: without(golden.figures['intervals']) }
}

describe('figures from given logits are those of numpy', () => {
  it('of edits', async () => {
    const figures = editMeasures(await measured({ exact: true }), golden.bootstrap)
    expectNear(figures, due('identical', 'klPerToken'), 'edits')
  })

  it('of rewordings, by kind and by kind and place', async () => {
    const { kinds, places, ...figures } = rewordingMeasures(await measured({ exact: true }), golden.bootstrap)
    expectNear(figures, due('identical', 'klPerToken'), 'rewordings')
    expectNear({ kinds, places }, golden.rewordings, 'rewordings')
  })

  it('of accurate sentences', async () => {
    const figures = accurateMeasures(await measured({}), golden.bootstrap)
    expectNear(figures, due('identical', 'klPerToken', 'ownBlock', 'missed', ...EXACT), 'accurate')
  })

  it('of locality texts', async () => {
    const figures = localityMeasures(await measured({ comparison: true }), golden.bootstrap)
    expectNear(figures, due('ownBlock', 'missed', ...EXACT), 'locality')
  })

  it('of passages that are to be written as approved', () => {
    const { passages, others, figures } = golden.approved
    expectNear(approvedMeasures(passages, others, golden.bootstrap), figures, 'approved')
  })

  it('the golden texts fire, miss, and fire another block', () => {
    const kinds = texts.map(({ blocks }) => JSON.stringify(blocks))
    expect(new Set(kinds).size).toBeGreaterThan(4)
    const { exact } = golden.figures as { exact: { before: number; after: number } }
    expect(exact.before).toBeGreaterThan(0)
    expect(exact.after).toBeGreaterThan(exact.before)
    expect(exact.after).toBeLessThan(1)
  })
})

describe('of an empty set', () => {
  it('nothing is a number', () => {
    const { n, intervals, ...figures } = localityMeasures([], golden.bootstrap)
    expect(n).toBe(0)
    expect(figures).toEqual({
      before: null,
      after: null,
      fired: null,
      identical: null,
      klPerToken: null,
      perplexity: { before: null, after: null }
    })
    expect(Object.values(intervals).every((i) => i === null)).toBe(true)
  })
})
