import { afterAll, beforeAll, expect, it } from 'vitest'
import { samplePassages } from '../../src/main/editor/sample-passages.ts'
import { writePassage } from '../../src/main/editor/passage-writer.ts'
import { openTinyGpt2 } from './tiny-gpt2.ts'
import type { TinyGpt2 } from './tiny-gpt2.ts'

let tiny: TinyGpt2
beforeAll(async () => {
  tiny = await openTinyGpt2({ spread: 0.3 })
})
afterAll(() => tiny.remove())

const samplings = [1, 3].map((seed) => ({ temperature: 1, seed }))

it('draws side by side what is drawn one by one, wherever each ends', async () => {
  const { model } = tiny
  const ids = model.tokenizer.encode('Who was it?').ids
  const stops = new Set<string>()
  for (const limits of [
    { sentences: 1, maxNewTokens: 60 },
    { sentences: 40, maxNewTokens: 200 }
  ]) {
    const together = await samplePassages(model, 'Who was it?', samplings, limits)
    for (const [i, sampling] of samplings.entries()) {
      const { tokens, stop } = await writePassage(model, ids, null, sampling, limits)
      const kept = tokens.slice(0, stop === 'eos' ? -1 : undefined)
      expect(together[i]).toBe(model.tokenizer.decode(kept.map((t) => t.id)))
      stops.add(stop)
    }
  }
  expect([...stops].sort()).toEqual(expect.arrayContaining(['length', 'sentences']))
  expect(stops.size).toBeGreaterThan(2)
})

it('stops at the next token when it is told to', async () => {
  const abort = new AbortController()
  const counts: number[] = []
  const limits = {
    sentences: 40,
    maxNewTokens: 60,
    signal: abort.signal,
    onToken: (count: number) => {
      counts.push(count)
      if (count === 3) abort.abort()
    }
  }
  await expect(samplePassages(tiny.model, 'Who?', samplings, limits)).rejects.toMatchObject({ code: 'Cancelled' })
  expect(counts).toEqual([1, 2, 3])
})

it('refuses a passage without a header', async () => {
  const limits = { sentences: 1, maxNewTokens: 2 }
  await expect(samplePassages(tiny.model, '', samplings, limits)).rejects.toMatchObject({ code: 'BadInput' })
})
