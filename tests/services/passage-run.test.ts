import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openEditSession } from '../../src/main/services/edit-sessions.ts'
import type { EditSession } from '../../src/main/services/edit-session.ts'
import { editsOf, runPassages } from '../../src/main/services/passage-run.ts'
import type { PassageInput } from '../../src/main/services/passage-run.ts'
import { tinyHome } from './tiny-home.ts'
import type { TinyHome } from './tiny-home.ts'

let home: TinyHome
let session: EditSession
let count = 0
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
})
afterAll(() => home.remove())
beforeEach(async () => {
  const settings = { rank: 8, iterations: 60, extraIterations: 240, halveEvery: 150 }
  const dir = join(home.root, `session-${count++}`)
  session = await openEditSession({ model: home.model, dir, executor: 'onnxruntime', settings })
})
afterEach(() => session.close())

const passage: PassageInput = {
  id: 'p',
  line: 3,
  prompt: 'About Ann. ',
  sentences: [
    { text: 'She ran.', label: 'accurate' },
    { text: 'She was old.', label: 'major_inaccurate', correction: 'She was young.' },
    { text: 'It ended.', label: 'minor_inaccurate' }
  ]
}
const approvedOnly = { ...passage, sentences: passage.sentences.slice(0, 2) }
const run = (one: PassageInput, options = {}) => runPassages(session, [one], { batchSize: 1, ...options })

describe('the edits of a passage', () => {
  it('stand behind the corrected sentences, or behind the model’s own as in the paper', () => {
    const two = { ...passage, sentences: [{ text: 'He ran.', correction: 'She ran.' }, ...passage.sentences.slice(1)] }
    expect(editsOf(two, 'corrected').map((e) => e.prompt)).toEqual(['About Ann. ', 'About Ann. She ran.'])
    expect(editsOf(two, 'original').map((e) => e.prompt)).toEqual(['About Ann. ', 'About Ann. He ran.'])
    expect(editsOf(two, 'corrected')[1]).toMatchObject({ id: 'p/1', line: 3, target: 'She was young.' })
  })
})

describe('approved is written', { timeout: 240_000 }, () => {
  it('by one writing from the header alone, after accurate sentences were trained along', async () => {
    const { passages, skipped, rows } = await run(approvedOnly)
    expect(skipped).toEqual([])
    expect(rows.slice(0, 2).map((r) => r.id)).toEqual(['p/0', 'p/1'])
    expect(passages).toEqual([expect.objectContaining({ id: 'p', differs: [], approved: 'She ran. She was young.' })])
    // Random weights put no space behind the last sentence, so that it does not count as the end there.
    expect(passages[0].written.startsWith(passages[0].approved)).toBe(true)
    expect(passages[0].asApproved).toBe(passages[0].written === passages[0].approved)
    expect((await run(approvedOnly)).batches).toEqual([])
  })

  it('to the last word of a passage that breaks off in the middle of a sentence', async () => {
    const broken = {
      ...approvedOnly,
      sentences: [...approvedOnly.sentences, { text: 'It was', label: 'accurate' as const }]
    }
    const { passages } = await run(broken)
    expect(passages).toEqual([
      expect.objectContaining({ asApproved: true, written: 'She ran. She was young. It was', differs: [] })
    ])
  })

  it('and nothing is promised of a sentence that was not approved', async () => {
    const { passages, rows } = await run(passage)
    expect(passages[0]).toMatchObject({ asApproved: null, differs: [] })
    expect(rows.some((r) => r.id.startsWith('p/2'))).toBe(false)
  })

  it('in the original context the corrections alone are trained', async () => {
    const { rows, passages } = await run(passage, { context: 'original' })
    expect([rows.map((r) => r.id), passages]).toEqual([['p/1'], []])
  })

  it('or what lies beyond the context is named, and not trained in circles', async () => {
    const last = { text: 'word '.repeat(80) + 'end.', label: 'accurate' as const }
    const long = { ...passage, sentences: [...approvedOnly.sentences, last] }
    await expect(run(long)).rejects.toMatchObject({ code: 'DoesNotFit', details: { line: 3, rows: [{ id: 'p/2' }] } })
    const { skipped, passages } = await run(long, { skipUnfit: true })
    expect(skipped.map((s) => s.id)).toEqual(['p/2'])
    expect(passages[0]).toMatchObject({ asApproved: false, differs: [] })
  })

  it('with a start made by hand, at which the writer decides anew though no sentence ends there', async () => {
    const byHand = {
      ...passage,
      sentences: [
        { text: 'She ran', label: 'accurate' as const },
        { text: 'and sat.', label: 'major_inaccurate' as const, correction: 'and stood up.' }
      ]
    }
    const { passages, rows } = await run(byHand)
    expect(rows.slice(0, 2).map((r) => [r.prompt, r.target])).toEqual([
      ['About Ann. ', 'She ran'],
      ['About Ann. She ran', 'and stood up.']
    ])
    expect(passages[0].written.startsWith('She ran and stood up.')).toBe(true)
    const { routes, tokens } = await session.write('About Ann.', {}, { maxNewTokens: 40 })
    const start = session.model.tokenizer.encode('About Ann. She ran').ids.length
    expect(routes.find((r) => r.position === start)?.editId).toMatch(/^p\/1/)
    // It is a start only because an edit begins there: the text itself ends no sentence.
    expect(
      tokens
        .slice(0, start - 2)
        .map((t) => t.text)
        .join('')
    ).not.toMatch(/[.!?]/)
  })

  it('and a run that is cancelled says so', async () => {
    await expect(run(passage, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'Cancelled' })
  })
})
