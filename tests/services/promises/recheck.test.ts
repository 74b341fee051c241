/** Promises are looked at again after every change of the edits: the contract's requests over the real engine, a tiny model. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import type { BrokenPromises, Job, Passage } from '../../../src/contract/types.ts'
import type { Engine } from '../../../src/main/engine-process/engine.ts'
import { openWorkbench } from '../../../src/main/services/editing.ts'
import { redoBatch, undoBatch } from '../../../src/main/services/edit-sessions.ts'
import { checkSession, showWithPromises } from '../../../src/main/services/promises/session-promises.ts'
import { generate } from '../../../src/main/services/generate.ts'
import { pair, until } from '../../contract/pair.ts'
import { tinyHome } from '../tiny-home.ts'
import type { TinyHome } from '../tiny-home.ts'

let home: TinyHome
let dir: string
let client: Client
let engine: Engine
const broken: BrokenPromises[] = []

async function open(): Promise<void> {
  ;({ client, engine } = pair((options) =>
    openWorkbench({ ...options, newModel: home.model, sessionDir: dir, executor: 'onnxruntime' })
  ))
  client.on('promises.broken', (told) => broken.push(told))
  await client.call('session.open', {})
  await quiet()
}

beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  dir = join(home.root, 'work')
  await open()
})
afterAll(async () => {
  await engine.close()
  home.remove()
})

const quiet = (): Promise<void> =>
  until(async () => (await client.call('jobs.list', {})).every((j) => j.endedAt !== null))

async function done({ id }: Job): Promise<Job> {
  await quiet()
  const job = (await client.call('jobs.list', {})).find((one) => one.id === id)!
  expect(job).toMatchObject({ state: 'done', error: null })
  return job
}

async function passage(): Promise<Passage> {
  const [one] = await client.call('passages.list', {})
  return one
}

const trainFile = async (fileName: string, prompt: string, target: string): Promise<Job> =>
  done(
    await client.call('train.file', {
      fileName,
      content: JSON.stringify({ id: 'f1', prompt, target_new: target })
    })
  )

/** What the command writes is what Compare says. */
async function expectWritten(): Promise<void> {
  const { prompt, rewriting } = await passage()
  const { text } = await generate({ session: dir, prompt, maxNewTokens: 60 })
  expect(text.trim().startsWith(rewriting!.text)).toBe(true)
}

