// What others wrote reaches the terminal as text: ids, targets, names and messages, in words and as JSON.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSession } from '../../src/main/session/session-folder.ts'
import { HEADER, sampleBatch, temporaryFolder } from '../session/sample-session.ts'

const ENTRY = join(import.meta.dirname, '../../src/main/cli/index.ts')
const SEQUENCE = '\u001b]0;title\u0007\u001b[2J\r\u009b31m\u202e'
const OBEYED = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u
const folder = temporaryFolder()
afterAll(() => folder.remove())
const session = join(folder.path, 'session')

beforeAll(async () => {
  const batch = sampleBatch(0)
  const edits = batch.edits.map((edit) => ({
    ...edit,
    editId: `${edit.editId}${SEQUENCE}\n  forged  [line]`,
    target: `${edit.target}${SEQUENCE}`
  }))
  const store = await createSession(session, { ...HEADER, model: { ...HEADER.model, id: `model${SEQUENCE}` } })
  await store.commitBatch({ ...batch, edits })
  await store.close()
})

function erratum(...args: string[]): { stdout: string; stderr: string } {
  const env = { ...process.env, ERRATUM_HOME: join(folder.path, 'home') }
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', ENTRY, ...args], { encoding: 'utf8', env })
  return { stdout, stderr }
}

describe('the command line', () => {
  it.each([
    ['sessions', 'show', session],
    ['sessions', 'index', session],
    ['sessions', 'verify', session],
    ['sessions', 'undo', session, `no block${SEQUENCE}`],
    ['import', join(folder.path, `none${SEQUENCE}`)]
  ])('prints nothing that a terminal would obey: %s %s', (...args) => {
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = erratum(...args, ...more)
      expect(stdout + stderr).not.toBe('')
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(OBEYED)
    }
  })

  it('keeps each edit on a line of its own, and says in JSON what the ids are', () => {
    const lines = erratum('sessions', 'show', session).stdout.split('\n')
    expect(lines.filter((line) => line.includes('\\u001b'))).toHaveLength(4)
    expect(lines.filter((line) => line.startsWith('  forged'))).toEqual([])
    const json = JSON.parse(erratum('sessions', 'show', session, '--json').stdout) as { edits: { id: string }[] }
    expect(json.edits[0].id).toContain(SEQUENCE)
  })
})
