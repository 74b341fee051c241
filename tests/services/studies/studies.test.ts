// The studies as a whole on a tiny model: what they leave behind, and that they go on where they were.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { radiusFigures, studyRadius } from '../../../src/main/services/studies/radius.ts'
import { studyKeyLayer } from '../../../src/main/services/studies/key-layer.ts'
import { studyRank } from '../../../src/main/services/studies/rank.ts'
import { checkpoints, studySequence } from '../../../src/main/services/studies/sequence.ts'
import { studySuggestions } from '../../../src/main/services/studies/suggestions.ts'
import { suggestionFigures } from '../../../src/main/services/studies/suggestion-figures.ts'
import type { ScoredPassage } from '../../../src/main/services/studies/suggestion-figures.ts'
import type { Label } from '../../../src/main/formats/passages.ts'
import type { IndexedEdit } from '../../../src/main/editor/neuron-index/types.ts'
import { tinyHome } from '../tiny-home.ts'
import type { TinyHome } from '../tiny-home.ts'

let home: TinyHome
let options: {
  model: string
  edits: string
  accurate: string
  locality: string
  executor: 'onnxruntime'
  limit: number
}
const rows = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: `e${n}`,
    prompt: `About number ${n}.`,
    target_new: `It was ${n * n}.`,
    rephrase: [{ kind: 'all', prompt: `Tell of number ${n}.` }]
  }))
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  const file = (name: string, list: readonly object[]): string => {
    const path = join(home.root, name)
    writeFileSync(path, list.map((row) => JSON.stringify(row) + '\n').join(''))
    return path
  }
  options = {
    model: home.model,
    edits: file('edits.jsonl', [{ ...rows(1)[0], id: 'long', prompt: 'word '.repeat(99) }, ...rows(9)]),
    accurate: file('accurate.jsonl', rows(3)),
    locality: file('locality.jsonl', [
      { text: 'One more text, and it is of no one at all. It goes on. Then it ends.' }
    ]),
    executor: 'onnxruntime',
    limit: 6
  }
})
afterAll(() => home.remove())

const out = (name: string): string => join(home.root, name)
const point = (folder: string, id: string): string => join(out(folder), 'points', `${id}.json`)

describe('the studies', { timeout: 240_000 }, () => {
  it('radius: counts over the radius, for the keys of both protocols', async () => {
    const { points, files } = await studyRadius({ ...options, out: out('radius') })
    for (const { id, result } of points) {
      expect(result.deployment).toMatchObject({ edits: 6, radius: 0.05 * Number(id.slice(1)) })
      expect(result.deployment.answered + result.paper.answered).toBeGreaterThan(0)
    }
    const conflicts = points.map((p) => p.result.deployment.conflicts)
    expect(conflicts[0]).toBeLessThanOrEqual(conflicts.at(-1)!)
    expect(readFileSync(files.page, 'utf8')).toContain('<svg')
  })

  it('rank: a session a rank, equal but for the rank', async () => {
    const run = () => studyRank({ ...options, out: out('rank'), ranks: [1, 3], iterations: 4 })
    const { points } = await run()
    expect(points.map((p) => [p.id, p.result.edits, p.result.batches])).toEqual([['rank-1', 6, 2], ['rank-3', 6, 2]]) // prettier-ignore
    expect(points[1].result.parameters).toBe(3 * points[0].result.parameters)
    expect(points[0].result.protocols.paper!.locality).toMatchObject({ n: 1 })
    expect((await run()).points).toEqual(points)
  })

  it('sequence: one session grows, and goes on after a point that is gone', async () => {
    const run = () => studySequence({ ...options, out: out('sequence'), checkpoints: 2, preset: 'paper' })
    const { points } = await run()
    expect(points.map((p) => [p.id, p.result.edits])).toEqual([['edits-4', 4], ['edits-6', 6]]) // prettier-ignore
    const states = points[1].result.states.deployment
    expect(Object.values(states).reduce((a, b) => a + b, 0)).toBe(6)
    rmSync(point('sequence', 'edits-6'))
    const again = await run()
    expect(again.points[1].result.protocols).toEqual(points[1].result.protocols)
    // The session is beyond the first checkpoint: its figures cannot be had again.
    rmSync(point('sequence', 'edits-4'))
    await expect(run()).rejects.toMatchObject({ code: 'BadInput' })
  })

  it('key layer: keys of another layer have a calibration of their own', async () => {
    const { points } = await studyKeyLayer({
      ...options,
      limit: 2,
      out: out('layers'),
      layers: [0, 2],
      preset: 'paper'
    })
    expect(points.map(({ result }) => [result.keyLayer, result.loraLayers])).toEqual([[0, [2, 3]], [2, [3]]]) // prettier-ignore
    await expect(studyKeyLayer({ ...options, out: out('none'), layers: [3] })).rejects.toMatchObject({
      code: 'BadInput'
    })
  })

  it('suggestions: scores of each sentence, what they find, and no sample drawn twice', async () => {
    const passages = join(home.root, 'passages.jsonl')
    const labels = ['accurate', 'major_inaccurate', 'minor_inaccurate', 'accurate']
    const passage = (n: number) => ({
      prompt: `About number ${n}.`,
      sentences: labels.slice(0, 1 + (n % 4)).map((label, s) => ({ text: `It is ${n * s}.`, label }))
    })
    writeFileSync(passages, Array.from({ length: 13 }, (_, n) => JSON.stringify(passage(n)) + '\n').join(''))
    const steps: string[] = []
    const run = () =>
      studySuggestions({
        model: home.model,
        executor: 'onnxruntime',
        out: out('suggestions'),
        passages,
        limit: 12,
        samples: 2,
        onStep: (step) => steps.push(step)
      })
    const { points, figures, files } = await run()
    expect(points.map((p) => [p.id, p.result.length])).toEqual([['passages-1', 10], ['passages-11', 2]]) // prettier-ignore
    expect(steps).toHaveLength(12)
    for (const { scores } of points[0].result[3].sentences) {
      expect(Object.keys(scores)).toHaveLength(8)
      for (const score of Object.values(scores)) expect(score).toBeGreaterThan(0)
      expect(scores['surprise, worst token']).toBeGreaterThanOrEqual(scores['surprise, mean']!)
    }
    expect(figures!.filter((f) => f.score === '1-gram, max').map((f) => [f.errors, f.sentences, f.wrong])).toEqual([
      ['all', 30, 15],
      ['minor', 21, 6],
      ['major', 24, 9],
      ['all', 27, 15]
    ])
    expect(readFileSync(files.page, 'utf8')).toContain('average precision')
    rmSync(point('suggestions', 'passages-11'))
    expect(await run()).toMatchObject({ points, figures })
    expect(steps).toHaveLength(14)
  })
})

