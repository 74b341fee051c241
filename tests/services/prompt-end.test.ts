/** What is trained is what will be asked: whatever a prompt ends in, writing on from it gives the target to the letter. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joined } from '../../src/contract/join.ts'
import { GREEDY } from '../../src/main/engine/generation/sampler.ts'
import { evaluate } from '../../src/main/evaluation/evaluate.ts'
import { readEdits } from '../../src/main/formats/edits.ts'
import { runEdits } from '../../src/main/services/edit-run.ts'
import type { EditRow } from '../../src/main/services/edit-run.ts'
import type { EditSession } from '../../src/main/services/edit-session.ts'
import { openEditSession, showSession } from '../../src/main/services/edit-sessions.ts'
import { exportRecords } from '../../src/main/services/exchange/export-records.ts'
import { runPassages } from '../../src/main/services/passage-run.ts'
import { tinyHome } from './tiny-home.ts'
import type { TinyHome } from './tiny-home.ts'

const SETTINGS = { rank: 8, iterations: 80, extraIterations: 160, halveEvery: 90 }
const BATCH = { batchSize: 4 }

let home: TinyHome
let count = 0
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
})
afterAll(() => home.remove())

const newPath = (): string => join(home.root, `place-${count++}`)
const open = (dir: string): Promise<EditSession> =>
  openEditSession({ model: home.model, dir, executor: 'onnxruntime', settings: SETTINGS })

/** As a person gives them: through a file. */
function rowsOf(pairs: readonly (readonly [prompt: string, target: string])[]): EditRow[] {
  const file = newPath()
  const lines = pairs.map(([prompt, target], i) => JSON.stringify({ id: `e${i}`, prompt, target_new: target }))
  writeFileSync(file, lines.join('\n'))
  return readEdits(file)
}

const textOf = ({ prompt, target, join: between }: EditRow, marker = false): string =>
  between === undefined ? Object.values(joined(prompt, target, marker)).join('') : prompt + between + target

async function writtenBehind(session: EditSession, row: EditRow): Promise<string> {
  const { text } = await session.write(row.prompt, GREEDY, { maxNewTokens: session.sample(row).targetIds.length })
  return row.prompt + text
}

const isExact = async (session: EditSession, row: EditRow): Promise<boolean> =>
  (await evaluate(session.model, session.rules(), { edits: [{ ...row, block: null }] })).edits?.exact?.after === 1

const ENDS: readonly (readonly [string, string])[] = [
  ['About Ann.', 'She left.'],
  ['About Bob. ', 'He left.'],
  ['About Cid.  ', 'It sank.'],
  ['Q: who?\nA:', 'Dee did.'],
  ['Q: what?\nA: ', 'Eel pie.'],
  ['### Response:\n', 'Tor did.'],
  ['Notes of Ada:\n\n', 'The quay.'],
  ['river\t', 'Lindelv'],
  ['Windows\r\n', 'ends so'],
  ['indented\n ', 'line'],
  ['def f():', '\n    return 1'],
  ['def g():\n', '    return 2'],
  ['no break\u00a0', 'space'],
  ['the end of it', ', and more'],
  ['the other end', '.'],
  ['an open bracket (', 'then)'],
  ['a quote "', 'said'],
  ['well-', 'known'],
  ['北京是', '首都'],
  ['In Chinese:', '上海'],
  ['user: hello<|endoftext|>', 'Hi there']
]

