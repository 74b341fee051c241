import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Background, BackgroundPlace } from '../../src/main/editor/background.ts'
import { calibrate } from '../../src/main/editor/calibrate.ts'
import { readCalibration, writeCalibration } from '../../src/main/editor/calibration-file.ts'
import type { Calibration } from '../../src/main/editor/calibration.ts'
import { uncalibrated } from '../../src/main/editor/calibration.ts'
import { ratesOf } from '../../src/main/editor/key-meetings.ts'
import { whiten } from '../../src/main/editor/key.ts'
import type { Tensor } from '../../src/main/engine/tensor.ts'
import { writeSafetensors } from '../../src/main/engine/weights/safetensors.ts'
import { openTinyGpt2 } from './tiny-gpt2.ts'
import type { TinyGpt2 } from './tiny-gpt2.ts'

let tiny: TinyGpt2
let folder: string
beforeAll(async () => {
  tiny = await openTinyGpt2()
  folder = mkdtempSync(join(tmpdir(), 'erratum-calibration-'))
})
afterAll(async () => {
  await tiny.remove()
  rmSync(folder, { recursive: true })
})

/** People of three places each, whose names share nothing; a rewording adds a word or two. */
function background(people: number, sameText = false): Background {
  const places = Array.from({ length: people }, (_, n): BackgroundPlace[] => {
    const name = sameText ? 'Ann' : `${String.fromCharCode(65 + (n % 26))}${(n * 7919).toString(36)} ${n * n + 11}`
    return [0, 1, 2].map((place) => {
      const prompt = sameText ? 'About Ann.' : `About ${name}.${' So it was.'.repeat(place)}`
      return {
        person: String(n),
        place,
        prompt,
        target: `It was ${place}.`,
        rewordings: sameText ? [] : [{ kind: 'header', prompt: `Of ${prompt}` }, { kind: 'all', prompt: prompt + ' Oh.' }] // prettier-ignore
      }
    })
  }).flat()
  return { places, texts: ['Another text.', 'And one more.'], hash: 'h', sources: { shipped: people, passages: 0 } }
}

describe('calibrating', () => {
  it('finds a pair that the people it was not chosen with are counted under', async () => {
    const found = await calibrate(tiny.model, background(24))
    const { reach, margin, rates, key, radius, noise } = found.deployment
    expect(reach).toBeGreaterThan(0)
    expect([margin >= 0.5, margin < 1, radius > 0, noise > 0]).toEqual([true, true, true, true])
    const { width, vocabulary } = tiny.model.config
    expect(key.parts).toEqual(['weighted', 'last'])
    expect([key.whitening!.centre.length, key.whitening!.matrix.length % (2 * width)]).toEqual([2 * width, 0])
    expect([key.tokenWeights!.length, key.tokenWeights!.every((w) => w > 0 && w <= 1)]).toEqual([vocabulary, true])
    // 6 people are shown: 4 of them stored, so 2 are strangers with 3 places each, and all places of the 4 are edited.
    expect(rates!.otherPeople.n).toBe(6)
    expect(rates!.samePassages.n).toBe(0)
    expect(Object.keys(rates!.own)).toEqual(['all', 'header, at the header', 'header, later'])
    expect(Object.values(rates!.own).map((r) => r.n)).toEqual([12, 4, 8])
  })

  it('keeps how the people who are shown met the key, and counts by that', async () => {
    const { deployment, paper, sources } = await calibrate(tiny.model, background(24))
    expect(sources).toEqual({ shipped: 24, passages: 0 })
    for (const { meetings, rates, reach, margin } of [deployment, paper]) {
      expect(ratesOf(meetings!, { reach, margin })).toEqual(rates)
      // 4 people of 3 edited places each are read again; the same prompt is the same key within the noise.
      expect(meetings!.repeated).toHaveLength(12)
    }
    const { repeated } = deployment.meetings!
    expect(repeated.every((m) => m.own)).toBe(true)
    expect(Math.max(...repeated.map((m) => m.nearest))).toBeLessThan(1e-3 * deployment.reach)
  })

  it('can leave the numbers as they are, and reads the same meetings of the same background', async () => {
    const made = await calibrate(tiny.model, background(24))
    const bare: Calibration = {
      ...made,
      deployment: { ...made.deployment, meetings: null },
      paper: { ...made.paper, meetings: null },
      sources: null
    }
    expect(await calibrate(tiny.model, background(24), { kept: bare })).toEqual(made)
    const moved = { ...bare, deployment: { ...bare.deployment, reach: 2 * bare.deployment.reach } }
    const { deployment } = await calibrate(tiny.model, background(24), { kept: moved })
    expect(deployment.reach).toBe(moved.deployment.reach)
    expect(deployment.rates).toEqual(ratesOf(deployment.meetings!, deployment))
  })

  it('gives the same for the same background', async () => {
    expect(await calibrate(tiny.model, background(10))).toEqual(await calibrate(tiny.model, background(10)))
  })

  it('falls back and says so where no pair can do it', async () => {
    const { deployment } = await calibrate(tiny.model, background(8, true))
    expect(deployment).toMatchObject({ margin: 0.8, rates: null })
  })

  it('needs people, and can be cancelled', async () => {
    await expect(calibrate(tiny.model, background(7))).rejects.toMatchObject({ code: 'BadInput' })
    const stopping = calibrate(tiny.model, background(8), { signal: AbortSignal.abort() })
    await expect(stopping).rejects.toMatchObject({ code: 'Cancelled' })
  })
})

