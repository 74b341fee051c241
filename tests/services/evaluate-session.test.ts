import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { boardOfFolder } from '../../src/main/services/board/read-board.ts'
import { editFile } from '../../src/main/services/edit-file.ts'
import { showSession } from '../../src/main/services/edit-sessions.ts'
import { evaluateSession } from '../../src/main/services/evaluate-session.ts'
import { sampleRows } from '../../src/main/services/evaluation/about.ts'
import { tinyHome } from './tiny-home.ts'
import type { TinyHome } from './tiny-home.ts'

const rows = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: `e${n}`,
    prompt: `About number ${n}.`,
    target_new: `It was ${n * n}`
  }))

const PASSAGE = {
  id: 'p0',
  prompt: 'About number 0.',
  sentences: [{ text: 'It was 7.', correction: 'It was 0' }],
  rephrase: ['Of number 0:']
}

/** Tensors of a safetensors file, read by hand. */
function headerOf(path: string): [string, { shape: number[] }][] {
  const bytes = readFileSync(path)
  const text = bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0)))
  const header = JSON.parse(text) as Record<string, { shape: number[] }>
  return Object.entries(header).filter(([name]) => name !== '__metadata__')
}

let home: TinyHome
let session: string
const file = (name: string, list: readonly object[]): string => {
  const path = join(home.root, name)
  writeFileSync(path, list.map((row) => JSON.stringify(row) + '\n').join(''))
  return path
}
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  session = join(home.root, 's')
  await editFile({
    model: home.model,
    session,
    edits: file('edits.jsonl', rows(2)),
    executor: 'onnxruntime',
    rank: 8,
    iterations: 60
  })
}, 240_000)
afterAll(() => home.remove())

