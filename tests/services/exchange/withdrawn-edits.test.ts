/** What leaves a session holds no edit that was withdrawn; where it cannot be helped, that is said. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exportSession } from '../../../src/main/services/exchange/export-session.ts'
import { mergedReadme } from '../../../src/main/services/exchange/merged-readme.ts'
import { createSession } from '../../../src/main/session/session-folder.ts'
import { HEADER, sampleBatch, temporaryFolder } from '../../session/sample-session.ts'

const { path: root, remove } = temporaryFolder()
const session = join(root, 'session')
const GONE = ['0.1', '1.0', '1.1', '1.2']
const LEFT = ['0.0', '0.2', '2.0', '2.1', '2.2']

beforeAll(async () => {
  const store = await createSession(session, HEADER)
  for (const n of [0, 1, 2]) await store.commitBatch(sampleBatch(n))
  await store.withdraw(GONE.map((editId) => ({ editId })))
  await store.close()
})
afterAll(remove)

it('a file of edits has those in force', async () => {
  const out = join(root, 'edits.jsonl')
  await exportSession({ session, format: 'edits', out })
  const lines = readFileSync(out, 'utf8').trim().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(LEFT)
})

it('a bundle has neither the edits nor a block that is left without any', async () => {
  const out = join(root, 'bundle')
  await exportSession({ session, format: 'peft', out })
  const melo = JSON.parse(readFileSync(join(out, 'melo.json'), 'utf8')) as { blocks: string[]; edits: { id: string }[] }
  expect(melo.edits.map(({ id }) => id)).toEqual(LEFT)
  expect(melo.blocks).toEqual(['block-0', 'block-2'])
})

it('a report tells the edits in force, and how many of each batch were withdrawn', async () => {
  const out = join(root, 'report.html')
  expect(await exportSession({ session, format: 'report', out })).toMatchObject({ edits: LEFT.length })
  const html = readFileSync(out, 'utf8')
  expect(html).toContain('Sentence 0 — of person 0.')
  expect(html).not.toContain('of person 1.')
  expect(html).toMatch(/block-0<\/td>(<td[^>]*>[^<]*<\/td>){1}<td[^>]*>2<\/td><td[^>]*>1<\/td>/)
})

it('the read-me of a merged folder names the edits that are in its weights all the same', () => {
  const result = {
    format: 'merged' as const,
    ...{ out: 'o', blocks: ['block-0'], base: { id: 'tiny', sha256: 'ab' }, sha256: 'cd', warning: 'W', erratum: '1' },
    ...{ perplexity: { edits: null, accurate: null, locality: null }, data: {} }
  }
  expect(mergedReadme({ ...result, withdrawn: ['0.1'] })).toContain('cannot forget one of its edits: 0.1.')
  expect(mergedReadme({ ...result, withdrawn: [] })).not.toContain('Withdrawn')
})
