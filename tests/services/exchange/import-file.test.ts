// Files of edits and passages: what is read, what is left out, what joins a session's review, and back out of it.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ErratumError } from '../../../src/contract/errors.ts'
import { readEdits } from '../../../src/main/formats/edits.ts'
import { readPassages } from '../../../src/main/formats/passages.ts'
import { exportRecords } from '../../../src/main/services/exchange/export-records.ts'
import { importFile } from '../../../src/main/services/exchange/import-file.ts'
import { reviewOfSession } from '../../../src/main/services/exchange/session-rows.ts'
import { createSession, openSession } from '../../../src/main/session/session-folder.ts'
import { HEADER, sampleBatch, temporaryFolder } from '../../session/sample-session.ts'

const { path: root, remove } = temporaryFolder()
afterAll(remove)

let count = 0
const file = (content: string): string => {
  const path = join(root, `given-${count++}.json`)
  writeFileSync(path, content)
  return path
}
const out = (): string => join(root, `out-${count++}.json`)
const rejected = async (action: Promise<unknown>): Promise<ErratumError> => {
  const error: unknown = await action.then(() => null, (thrown: unknown) => thrown) // prettier-ignore
  if (error instanceof ErratumError) return error
  throw new Error(`${String(error)} is no typed error`)
}

const zsre = [
  { subject: 'X', src: 'Who is X?', rephrase: 'What is X?', alt: 'A baker', answers: ['A judge', 'Judge'], loc: 'nq: who?', loc_ans: 'Y' },
  { subject: 'Z', src: 'Who is Z?', alt: 'A cook' }
] // prettier-ignore
const passage = {
  id: 'p/1',
  prompt: 'This is a Wikipedia passage about X.',
  sentences: [
    { text: 'X was a judge.', label: 'major_inaccurate', correction: 'X was a baker.' },
    { text: 'X lived.', label: 'accurate' },
    { text: 'X left.', label: 'minor_inaccurate', correction: 'X stayed.' }
  ]
}