describe('the evaluation of a session', { timeout: 120_000 }, () => {
  it('takes its live edits where no file is given, and only the sets that are', async () => {
    const { deployment, paper, about } = await evaluateSession({ session, executor: 'onnxruntime' })
    expect(deployment).toMatchObject({ edits: { n: 2, fired: 1, ownBlock: 1, missed: 0, exact: { after: 1 } } })
    expect(paper).toMatchObject({ edits: { n: 2, exact: null } })
    expect(Object.keys(deployment!)).toEqual(['edits'])
    expect(about.data.edits).toMatchObject({ file: null, rows: 2, measured: 2 })
  })

  it('says how its figures came about', async () => {
    const accurate = file('accurate.jsonl', rows(5))
    const { about, ...protocols } = await evaluateSession({
      session,
      accurate,
      protocol: 'deployment',
      index: 'clusters',
      executor: 'onnxruntime'
    })
    expect(Object.keys(protocols)).toEqual(['deployment'])
    expect(about).toMatchObject({
      model: { sha256: home.calibration.modelSha256 },
      protocols: ['deployment'],
      index: 'clusters',
      settings: { rank: 8, iterations: 60, index: 'scopes' },
      calibration: { deployment: { reach: 0.05 } },
      session: { batches: 1, edits: 2 },
      sample: null,
      bootstrap: { level: 0.95 },
      versions: { node: process.version }
    })
    expect(about.executor).toContain('ONNX Runtime')
    const sha256 = createHash('sha256').update(readFileSync(accurate)).digest('hex')
    expect(about.data.accurate).toEqual({ file: 'accurate.jsonl', sha256, rows: 5, measured: 5 })
  })

  it('leaves out what does not fit the context and names it', async () => {
    const accurate = file('long.jsonl', [...rows(1), { ...rows(1)[0], id: 'long', prompt: 'word '.repeat(99) }])
    const told: string[] = []
    const { deployment, about } = await evaluateSession({
      session,
      accurate,
      protocol: 'deployment',
      executor: 'onnxruntime',
      onLeftOut: (ids) => told.push(...ids)
    })
    expect(deployment!.accurate!.n).toBe(1)
    expect(about.data.accurate).toMatchObject({ rows: 2, measured: 1 })
    expect(told).toEqual(['long'])
  })

  it('twice gives the same numbers, and leaves nothing unfinished behind', async () => {
    const files = {
      accurate: file('accurate-again.jsonl', rows(4)),
      locality: file('locality-again.jsonl', [{ text: 'One more text, and it is of no one at all. It goes on.' }]),
      passages: file('passages.jsonl', [PASSAGE]),
      otherPassages: file('others.jsonl', [{ ...PASSAGE, id: 'o', prompt: 'Rain fell.' }])
    }
    const first = await evaluateSession({ session, executor: 'onnxruntime', ...files })
    expect(first.deployment!.approved).toMatchObject({
      passages: { n: 1, written: 1 },
      sentences: { n: 1, written: 1 },
      otherHeaders: { n: 1 },
      others: { n: 1, identical: 1 }
    })
    expect(await evaluateSession({ session, executor: 'onnxruntime', ...files })).toEqual(first)
    expect(readdirSync(join(home.root, 'evaluations'))).toEqual([])
    rmSync(join(home.root, 'untouched'), { recursive: true })
    expect(await evaluateSession({ session, executor: 'onnxruntime', ...files })).toEqual(first)
    await expect(evaluateSession({ session, passages: files.passages, protocol: 'paper' })).rejects.toMatchObject({
      code: 'BadInput',
      details: { field: 'protocol' }
    })
  })

  it('counts what the edits cost as the files of the session do', async () => {
    const { about } = await evaluateSession({ session, protocol: 'deployment', executor: 'onnxruntime' })
    const floats = (name: string, prefix = ''): number =>
      readdirSync(join(session, 'blocks'))
        .flatMap((block) => headerOf(join(session, 'blocks', block, name)))
        .filter(([tensor]) => tensor.startsWith(prefix))
        .reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b), 0)
    const { batches } = await showSession(session)
    const seconds = batches.reduce((sum, b) => sum + b.seconds, 0)
    expect(about.cost).toEqual({
      parameters: floats('adapter_model.safetensors'),
      keyBytes: {
        deployment: 4 * floats('keys.safetensors', 'deployment'),
        paper: 4 * floats('keys.safetensors', 'paper')
      },
      editsPerMinute: (60 * 2) / seconds
    })
  })

  it('is kept in the session where that is asked for, state by state, and never made twice', async () => {
    const dir = join(home.root, 'kept')
    const six = file('six.jsonl', rows(6))
    await editFile({ model: home.model, session: dir, edits: six, executor: 'onnxruntime', rank: 8, batchSize: 2 })
    const asked = { session: dir, executor: 'onnxruntime', accurate: file('acc.jsonl', rows(2)) } as const
    const plain = await evaluateSession(asked)
    const { states, ...kept } = await evaluateSession({ ...asked, keep: true })
    expect([states, kept]).toEqual([{ measured: 1, known: 0 }, plain])
    const every = await evaluateSession({ ...asked, every: 2 })
    expect(every).toEqual({ ...plain, states: { measured: 1, known: 1 } })
    const { batches, evaluations } = await boardOfFolder(dir)
    expect(evaluations.map(({ state }) => state)).toEqual([batches[2].state, batches[1].state])
    expect(evaluations.map(({ protocols }) => protocols.deployment!.edits!.n)).toEqual([6, 4])
    await rm(dir, { recursive: true })
  })

  it('measures a sample of each set', async () => {
    const accurate = file('many.jsonl', rows(6))
    const { deployment, about } = await evaluateSession({
      session,
      accurate,
      protocol: 'deployment',
      executor: 'onnxruntime',
      sample: 3,
      sampleSeed: 4
    })
    expect(deployment).toMatchObject({ edits: { n: 2 }, accurate: { n: 3 } })
    expect(about.sample).toEqual({ size: 3, seed: 4 })
    await expect(evaluateSession({ session, sampleSeed: 4 })).rejects.toMatchObject({ code: 'BadInput' })
  })
})

describe('a sample of rows', () => {
  const all = Array.from({ length: 100 }, (_, i) => i)

  it('is drawn without replacement, in order, by its seed', () => {
    const one = sampleRows(all, { size: 30, seed: 1 })
    expect(one).toHaveLength(30)
    expect(new Set(one).size).toBe(30)
    expect(one).toEqual([...one].sort((a, b) => a - b))
    expect(sampleRows(all, { size: 30, seed: 1 })).toEqual(one)
    expect(sampleRows(all, { size: 30, seed: 2 })).not.toEqual(one)
  })

  it('gives every row the same chance', () => {
    const counts = all.map(() => 0)
    for (let seed = 0; seed < 2000; seed++) for (const row of sampleRows(all, { size: 10, seed })) counts[row]++
    // 200 are due for each; five standard deviations are 67.
    expect(Math.min(...counts)).toBeGreaterThan(133)
    expect(Math.max(...counts)).toBeLessThan(267)
  })

  it('as large as the set is the set', () => {
    expect(sampleRows(all, { size: 100, seed: 1 })).toEqual(all)
    expect(sampleRows(all, null)).toEqual(all)
  })
})
