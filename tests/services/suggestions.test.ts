// What says where to look first: drawn by a job, kept in the journal, scored as the sentences are cut now.
import { describe, expect, it } from 'vitest'
import { samplingSchema } from '../../src/contract/types.ts'
import type { Suggestion } from '../../src/contract/types.ts'
import { ngramScores } from '../../src/main/evaluation/ngram-support.ts'
import { Suggestions } from '../../src/main/services/review/suggestions.ts'
import { fakeWorkbench } from '../contract/fake-workbench.ts'
import { pair, until } from '../contract/pair.ts'
import { passage, sentence } from '../renderer/review-records.ts'

type JournalRecord = { kind: string; payload: unknown }

describe('suggestions', () => {
  const two = passage('p', [sentence('She was born in Orrin.'), sentence('She sang.')])

  it('are scored by the samples that are there, and come back from the journal', async () => {
    const journal: JournalRecord[] = []
    const suggestions = new Suggestions(fakeWorkbench({ journal }))
    expect(suggestions.of(two)).toBeNull()
    await suggestions.addSamples('p', ['She was born in Orrin. She died.', ''])
    await suggestions.addSurprises('p', [{ text: 'She sang.', surprise: { mean: 2, worst: 5 } }])
    const due = ngramScores(1, ['She was born in Orrin.', 'She sang.'], ['She was born in Orrin.', 'She died.'])
    expect(suggestions.of(two)).toEqual({
      passageId: 'p',
      samples: 2,
      sentences: [
        { surprise: null, unsupported: due[0] },
        { surprise: { mean: 2, worst: 5 }, unsupported: due[1] }
      ]
    })
    const again = new Suggestions(fakeWorkbench({ journal: structuredClone(journal) }))
    expect(again.of(two)).toEqual(suggestions.of(two))
  })

  it('are scored anew when a sentence is cut otherwise, and only then', async () => {
    const suggestions = new Suggestions(fakeWorkbench())
    await suggestions.addSamples('p', ['She sang.'])
    expect(suggestions.recut(two)).toBeNull()
    suggestions.of(two)
    expect(suggestions.recut({ ...two, name: 'Another' })).toBeNull()
    const joined = passage('p', [sentence('She was born in Orrin. She sang.')])
    expect(suggestions.recut(joined)?.sentences).toHaveLength(1)
    expect(suggestions.recut(joined)).toBeNull()
  })

  it('pass over records that cannot be read', () => {
    const journal = [{ kind: 'suggestion', payload: { type: 'samples', passageId: 'p', texts: 'one' } }]
    expect(new Suggestions(fakeWorkbench({ journal })).of(two)).toBeNull()
  })
})

describe('the job that samples', () => {
  async function written(journal: JournalRecord[], stepMs = 0) {
    const { client, engine } = pair(async () => fakeWorkbench({ journal, stepMs }))
    await client.call('session.open', {})
    const names = ['Mara Ellin', 'Teod Varr']
    const template = 'This is a Wikipedia passage about {name}.'
    const job = await client.call('passages.generate', { names, template, sampling: samplingSchema.parse({}) })
    await until(async () => (await client.call('jobs.list', {})).find((j) => j.id === job.id)?.state === 'done')
    const ids = (await client.call('passages.list', {})).map((p) => p.id)
    return { client, engine, ids }
  }

  it('draws what is missing, tells of each passage, and a reload has it', async () => {
    const journal: JournalRecord[] = []
    const { client, engine, ids } = await written(journal)
    const told: Suggestion[] = []
    client.on('suggestions.changed', (suggestion) => told.push(suggestion))
    const run = async (samples: number): Promise<string | null> => {
      const { id } = await client.call('suggestions.start', { passageIds: ids, samples })
      const job = async () => (await client.call('jobs.list', {})).find((j) => j.id === id)
      await until(async () => (await job())?.endedAt != null)
      return (await job())!.summary
    }
    expect(await run(3)).toMatch(/^6 samples drawn for 2 passages/)
    expect(told.map((s) => [s.passageId, s.samples])).toEqual(ids.map((id) => [id, 3]))
    expect(await run(12)).toMatch(/^18 samples/)
    expect(await run(12)).toMatch(/^Nothing had to be sampled/)
    const all = await client.call('suggestions.list', {})
    expect(all.map((s) => s.samples)).toEqual([12, 12])
    // All samples say the last sentence, and each says something else of the birth.
    const [, birth, , , last] = all[0].sentences.map((s) => s.unsupported!.average)
    expect(birth).toBeGreaterThan(last)
    await engine.close()
    const again = pair(async () => fakeWorkbench({ journal }))
    await again.client.call('session.open', {})
    expect(await again.client.call('suggestions.list', {})).toEqual(all)
    await again.engine.close()
  })

  it('keeps what was drawn when it is cancelled, and goes on there', async () => {
    const { client, engine, ids } = await written([], 5)
    const job = await client.call('suggestions.start', { passageIds: ids, samples: 10 })
    await until(async () => (await client.call('suggestions.list', {})).length === 1)
    await client.call('jobs.cancel', { jobId: job.id })
    await until(async () => (await client.call('jobs.list', {})).find((j) => j.id === job.id)?.endedAt != null)
    expect((await client.call('suggestions.list', {})).map((s) => s.samples)).toEqual([10])
    const next = await client.call('suggestions.start', { passageIds: ids })
    await until(async () => (await client.call('jobs.list', {})).find((j) => j.id === next.id)?.state === 'done')
    expect((await client.call('suggestions.list', {})).map((s) => s.samples)).toEqual([10, 10])
    await engine.close()
  })

  it('refuses a passage that is not there, and more samples than it may draw', async () => {
    const { client, engine } = await written([])
    await expect(client.call('suggestions.start', { passageIds: ['x'] })).rejects.toMatchObject({ code: 'NotFound' })
    const many = { passageIds: ['x'], samples: 51 }
    await expect(client.call('suggestions.start', many)).rejects.toMatchObject({ code: 'BadInput' })
    await engine.close()
  })
})