describe('a file of edits', () => {
  it('is told apart and written in another format', async () => {
    const to = out()
    const result = await importFile({ file: file(JSON.stringify(zsre)), to: 'easyedit', out: to })
    expect(result).toMatchObject({
      kind: 'edits', formats: { zsre: 2 }, bad: [], written: { out: to, format: 'easyedit', rows: 2 },
      notCarried: [{ field: 'id', ids: ['1', '1'] }, { field: 'answers', ids: ['1'] }]
    }) // prettier-ignore
    expect(JSON.parse(readFileSync(to, 'utf8'))).toMatchObject({
      prompts: ['Who is X?', 'Who is Z?'],
      ground_truth: ['A judge', null]
    })
  })

  it('tells why it was taken for its format, and what of it is not used', async () => {
    const { report } = await importFile({ file: file(JSON.stringify([{ ...zsre[0], cond: 'c', pred: NaN }])) })
    expect(report).toEqual({
      taken: [{ format: 'zsre', rows: 1, why: 'it has src and alt' }],
      unused: [{ field: 'cond', rows: 1, kept: true }, { field: 'answers', rows: 1, kept: true }],
      absent: 0
    }) // prettier-ignore
  })

  it('that holds marks alone gives no edits, and says what to do with them', async () => {
    const marks = file(JSON.stringify([{ text: 'X left.', label: 'accurate', prompt: 'P.' }]))
    const error = await rejected(importFile({ file: marks, to: 'edits', out: out() }))
    expect(error.message).toContain('holds no correction')
    expect(error.details.cure).toContain('--to passages')
  })

  it('with bad rows offers the good ones, and lists what it left out', async () => {
    const broken = file('{"src": "Q?", "alt": "A"}\n{"src": "Q?"}\n{"src": \n{"src": "R?", "alt": "B"}\n')
    const error = await rejected(importFile({ file: broken }))
    expect(error.code).toBe('BadFile')
    expect(error.details).toMatchObject({ file: broken, line: 3, good: 2 })
    expect(error.details.cure).toContain('--skip-bad: 2 others are good')
    const { formats, bad } = await importFile({ file: broken, skipBad: true })
    expect(formats).toEqual({ zsre: 2 })
    expect(bad.map(({ line, field }) => ({ line, field }))).toEqual([
      { line: 3, field: null },
      { line: 2, field: 'alt' }
    ])
  })

  it('names the element of a list that is wrong, and lists of different lengths', async () => {
    const lists = (rest: string): string => file(`{\n"prompts": ["P",\n "Q"],\n${rest}\n}`)
    const empty = await rejected(importFile({ file: lists('"target_new": ["A",\n " "]') }))
    expect(empty.details).toMatchObject({ line: 5, field: 'target_new' })
    const shorter = await rejected(importFile({ file: lists('"target_new": ["A"]') }))
    expect(shorter.details).toMatchObject({ line: 4, field: 'target_new' })
    const asked = await rejected(
      importFile({ file: lists('"target_new": ["A", "B"],\n"locality_inputs": {"n": {"prompt": ["x", ["y", "z"]],\n"ground_truth": ["1", "2"]}}') })
    ) // prettier-ignore
    expect(asked.details).toMatchObject({ field: 'locality_inputs.n' })
  })

  it('in no format is refused with the formats there are', async () => {
    const error = await rejected(importFile({ file: file('{"question": "Q", "reply": "A"}') }))
    expect([error.code, error.details.line]).toEqual(['BadFile', 1])
    expect(error.message).toContain('question, reply')
    expect(error.details.cure).toContain('counterfact')
  })

  it('does not take the place of another file unasked', async () => {
    const [from, to] = [file(JSON.stringify(zsre)), file('mine')]
    expect((await rejected(importFile({ file: from, to: 'edits', out: to }))).details.field).toBe('out')
    expect(readFileSync(to, 'utf8')).toBe('mine')
    await importFile({ file: from, to: 'edits', out: to, force: true })
    expect(readEdits(to)).toHaveLength(2)
  })
})

it('into a folder, be it empty, says that a file is to be named, and leaves nothing there', async () => {
  const folder = join(root, `folder-${count++}`)
  mkdirSync(folder)
  for (const force of [false, true]) {
    const error = await rejected(importFile({ file: file(JSON.stringify(zsre)), to: 'edits', out: folder, force }))
    expect([error.code, error.details.field, error.details.cure]).toEqual(['BadInput', 'out', 'Give the name of a new file in it.']) // prettier-ignore
  }
  expect([readdirSync(folder), readdirSync(root).filter((name) => name.includes('partial'))]).toEqual([[], []])
})

describe('a file of passages', () => {
  it('becomes the edits of its corrections, in either context', async () => {
    const from = file(JSON.stringify(passage))
    const prompts = async (context?: 'original'): Promise<string[]> => {
      const to = out()
      const { notCarried } = await importFile({ file: from, to: 'edits', out: to, context })
      expect(notCarried.map(({ field, ids }) => [field, ids])).toEqual([['sentences.label', ['p/1']]])
      const rows = readEdits(to)
      expect(rows.map((row) => [row.target, row.targetOld, row.severity])).toEqual([
        ['X was a baker.', 'X was a judge.', 'major_inaccurate'],
        ['X stayed.', 'X left.', 'minor_inaccurate']
      ])
      return rows.map((row) => row.prompt)
    }
    expect((await prompts())[1]).toBe('This is a Wikipedia passage about X. X was a baker. X lived.')
    expect((await prompts('original'))[1]).toBe('This is a Wikipedia passage about X. X was a judge. X lived.')
    expect((await rejected(importFile({ file: file(JSON.stringify(zsre)), to: 'passages', out: out() }))).code).toBe(
      'BadInput'
    )
  })
})