describe('the file of a calibration', () => {
  const plain = uncalibrated('ab'.repeat(32), 2, { deployment: 3, paper: 4 })
  const whitened: Calibration = {
    ...plain,
    deployment: {
      ...plain.deployment,
      key: {
        layer: 2,
        parts: ['weighted', 'last'],
        metric: 'euclidean',
        tokenWeights: Float32Array.of(1, 0.25, 0.5),
        whitening: { centre: Float32Array.of(1, 2), matrix: Float32Array.of(1, 0, 0.5, 1, 2, 3) }
      },
      rates: { own: { all: { n: 2, share: 0.5 } }, otherPeople: { n: 3, share: 0 }, samePassages: { n: 0, share: 0 } },
      meetings: {
        repeated: [{ kind: 'repeated', nearest: 0, ratio: 0, own: true }],
        rewordings: [
          { kind: 'all', nearest: 0.5, ratio: 0.25, own: true },
          { kind: 'all', nearest: 1.5, ratio: 0.75, own: false },
          { kind: 'header, later', nearest: 0.75, ratio: 1, own: true }
        ],
        otherPeople: [{ kind: 'other people', nearest: 3, ratio: 0.5, own: false }],
        samePassages: []
      }
    },
    sources: { shipped: 24, passages: 3 }
  }

  it.each([['plain', plain], ['whitened', whitened]])('gives a %s one back as it was', (name, calibration) => {
    const file = join(folder, `${name}.safetensors`)
    writeCalibration(file, calibration)
    expect(readCalibration(file)).toEqual(calibration)
  }) // prettier-ignore

  it('of the first form, with a whitening for each part, is read as one that makes the same keys', () => {
    const file = join(folder, 'first-form.safetensors')
    const tensor = (shape: number[], ...data: number[]): Tensor => ({ dtype: 'float32', shape, data: Float32Array.from(data) }) // prettier-ignore
    const parts = {
      'part0.centre': tensor([2], 1, 2),
      'part0.matrix': tensor([2, 2], 1, 0, 0.5, 1),
      'part1.centre': tensor([2], -1, 0),
      'part1.matrix': tensor([2, 2], 2, 3, 5, 7)
    }
    const key = { layer: 2, parts: ['mean', 'last'], metric: 'euclidean', whitened: true }
    const record = { ...plain, deployment: { ...plain.deployment, key } }
    writeSafetensors(file, parts, { erratum: JSON.stringify(record) })
    const { whitening } = readCalibration(file).deployment.key
    // (3, 6) and (1, 1): (2, 4) · [[1, 0], [.5, 1]] = (4, 4); (2, 1) · [[2, 3], [5, 7]] = (9, 13)
    expect([...whiten(Float32Array.of(3, 6, 1, 1), whitening!)]).toEqual([4, 4, 9, 13])
  })

  it('of a version that kept no meetings is read without them', () => {
    const file = join(folder, 'without-meetings.safetensors')
    const { sources, ...record } = plain
    const { meetings, ...paper } = plain.paper
    expect([sources, meetings]).toEqual([null, null])
    const { key, meetings: none, ...numbers } = plain.deployment
    expect(none).toBeNull()
    const deployment = { ...numbers, key: { ...key, whitened: false } }
    writeSafetensors(file, {}, { erratum: JSON.stringify({ ...record, deployment, paper }) })
    expect(readCalibration(file)).toEqual(plain)
  })

  it('that is broken is a typed error', () => {
    const file = join(folder, 'broken.safetensors')
    writeFileSync(file, 'no calibration')
    expect(() => readCalibration(file)).toThrow(expect.objectContaining({ code: 'BadFile' }))
    writeCalibration(file, { ...plain, deployment: { ...plain.deployment, margin: 1.5 } })
    expect(() => readCalibration(file)).toThrow(/margin/)
  })
})