describe('a promise', { timeout: 240_000 }, () => {
  it('is kept by the training that it was approved for', async () => {
    const content = JSON.stringify({
      id: 'p',
      prompt: 'About Ann.',
      sentences: [{ text: 'She ran.' }, { text: 'She was old.', correction: 'She was young.' }, { text: 'So it' }]
    })
    await client.call('passages.import', { fileName: 'p.jsonl', content, template: 'About {name}.' })
    const { id } = await passage()
    // Random weights put no space behind a last sentence, so that its end would not count: a fragment stands there.
    for (const sentence of [0, 2]) await client.call('review.mark', { passageId: id, sentence, mark: 'accurate' })
    await done(await client.call('train.start', {}))
    expect((await passage()).promise).toMatchObject({ promised: 3, checked: true, standings: ['held', 'held', 'held'] })
    await expectWritten()
  })

  it('is told to be broken at once by edits of a file at the same prompt, with the edit and its file', async () => {
    const job = await trainFile('more.jsonl', 'About Ann.', 'He sank.')
    expect(job.kind).toBe('train')
    const { promise } = await passage()
    const cause = { kind: 'edit', editId: 'f1', target: 'He sank.', file: 'more.jsonl' }
    expect(promise).toMatchObject({ promised: 3, checked: true, broken: { sentence: 0, cause } })
    expect(broken).toMatchObject([{ passages: [{ sentence: 0, cause }], edits: [] }])
    expect(await client.call('promises.list', {})).toMatchObject({ edits: 1, held: 1, unchecked: 0, broken: [] })
    const check = (await client.call('jobs.list', {})).findLast((one) => one.kind === 'check')
    expect(check?.summary).toBe('1 promise is broken that held before.')
    await expectWritten()
  })

  it('stays told through a restart, and holds again once the file is taken back', async () => {
    await engine.close()
    const told = broken.length
    await open()
    expect((await passage()).promise).toMatchObject({ checked: true, broken: { cause: { file: 'more.jsonl' } } })
    await client.call('history.undo', {})
    await quiet()
    expect((await passage()).promise).toMatchObject({
      checked: true,
      standings: ['held', 'held', 'held'],
      broken: null
    })
    await expectWritten()
    await client.call('history.redo', {})
    await quiet()
    expect((await passage()).promise).toMatchObject({ checked: true, broken: { sentence: 0 } })
    expect(broken.length).toBe(told + 1)
    await client.call('history.undo', {})
    await quiet()
  })

  it('is no longer told to hold where another program changed the edits, until it was looked at again', async () => {
    await engine.close()
    const { undone } = await undoBatch(dir)
    const { client: reader, engine: reading } = pair((options) =>
      openWorkbench({ ...options, newModel: home.model, sessionDir: dir, executor: 'onnxruntime', readOnly: true })
    )
    await reader.call('session.open', { readOnly: true })
    expect((await reader.call('passages.list', {}))[0].promise.checked).toBe(false)
    await expect(reader.call('promises.check', {})).rejects.toMatchObject({ code: 'Unavailable' })
    await reading.close()
    await redoBatch(dir, undone.block)
    await open()
    expect((await passage()).promise).toMatchObject({ checked: true, standings: ['held', 'held', 'held'] })
  })

  it('of an edit of a file breaks with what takes its place nearby, and is none where the same prompt is trained again', async () => {
    await trainFile('one.jsonl', 'About Bob.', 'He sang.')
    expect(await client.call('promises.list', {})).toMatchObject({ edits: 1, held: 1, replaced: 0 })
    await trainFile('two.jsonl', 'About Bob.', 'He swam.')
    expect(await client.call('promises.list', {})).toMatchObject({ edits: 2, held: 1, replaced: 1, broken: [] })
  })

  it('and what a file would break or replace is known before it is trained', async () => {
    const content = [
      { id: 'a', prompt: 'About Ann.', target_new: 'He sank.' },
      { id: 'b', prompt: 'About Bob.', target_new: 'He sang.' },
      { id: 'c', prompt: 'About Bob.', target_new: 'He fell.' },
      { id: 'd', prompt: 'About Cid.', target_new: 'He fell.' }
    ].map((row) => JSON.stringify(row))
    const file = { fileName: 'four.jsonl', content: content.join('\n') }
    const before = await client.call('results.list', {})
    const preview = await client.call('train.preview', file)
    expect(preview).toMatchObject({ edits: 3, known: 0, replacedInFile: 1 })
    expect(preview.conflicts).toEqual([
      expect.objectContaining({
        ...{ line: 1, kind: 'same prompt', target: 'She ran.', edit: null },
        passage: expect.objectContaining({ sentence: 0 }) as object
      }),
      expect.objectContaining({
        ...{ line: 3, kind: 'same prompt', target: 'He swam.', passage: null },
        edit: { editId: expect.any(String) as string, file: 'two.jsonl' }
      })
    ])
    // Nothing was trained by looking, and what was left out is not trained afterwards.
    expect(await client.call('results.list', {})).toEqual(before)
    await done(await client.call('train.file', { ...file, leaveOut: [1, 3] }))
    expect((await passage()).promise).toMatchObject({ checked: true, broken: null })
    expect(await client.call('promises.list', {})).toMatchObject({ replaced: 2, broken: [] })
  })

  it('sentences that nobody approved are approved as they are written now, or had back as they were', async () => {
    const content = JSON.stringify({
      id: 'q',
      prompt: 'About Dee.',
      sentences: [{ text: 'She ran.' }, { text: 'So it' }]
    })
    const [{ id }] = await client.call('passages.import', { fileName: 'q.jsonl', content, template: 'About {name}.' })
    await done(await client.call('passages.regenerate', { passageId: id }))
    const [written] = (await client.call('passages.list', {})).filter((p) => p.id === id)
    expect(written.promise).toMatchObject({ promised: 0, checked: true, standings: ['other', 'other'] })
    const [kept] = await client.call('review.settle', { passageIds: [id], as: 'before' })
    expect(kept.sentences.map((s) => s.mark)).toEqual(['accurate', 'accurate'])
    await done(await client.call('train.start', { passageIds: [id] }))
    const [trained] = (await client.call('passages.list', {})).filter((p) => p.id === id)
    expect(trained.promise).toMatchObject({ promised: 2, checked: true, standings: ['held', 'held'] })
  })

  it('is told by the command, which looks again after another program changed the edits', async () => {
    await engine.close()
    const known = await showWithPromises(dir)
    expect(known.promises.passages).toMatchObject({ promised: 5, held: 5, broken: [], unchecked: 0 })
    await undoBatch(dir)
    const changed = await showWithPromises(dir)
    expect(changed.promises.passages).toMatchObject({ held: 0, unchecked: 5 })
    const { newlyBroken, promises } = await checkSession(dir)
    // The batch was the second passage's: its training is not in force, and what was approved of it waits.
    expect(promises.passages).toEqual({ promised: 3, held: 3, broken: [], unchecked: 0 })
    expect(newlyBroken).toEqual({ passages: [], edits: [] })
    await redoBatch(dir)
    await open()
    expect((await passage()).promise).toMatchObject({ checked: true, broken: null })
  })
})
