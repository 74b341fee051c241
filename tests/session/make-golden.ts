/**
 * Makes a golden session with the code as it stands: run it before `SCHEMA_VERSION` grows.
 *
 *     node --no-warnings tests/session/make-golden.ts tests/session/golden/schema-<n>
 *
 * It writes `session/` and, as `written.json`, what `EditSession.write` gives greedily under it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { samplingSchema } from '../../src/contract/types.ts'
import { GREEDY } from '../../src/main/engine/generation/sampler.ts'
import { openEditSession } from '../../src/main/services/edit-sessions.ts'
import { Workspace } from '../../src/main/services/workspace.ts'
import { tinyHome } from '../services/tiny-home.ts'

const PROMPTS = ['About Ann.', 'About Bob and others.', 'About Cid.', 'About Dee.', 'About Eve.', 'Something else.']
const TOKENS = 6

if (process.argv[2] === undefined) throw new Error('Give the folder that is to be made.')
const golden = resolve(process.argv[2])
mkdirSync(golden, { recursive: true })
rmSync(join(golden, 'session'), { recursive: true, force: true })
const home = await tinyHome()
process.env['ERRATUM_HOME'] = home.root
const session = await openEditSession({
  model: home.model,
  dir: join(golden, 'session'),
  executor: 'onnxruntime',
  settings: { rank: 2, iterations: 60, extraIterations: 120 }
})
const { store } = session
const journal = {
  appendRecord: async (kind: string, payload: unknown) => {
    await store.appendRecord(kind, payload)
  },
  records: (kind: string) => store.records(kind).map(({ payload }) => payload)
}
const workspace = new Workspace(journal, { onChange: () => undefined })
await workspace.record({
  type: 'begun',
  passages: [{ id: 'p1', name: 'Ann', prompt: 'About Ann.', sampling: samplingSchema.parse({}) }]
})
const sentences = [
  { text: 'She was tall.', surprise: 0.5 },
  { text: 'She slept.', surprise: 1.5 }
]
await workspace.record({
  type: 'written',
  passageId: 'p1',
  state: 'written',
  text: 'She was tall. She slept.',
  sentences
})
await workspace.mark('p1', 0, 'major_inaccurate')
await workspace.correct('p1', 0, 'She was born in May.', true)

await session.trainBatch([{ id: 'a', prompt: 'About Ann.', target: 'She was born in May.' }])
await session.trainBatch([
  { id: 'b', prompt: 'About Bob and others.', target: 'He wrote two books. He slept.', extra: { subject: 'Bob' } },
  { id: 'c', prompt: 'About Cid.', target: 'It sank.' }
])
const taken = await session.trainBatch([{ id: 'd', prompt: 'About Dee.', target: 'It ran dry.' }])
await session.trainBatch([{ id: 'e', prompt: 'About Eve.', target: 'She sang.' }])
await session.undo(taken.block)

const written = []
for (const prompt of PROMPTS) {
  const { tokens, routes } = await session.write(prompt, GREEDY, { maxNewTokens: TOKENS })
  written.push({ prompt, tokens: tokens.map(({ id }) => id), blocks: routes.map(({ block }) => block) })
}
writeFileSync(join(golden, 'written.json'), JSON.stringify(written, null, 1) + '\n')
console.log(store.batches.map(({ block }) => block).join(' '), '| taken out:', taken.block)
await session.close()
rmSync(join(golden, 'session', 'index.lance'), { recursive: true, force: true })
home.remove()
