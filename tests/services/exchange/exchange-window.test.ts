/** Files in and out as the window asks for them: the contract's requests over the real engine and a tiny model. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import type { ParamsIn } from '../../../src/contract/contract.ts'
import type { Job } from '../../../src/contract/types.ts'
import { openWorkbench } from '../../../src/main/services/editing.ts'
import type { Engine } from '../../../src/main/engine-process/engine.ts'
import { pair, until } from '../../contract/pair.ts'
import { tinyHome } from '../tiny-home.ts'
import type { TinyHome } from '../tiny-home.ts'

let home: TinyHome
let client: Client
let engine: Engine

beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  const sessionDir = join(home.root, 'work')
  ;({ client, engine } = pair((options) =>
    openWorkbench({ ...options, newModel: home.model, sessionDir, executor: 'onnxruntime' })
  ))
  await client.call('session.open', {})
})
afterAll(async () => {
  await engine.close()
  home.remove()
})

async function ended({ id }: Job): Promise<Job> {
  let job: Job | undefined
  await until(async () => {
    job = (await client.call('jobs.list', {})).find((one) => one.id === id)
    return job?.endedAt !== null
  })
  return job!
}

const given = (records: unknown[], more: Partial<ParamsIn<'train.file'>> = {}): ParamsIn<'train.file'> => ({
  fileName: 'zsre.jsonl',
  content: records.map((record) => JSON.stringify(record)).join('\n'),
  ...more
})
const ANN = { src: 'Who is Ann?', alt: 'She sings.', rephrase: 'Ann, who is she?' }
const BOB = { src: 'Who is Bob?', alt: 'He rows.', subject: 'Bob' }

describe('a file of edits', { timeout: 120_000 }, () => {
  it('with a bad row is refused with line and field, and the good ones can be had', async () => {
    const file = given([ANN, { src: 'Who is Cid?' }, BOB])
    await expect(client.call('train.file', file)).rejects.toMatchObject({
      code: 'BadFile',
      details: { file: 'zsre.jsonl', line: 2, field: 'alt', good: 2, bad: [{ line: 2 }] }
    })
    await expect(client.call('train.file', file)).rejects.toMatchObject({
      details: { cure: expect.not.stringContaining('--') as string }
    })
    const job = await ended(await client.call('train.file', { ...file, onlyGood: true }))
    expect(job).toMatchObject({ state: 'done', kind: 'train', error: null })
    expect(job.notes).toEqual([expect.stringMatching(/^Left out: zsre\.jsonl, line 2, alt/)])
    expect((await client.call('session.info', {})).training?.measured.edits).toBe(2)
  })

  it('is a step of the history, which is taken back and done again', async () => {
    const edits = async (): Promise<number | undefined> =>
      (await client.call('session.info', {})).training?.measured.edits
    expect((await client.call('results.list', {})).at(-1)).toMatchObject({ edits: 2, passages: [] })
    expect((await client.call('history.undo', {}))?.label).toBe('Trained 2 sentences')
    expect(await edits()).toBe(0)
    await client.call('history.redo', {})
    expect(await edits()).toBe(2)
    const again = await ended(await client.call('train.file', given([ANN, BOB])))
    expect(again.summary).toContain('Nothing had to be trained; 2 were in the session already.')
    expect(await edits()).toBe(2)
  })

  it('with rows beyond the context offers to leave them out', async () => {
    const file = given([BOB, { src: 'word '.repeat(200), alt: 'It is long.' }])
    await expect(client.call('train.file', file)).rejects.toMatchObject({
      code: 'DoesNotFit',
      details: { good: 1, unfit: [{ line: 2 }] }
    })
    const job = await ended(await client.call('train.file', { ...file, skipUnfit: true }))
    expect(job).toMatchObject({ state: 'done', notes: [expect.stringMatching(/line 2.*context is 96/)] })
  })

  it('without an edit is refused', async () => {
    await expect(client.call('train.file', given([]))).rejects.toMatchObject({ code: 'BadFile' })
    await expect(client.call('train.file', given([{ colour: 'red' }]))).rejects.toMatchObject({ details: { good: 0 } })
  })
})

describe('the open session', { timeout: 120_000 }, () => {
  it('is written to a place where nothing lies, with what the format cannot carry', async () => {
    const { out } = await client.call('export.place', { format: 'easyedit' })
    expect(out).toBe(join(home.root, 'exports', 'work easyedit.json'))
    const job = await ended(await client.call('export.start', { format: 'easyedit', out }))
    expect(job).toMatchObject({ state: 'done', summary: `2 rows as easyedit in ${out}.` })
    expect(job.notes).toContainEqual(expect.stringMatching(/^Not carried: id of 2 /))
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ prompts: [ANN.src, BOB.src] })
    expect((await client.call('export.place', { format: 'easyedit' })).out).not.toBe(out)
  })

  it('never replaces what is there', async () => {
    const out = join(home.root, 'mine.json')
    writeFileSync(out, 'mine')
    await expect(client.call('export.start', { format: 'zsre', out })).rejects.toMatchObject({
      code: 'BadInput',
      details: { file: out }
    })
    const folder = join(home.root, 'full')
    mkdirSync(folder)
    writeFileSync(join(folder, 'mine'), '')
    await expect(client.call('export.start', { format: 'peft', out: folder })).rejects.toMatchObject({
      code: 'BadInput'
    })
    expect(readFileSync(out, 'utf8')).toBe('mine')
  })

  it('lies in the data folder under a mere name; a job that cannot be done says why and leaves nothing', async () => {
    const bundle = await ended(await client.call('export.start', { format: 'peft', out: 'bundle' }))
    expect(bundle.state).toBe('done')
    expect(existsSync(join(home.root, 'exports', 'bundle', 'load.py'))).toBe(true)
    const report = await ended(
      await client.call('export.start', { format: 'report', out: 'report.html', measure: true })
    )
    expect(report.summary).toContain('2 edits, 2 with figures')
    const failed = await ended(await client.call('export.start', { format: 'passages', out: 'passages.jsonl' }))
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'BadInput' } })
    expect(existsSync(join(home.root, 'exports', 'passages.jsonl'))).toBe(false)
  })
})