describe('a session', () => {
  const folder = join(root, 'session')
  beforeAll(async () => {
    const store = await createSession(folder, HEADER)
    await store.commitBatch(sampleBatch(0))
    await store.commitBatch(sampleBatch(1))
    await store.close()
  })

  it('gives its edits in every format, with all that came with them', async () => {
    const to = out()
    const result = await exportRecords({ session: folder, format: 'edits', out: to })
    expect(result).toMatchObject({ rows: 6, notCarried: [] })
    const rows = readEdits(to)
    expect(rows.map(({ id, subject }) => [id, subject])).toEqual(
      [0, 1].flatMap((n) => [0, 1, 2].map((e) => [`${n}.${e}`, `person ${n}`]))
    )
    expect((await exportRecords({ session: folder, format: 'easyedit', out: out() })).notCarried[0]).toMatchObject({
      field: 'id'
    })
  })

  it('takes passages into its review once, and gives them back', async () => {
    const from = file(JSON.stringify(passage))
    expect((await importFile({ file: from, session: folder })).session).toEqual({
      added: ['p/1'],
      completed: [],
      leftOut: [],
      marked: 0,
      unplaced: []
    })
    expect((await importFile({ file: from, session: folder })).session).toEqual({
      added: [],
      completed: ['p/1'],
      leftOut: [],
      marked: 0,
      unplaced: []
    })
    const noted = file(JSON.stringify({ ...passage, source: 'mine', note: 1 }))
    expect(
      (await importFile({ file: noted, session: folder })).notCarried.map(({ field, ids }) => [field, ids])
    ).toEqual([
      ['source', ['p/1']],
      ['note', ['p/1']]
    ])
    const other = { ...passage, sentences: [{ text: 'Other.' }] }
    expect((await importFile({ file: file(JSON.stringify(other)), session: folder })).session?.leftOut).toEqual(['p/1'])

    const store = await openSession(folder, { readOnly: true })
    const kept = reviewOfSession(store).passage('p/1')
    await store.close()
    // Its text is nobody's greedy writing: what is accurate in it has to be trained to stay.
    expect([kept.name, kept.waiting, kept.state]).toEqual(['X', true, 'written'])

    const to = out()
    const { rows, notCarried } = await exportRecords({ session: folder, format: 'passages', out: to })
    expect([rows, notCarried]).toEqual([1, []])
    expect(readPassages(to)).toMatchObject([{ ...passage, line: 1 }])
  })

  it('gets marks for the sentences that it has, from a file that tells the sentence alone', async () => {
    const open = { id: 'p/2', prompt: 'About Y.', sentences: [{ text: 'Y was born.' }, { text: 'Y left.' }, { text: 'Y left.' }] } // prettier-ignore
    await importFile({ file: file(JSON.stringify(open)), session: folder })
    const marks = file(
      JSON.stringify([
        { id: 1, text: 'Y was born.', labels: 'accurate', annotator: 1 },
        { id: 2, text: 'Y left.', labels: 'accurate', annotator: 1 },
        { id: 3, text: 'Z left.', labels: 'accurate', annotator: 1 }
      ])
    )
    expect(await importFile({ file: marks })).toMatchObject({ kind: 'passages', loose: 3, formats: {} })
    const { session, loose } = await importFile({ file: marks, session: folder })
    expect([loose, session]).toMatchObject([3, { added: [], marked: 1, unplaced: ['2', '3'] }])
    const store = await openSession(folder, { readOnly: true })
    const kept = reviewOfSession(store).passage('p/2')
    await store.close()
    expect(kept.sentences.map(({ mark }) => mark)).toEqual(['accurate', null, null])
  })

  it('without passages says so, and writes nothing', async () => {
    const bare = join(root, 'bare')
    await (await createSession(bare, HEADER)).close()
    const to = out()
    expect((await rejected(exportRecords({ session: bare, format: 'wiki_bio', out: to }))).code).toBe('BadInput')
    expect(existsSync(to)).toBe(false)
  })
})
