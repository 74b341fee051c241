// The key's study on a tiny model: its first row is what calibrating finds, and it goes on where it was.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { calibrate } from '../../../src/main/editor/calibrate.ts'
import { readBackground } from '../../../src/main/services/calibrations.ts'
import { openModel } from '../../../src/main/services/model-library.ts'
import { fitKey, keyVariants } from '../../../src/main/services/studies/key-variants.ts'
import type { KeyVariant } from '../../../src/main/services/studies/key-variants.ts'
import { studyKey } from '../../../src/main/services/studies/key.ts'
import { Stream } from '../../parity/random-gpt2.ts'
import { tinyHome } from '../tiny-home.ts'
import type { TinyHome } from '../tiny-home.ts'

let home: TinyHome
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
})
afterAll(() => home.remove())

/** Three places each, of names that share nothing; a rewording adds a word or two. */
function people(): object[] {
  return Array.from({ length: PEOPLE }, (_, n) => {
    const name = `${String.fromCharCode(65 + n)}${(n * 7919).toString(36)} ${n * n + 11}`
    return [0, 1, 2].map((place) => {
      const prompt = `About ${name}.${' So it was.'.repeat(place)}`
      const rewordings = [{ kind: 'header', prompt: `Of ${prompt}` }, { kind: 'all', prompt: `${prompt} Oh.` }] // prettier-ignore
      return { id: `${n}-${place}`, person: String(n), place, prompt, target: `It was ${place}.`, rewordings }
    })
  }).flat()
}

const PEOPLE = 24
const D = 4
const stream = new Stream(8)
const rows = (n: number, length: number): Float32Array[] => Array.from({ length: n }, () => stream.floats(length, 1))
const plus = (a: Float32Array, b: Float32Array): Float32Array => a.map((v, i) => v + b[i])
const variant = (fit: KeyVariant['fit'], metric: KeyVariant['metric'] = 'euclidean'): KeyVariant => ({
  id: fit,
  parts: [],
  fit,
  metric
})

describe('the key’s study', { timeout: 240_000 }, () => {
  it('has the calibration in its first row, and measures nothing twice', async () => {
    const background = join(home.root, 'background.jsonl')
    writeFileSync(
      background,
      people()
        .map((row) => JSON.stringify(row) + '\n')
        .join('')
    )
    const run = () => studyKey({ model: home.model, out: join(home.root, 'key'), background, executor: 'onnxruntime' })
    const { points, files } = await run()
    const { model } = await openModel(home.model, 'onnxruntime')
    const { deployment, paper } = await calibrate(model, readBackground(PEOPLE, background)).finally(() =>
      model.release()
    )
    const rates = (id: string) => points.find((p) => p.id === id)!.result.rates.find((r) => r.wanted === 0.01)!.rates
    expect(deployment.rates).not.toBeNull()
    expect(rates('weighted-last')).toEqual(deployment.rates)
    expect(rates('paper')).toEqual(paper.rates)
    expect(points).toHaveLength(keyVariants(1, 2).length)
    expect(readFileSync(files.page, 'utf8')).toContain('<svg')
    expect((await run()).points).toEqual(points)
  })
})

describe('whitening parts one by one', () => {
  const originals = rows(40, 2 * D)
  const fitted = originals.map((original) => ({
    original,
    rewordings: rows(2, 2 * D).map((move) => plus(original, move))
  }))
  const keys = (v: KeyVariant): Float32Array[] => {
    const map = fitKey(v, fitted, D)
    return originals.map((x) => map(x))
  }

  it.each(['each by principal directions', 'each by rewordings'] as const)('%s: a part has mean square 1', (fit) => {
    for (const start of [0, D]) {
      const squares = keys(variant(fit)).flatMap((key) => [...key.subarray(start, start + D)].map((v) => v * v))
      expect(squares.reduce((sum, v) => sum + v, 0) / squares.length).toBeCloseTo(1, 4)
    }
  })

  it('by principal directions leaves the components of a part uncorrelated', () => {
    const all = keys(variant('each by principal directions'))
    for (let i = 0; i < D; i++)
      for (let j = 0; j < D; j++)
        expect(all.reduce((sum, key) => sum + key[i] * key[j], 0) / all.length).toBeCloseTo(i === j ? 1 : 0, 3)
  })

  it('and the cosine are distances of unit vectors', () => {
    for (const key of keys(variant('none', 'cosine'))) expect(Math.hypot(...key)).toBeCloseTo(1, 5)
  })
})
