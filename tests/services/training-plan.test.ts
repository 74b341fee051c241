import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openEditSession } from '../../src/main/services/edit-sessions.ts'
import type { EditSession } from '../../src/main/services/edit-session.ts'
import { runPassages } from '../../src/main/services/passage-run.ts'
import type { PassageInput } from '../../src/main/services/passage-run.ts'
import { planPassage } from '../../src/main/services/training-plan.ts'
import { tinyHome } from './tiny-home.ts'
import type { TinyHome } from './tiny-home.ts'

let home: TinyHome
let session: EditSession
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  const settings = { rank: 8, iterations: 60, extraIterations: 240, halveEvery: 150 }
  session = await openEditSession({ model: home.model, dir: join(home.root, 's'), executor: 'onnxruntime', settings })
})
afterAll(async () => {
  await session.close()
  home.remove()
})

const passage: PassageInput = {
  id: 'p',
  prompt: 'About Ann.',
  sentences: [
    { text: 'She ran.', label: 'accurate' },
    { text: 'She was old.', correction: 'She was young.' },
    { text: 'It ended.', label: 'minor_inaccurate' }
  ]
}

it('tells what would be trained and what the model would write there, and nothing once it is trained', async () => {
  const plan = await planPassage(session, passage, 'corrected')
  expect(plan.beyond).toEqual([])
  // Random weights write neither by themselves.
  expect(plan.sentences.map((s) => [s.sentence, s.kind])).toEqual([
    [0, 'retained'],
    [1, 'corrected']
  ])
  const { text } = await session.write('About Ann. She ran.', {}, { maxNewTokens: 3 })
  expect(plan.sentences[1].wouldWrite.startsWith(text.trim())).toBe(true)
  expect((await planPassage(session, passage, 'original')).sentences.map((s) => s.sentence)).toEqual([1])

  expect(plan.sentences.map((s) => s.replaces)).toEqual([null, null])

  await runPassages(session, [passage], { batchSize: 2 })
  expect((await planPassage(session, passage, 'corrected')).sentences).toEqual([])

  // Another passage with the same header wants something else at the second sentence, and so may the passage itself.
  const [first, second] = passage.sentences
  const changed = { ...passage, sentences: [first, { ...second, correction: 'She was tall.' }] }
  const replaces = async (id: string) => (await planPassage(session, { ...changed, id }, 'corrected')).sentences
  expect((await replaces('q')).map((s) => [s.sentence, s.replaces?.target])).toEqual([[1, 'She was young.']])
  expect((await replaces('p')).map((s) => s.replaces)).toEqual([null])
}, 240_000)

it('names approved sentences beyond the context', async () => {
  const long = { text: `${'word '.repeat(80)}end.`, label: 'accurate' as const }
  const plan = await planPassage(session, { ...passage, sentences: [...passage.sentences, long] }, 'corrected')
  expect(plan.beyond).toEqual([3])
})