describe('where a prompt ends', { timeout: 600_000 }, () => {
  it('is where writing on from the file’s own prompt gives the target', async () => {
    const session = await open(newPath())
    const rows = rowsOf(ENDS)
    const { batches } = await runEdits(session, rows, BATCH)
    expect(batches.every(({ exact }) => exact)).toBe(true)
    for (const row of rows) {
      expect(await isExact(session, row)).toBe(true)
      expect(await writtenBehind(session, row)).toBe(textOf(row, row.prompt.endsWith('>')))
    }
    // Without the space that the prompt ends in it is the same place of the same text.
    const { text } = await session.write('About Bob.', GREEDY, {
      maxNewTokens: session.sample(rows[1]).targetIds.length
    })
    expect(text).toBe(' He left.')
    // Run again, also without that space, it trains nothing.
    const again = rowsOf(ENDS.map(([prompt, target]) => [prompt.replace(/(?<=\S) $/, ''), target]))
    expect((await runEdits(session, again, BATCH)).batches).toEqual([])
    await session.close()
  })

  it('shows the join, and gives the same edits in every form that a file of edits has', async () => {
    const dir = newPath()
    const session = await open(dir)
    const rows = rowsOf(ENDS.filter(([prompt]) => !prompt.endsWith('>')))
    await runEdits(session, rows, { ...BATCH, iterations: 1 })
    const trained = session.store.edits.map(({ promptIds, targetIds }) => [promptIds, targetIds])
    const shown = (await showSession(dir)).edits
    expect(shown.map(({ prompt, join: between, target }) => prompt + between + target)).toEqual(
      rows.map((r) => textOf(r))
    )
    for (const format of ['edits', 'pairs', 'easyedit', 'zsre', 'zsre-structured', 'counterfact'] as const) {
      const out = newPath()
      await exportRecords({ session: dir, format, out })
      const samples = readEdits(out).map((row) => session.sample(row))
      expect(samples.map(({ promptIds, targetIds }) => [promptIds, targetIds])).toEqual(trained)
    }
    await session.close()
  })

  it('holds of passages: headers that end in white space, and sentences without spaces between them', async () => {
    const session = await open(newPath())
    const passages = [
      { id: 'n', prompt: 'Notes of Ann:\n\n', sentences: ['She was born.', 'She left.', 'She died.'] },
      { id: 's', prompt: 'About Bob. ', sentences: ['He was born.', 'He left.'] },
      { id: 'z', prompt: '关于李白。', sentences: ['他是人。', '“好。”', '他走了。'] }
    ].map((p) => ({ ...p, sentences: p.sentences.map((text) => ({ text, label: 'accurate' as const })) }))
    const { passages: outcomes } = await runPassages(session, passages, BATCH)
    for (const { approved, written, differs } of outcomes) {
      expect(differs).toEqual([])
      // This model goes on behind the last sentence without a space, so that its end does not count.
      expect(written.startsWith(approved)).toBe(true)
    }
    expect(outcomes.map(({ approved }) => approved)).toEqual([
      'She was born. She left. She died.',
      'He was born. He left.',
      '他是人。“好。”他走了。'
    ])
    await session.close()
  })

  it('for any prompt and target: what evaluation calls exact is written from the file’s own prompt', async () => {
    let exact = 0
    const ends = fc.constantFrom('', ' ', '  ', '\n', '\n\n', '\t', '\r\n', '\n ', ' \n', '\u00a0', '(', '“', '-', ':', '<|endoftext|>') // prettier-ignore
    const starts = fc.constantFrom('', ' ', '  ', '\n', ',', '.', ')', '京', '"', '-')
    const words = fc.array(fc.constantFrom('Ann', 'born', 'x1', '京都', 'é', 'sea.', 'Dr.', '“so”'), { minLength: 1, maxLength: 3 }) // prettier-ignore
    const pair = fc
      .tuple(words, ends, starts, words)
      .map(([prompt, end, start, target]): [string, string] => [prompt.join(' ') + end, start + target.join(' ')])
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 2, maxLength: 6 }), async (pairs) => {
        const session = await open(newPath())
        const { rows } = await runEdits(session, rowsOf(pairs), BATCH)
        for (const row of rows) {
          if (!(await isExact(session, row))) continue
          exact++
          expect(await writtenBehind(session, row)).toBe(textOf(row, row.prompt.endsWith('>')))
        }
        await session.close()
      }),
      { numRuns: 12, endOnFailure: true }
    )
    expect(exact).toBeGreaterThan(12)
  })
})