describe('figures over the radius', () => {
  const edit = (order: number, key: number[], target: number): IndexedEdit => ({
    editId: `${order}`,
    block: `block ${order}`,
    order,
    records: [{ promptIds: [order, 1], says: [target], key: Float32Array.from(key) }]
  })
  const of = (radius: number, third = 1.6) => {
    const edits = [edit(0, [0, 0], 7), edit(1, [1, 0], 7), edit(2, [third, 0], 8), edit(3, [9, 9], 9)]
    return radiusFigures(
      { edits, rewordings: [{ key: Float32Array.of(9, 8), block: 'block 3' }], accurate: [Float32Array.of(20, 20)] },
      radius
    )
  }

  it('are those worked out by hand', () => {
    // Nobody is near anybody.
    expect(of(0.2)).toMatchObject({ clusters: 4, conflicts: 0, forgotten: 0, answered: 4, rewordings: 0, accurate: 0 })
    // The second joins the first (centre 0.5); the third is 1.1 away and says something else: both get 0.55.
    expect(of(1)).toMatchObject({ clusters: 3, conflicts: 1, forgotten: 0, outOfReach: 0, rewordings: 1, accurate: 0 })
    // 1 away, both get 0.5, and the second is as near to the newer one, which answers for another block.
    expect(of(1, 1.5)).toMatchObject({ conflicts: 1, forgotten: 0, outOfReach: 1, answered: 3 })
    expect(of(40)).toMatchObject({ conflicts: 2, accurate: 0 })
  })
})

describe('figures of suggestions', () => {
  const scored = (labels: Label[], scores: (number | null)[]): ScoredPassage => ({
    passage: 'p',
    sentences: labels.map((label, s) => ({ label, scores: { s: scores[s] } }))
  })

  it('are those worked out by hand', () => {
    const [all, minor, major, each] = suggestionFigures([
      { id: 'a', result: [scored(['accurate', 'major_inaccurate', 'minor_inaccurate'], [2, 3, 1])] },
      { id: 'b', result: [scored(['accurate', 'major_inaccurate'], [5, null]), scored(['major_inaccurate'], [4])] }
    ])
    // Highest first: accurate 5, major 4, major 3, accurate 2, minor 1.
    expect(all).toMatchObject({ passages: 3, sentences: 5, wrong: 3, chance: 0.6 })
    expect(all.averagePrecision).toBeCloseTo((1 / 2 + 2 / 3 + 3 / 5) / 3, 12)
    expect(minor.averagePrecision).toBeCloseTo(1 / 3, 12)
    expect(major).toMatchObject({ sentences: 4, wrong: 2, chance: 0.5 })
    expect(major.averagePrecision).toBeCloseTo((1 / 2 + 2 / 3) / 2, 12)
    // Only the first passage has both kinds.
    expect(each).toMatchObject({ where: 'each passage', passages: 1, sentences: 3, wrong: 2 })
    expect(each.averagePrecision).toBeCloseTo((1 + 2 / 3) / 2, 12)
    expect(each.chance).toBeCloseTo((1 + 3 / 4 + 2 / 3) / 3, 12)
    expect(each.interval).toEqual([each.averagePrecision, each.averagePrecision])
  })

  it('are not measured where nothing is wrong', () => {
    const [all, , , each] = suggestionFigures([{ id: 'a', result: [scored(['accurate'], [1])] }])
    expect(all).toMatchObject({ averagePrecision: null, interval: null, chance: 0 })
    expect(each).toMatchObject({ passages: 0, averagePrecision: null, chance: null })
  })
})

describe('checkpoints', () => {
  it('are whole batches, evenly spread, and end with all edits', () => {
    expect(checkpoints(1392, 4, 4)).toEqual([348, 696, 1044, 1392])
    expect(checkpoints(10, 4, 2)).toEqual([8, 10])
    expect(checkpoints(3, 4, 10)).toEqual([3])
    expect(checkpoints(0, 4, 10)).toEqual([])
  })
})
