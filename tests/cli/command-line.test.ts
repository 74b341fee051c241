// The commands as a shell runs them: exit codes, one JSON document on stdout, progress on stderr.
import { spawn } from 'node:child_process'
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tinyHome } from '../services/tiny-home.ts'
import type { TinyHome } from '../services/tiny-home.ts'

const ENTRY = join(import.meta.dirname, '../../src/main/cli/index.ts')
const MINUTES = 60_000

interface Ended {
  code: number | null
  signal: string | null
  /** the JSON document on stdout; null where there is nothing */
  json: Record<string, unknown> | null
  stderr: string
}

let home: TinyHome
beforeAll(async () => {
  home = await tinyHome()
})
afterAll(() => home.remove())

/** @param onError told what stderr holds so far; may send the process a signal */
function erratum(
  args: string[],
  onError?: (stderr: string, kill: (signal: NodeJS.Signals) => void) => void
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENTRY, ...args, '--json'], {
      env: { ...process.env, ERRATUM_HOME: home.root },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString()
      onError?.(stderr, (signal) => child.kill(signal))
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const json = stdout.trim() === '' ? null : (JSON.parse(stdout) as Record<string, unknown>)
      resolve({ code, signal, json, stderr })
    })
  })
}

const file = (name: string, lines: unknown[]): string => {
  const path = join(home.root, name)
  writeFileSync(path, lines.map((l) => (typeof l === 'string' ? l : JSON.stringify(l)) + '\n').join(''))
  return path
}
const row = (n: number) => ({ id: `e${n}`, prompt: `About number ${n}.`, target_new: `It was ${n * n}.` })
const rows = (count: number) => Array.from({ length: count }, (_, n) => row(n))
const edit = (session: string, edits: string, ...more: string[]): string[] =>
  ['edit', '--model', home.model, '--session', join(home.root, session), '--edits', edits, '--executor', 'onnxruntime', ...more] // prettier-ignore
const failure = (code: string, details: object = {}): object => ({
  code: 2,
  json: { error: expect.objectContaining({ code, message: expect.any(String) as string, ...details }) as object }
})

describe('the main job', () => {
  it('edits, generates, evaluates, shows and undoes', { timeout: 5 * MINUTES }, async () => {
    const edits = file('edits.jsonl', rows(3))
    const session = join(home.root, 'main')
    const more = ['--batch-size', '2', '--rank', '8', '--iterations', '60']
    const trained = await erratum(edit('main', edits, ...more))
    expect(trained.json).toMatchObject({
      edits: 3,
      skipped: [],
      batches: 2,
      blocks: 2,
      parameters: 2 * 2 * 8 * (24 + 96),
      keyBytes: { deployment: 3 * 48 * 4, paper: 3 * 96 * 4 },
      events: []
    })
    expect(Object.keys(trained.json!.seconds as object).sort()).toEqual(['index', 'total', 'training'])
    expect(trained.stderr.match(/^batch \d+ done$/gm)).toEqual(['batch 1 done', 'batch 2 done'])
    expect(trained.code).toBe(0)

    const again = await erratum(edit('main', edits, ...more))
    expect(again.json).toMatchObject({ edits: 3, batches: 0, blocks: 2, editsPerMinute: null })
    expect(again.stderr).not.toContain('done')

    const written = await erratum(['generate', '--model', home.model, '--session', session, '--prompt', row(2).prompt, '--max-new-tokens', '3']) // prettier-ignore
    const { text, tokens, routes } = written.json as { text: string; tokens: object[]; routes: object[] }
    expect(` ${row(2).target_new}`.startsWith(text)).toBe(true)
    expect(Object.keys(tokens[0])).toEqual(['id', 'text', 'logprob', 'rank'])
    expect(routes[0]).toMatchObject({ editId: 'e2', rival: expect.any(Number) as number, margin: 0.8 })

    const shown = await erratum(['sessions', 'show', session])
    expect(shown.json).toMatchObject({
      schemaVersion: 3,
      edits: rows(3).map((r) => ({ id: r.id, prompt: r.prompt, target: r.target_new, live: true })),
      batches: [{ edits: 2 }, { edits: 1 }]
    })
    expect(routes[0]).toMatchObject({ block: (shown.json!.batches as { block: string }[])[1].block })

    const empty = file('empty.jsonl', [])
    const measured = await erratum(['eval', '--session', session, '--accurate', empty])
    const R = { edits: { n: 3, fired: 1, ownBlock: 1 }, accurate: { n: 0, before: null, after: null, fired: null } }
    expect(measured.json).toMatchObject({
      deployment: { ...R, edits: { ...R.edits, exact: { after: 1 } } },
      paper: { ...R, edits: { ...R.edits, exact: null } }
    })
    expect(Object.keys(measured.json!.deployment as object)).toEqual(['edits', 'accurate'])

    const withdrawn = await erratum(['sessions', 'withdraw', session, 'e1'])
    expect(withdrawn.json).toMatchObject({ withdrawn: [{ id: 'e1' }], liveAgain: [] })
    expect((await erratum(['sessions', 'show', session])).json).toMatchObject({
      edits: [{ id: 'e0' }, { id: 'e2' }],
      withdrawn: [{ id: 'e1' }]
    })
    const absent = await erratum(['sessions', 'withdraw', session, 'e1'])
    expect([absent.code, absent.json]).toMatchObject([2, { error: { code: 'NotFound', field: 'edit' } }])
    expect((await erratum(['sessions', 'reinstate', session])).json).toMatchObject({ reinstated: [{ id: 'e1' }] })

    const undone = await erratum(['sessions', 'undo', session])
    expect(undone.json).toMatchObject({ undone: { edits: ['e2'] } })
    const [{ block }] = (await erratum(['sessions', 'show', session])).json!.batches as { block: string }[]
    expect((await erratum(['sessions', 'undo', session, block])).json).toMatchObject({ undone: { block } })
    const missing = await erratum(['sessions', 'undo', session, block])
    expect([missing.code, missing.json]).toMatchObject([2, { error: { code: 'NotFound', field: 'block' } }])
    expect((await erratum(['sessions', 'redo', session])).json).toMatchObject({ redone: { block } })
    expect((await erratum(['sessions', 'redo', session])).json).toMatchObject({ redone: { edits: ['e2'] } })

    const copy = join(home.root, 'copied', 'main.erratum')
    expect((await erratum(['sessions', 'copy', session, copy])).json).toEqual({ copied: copy })
    const unpacked = join(home.root, 'sessions', 'unpacked')
    expect((await erratum(['sessions', 'copy', copy, unpacked])).code).toBe(0)
    const listed = (await erratum(['sessions', 'list'])).json as unknown as { dir: string; edits: number }[]
    expect(listed.filter((s) => s.dir === unpacked).map((s) => s.edits)).toEqual([3])
    expect(await erratum(['sessions', 'verify', unpacked])).toMatchObject({ code: 0, json: { ok: true, problems: [] } })
    const keys = join(unpacked, 'blocks', block, 'keys.safetensors')
    truncateSync(keys, 100)
    const damaged = await erratum(['sessions', 'verify', unpacked])
    expect(damaged).toMatchObject({
      code: 2,
      json: { ok: false, problems: [{ file: join(unpacked, 'blocks', block) }] }
    })
  })

  it(
    'stopped by Ctrl+C or killed while it trains leaves whole batches, and goes on',
    { timeout: 5 * MINUTES },
    async () => {
      const edits = file('many.jsonl', rows(4))
      const more = ['--batch-size', '1', '--rank', '8', '--iterations', '400']
      for (const [signal, code] of [
        ['SIGINT', 3],
        ['SIGKILL', null]
      ] as const) {
        const stopped = await erratum(edit(signal, edits, ...more), (stderr, kill) => {
          if (stderr.includes('batch 1 done')) kill(signal)
        })
        expect(stopped.code).toBe(code)
        if (signal === 'SIGINT') expect(stopped.json).toMatchObject({ error: { code: 'Cancelled' } })
        const { json } = await erratum(['sessions', 'show', join(home.root, signal)])
        const kept = (json!.edits as { id: string }[]).map((e) => e.id)
        expect(kept).toEqual(rows(kept.length).map((r) => r.id))
        expect(kept.length).toBeGreaterThan(0)
        const rest = await erratum(edit(signal, edits, '--batch-size', '1', '--iterations', '5'))
        expect(rest.json).toMatchObject({ edits: 4, batches: 4 - kept.length, blocks: 4 })
      }
    }
  )
})

describe('files in and out', { timeout: 5 * MINUTES }, () => {
  const pairs = [
    { text: 'About X.', labels: 'It was so.' },
    { text: 'About Y.' },
    { text: 'About Z.', labels: 'It was not.' }
  ]
  const lists = { prompts: ['About number 7.'], target_new: ['It was 49.'], ground_truth: ['It was 50.'] }

  it('import tells of bad rows, leaves them out when asked, and writes another format', async () => {
    const given = file('pairs.jsonl', pairs)
    const refused = await erratum(['import', given])
    expect(refused).toMatchObject(failure('BadFile', { file: given, line: 2, field: 'labels', good: 2 }))
    const to = join(home.root, 'taken.json')
    const taken = await erratum(['import', given, '--skip-bad', '--to', 'easyedit', '--out', to])
    expect(taken).toMatchObject({
      code: 0,
      json: {
        formats: { pairs: 2 },
        bad: [{ line: 2, field: 'labels' }],
        written: { rows: 2 },
        notCarried: [{ field: 'id' }]
      }
    })
    expect(JSON.parse(readFileSync(to, 'utf8'))).toEqual({
      prompts: ['About X.', 'About Z.'],
      target_new: ['It was so.', 'It was not.']
    })
    expect(await erratum(['import', given, '--skip-bad', '--to', 'edits', '--out', to])).toMatchObject(
      failure('BadInput', { field: 'out' })
    )
  })

  it('edit takes any format of edits, and export gives them back in another', async () => {
    const edits = join(home.root, 'lists.json')
    writeFileSync(edits, JSON.stringify(lists))
    const trained = await erratum(edit('lists', edits, '--rank', '8', '--iterations', '5'))
    expect(trained.json).toMatchObject({ edits: 1, bad: [] })
    const session = join(home.root, 'lists')
    const out = join(home.root, 'counterfact.json')
    const exported = await erratum(['export', '--session', session, '--format', 'counterfact', '--out', out])
    expect(exported).toMatchObject({ code: 0, json: { rows: 1, notInForce: {} } })
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject([
      {
        requested_rewrite: {
          prompt: 'About number 7.',
          target_new: { str: 'It was 49.' },
          target_true: { str: 'It was 50.' }
        }
      }
    ])
    const bundle = join(home.root, 'bundle')
    const bundled = await erratum(['export', '--session', session, '--format', 'peft', '--out', bundle])
    expect(bundled.json).toMatchObject({ format: 'peft', blocks: 1, edits: 1, index: 'scopes' })
    expect(await erratum(['export', '--session', session, '--format', 'peft', '--out', bundle])).toMatchObject(
      failure('BadInput')
    )
  })
})

describe('bad input ends with 2 and a typed error', { timeout: 3 * MINUTES }, () => {
  it.each([
    [['generate'], {}],
    [['generate', '--prompt', 'x', '--top-k', 'some'], { field: 'top-k' }],
    [['edit', '--model', 'm', '--session', 's'], { field: 'edits' }],
    [['no-such-command'], {}]
  ])('%j', async (args, details) => {
    expect(await erratum(args)).toMatchObject(failure('BadInput', details))
  })

  it('of files: the line and the field', async () => {
    const broken = file('broken.jsonl', [...rows(16), '{"id": 17, "prompt": ', row(18)])
    expect(await erratum(edit('s', broken))).toMatchObject(failure('BadFile', { file: broken, line: 17 }))
    const empty = file('target.jsonl', [row(1), { ...row(2), target_new: ' ' }])
    expect(await erratum(edit('s', empty))).toMatchObject(failure('BadFile', { line: 2, field: 'target_new' }))
    const long = file('long.jsonl', [row(1), { ...row(2), prompt: 'word '.repeat(100) }])
    expect(await erratum(edit('s', long))).toMatchObject(failure('DoesNotFit', { line: 2 }))
    expect(await erratum(edit('s', join(home.root, 'nowhere.jsonl')))).toMatchObject(failure('NotFound'))
  })

  it('of models: which file', async () => {
    const model = (name: string, change: (folder: string) => void): string => {
      const folder = join(home.root, name)
      cpSync(home.model, folder, { recursive: true })
      change(folder)
      return folder
    }
    const weights = (folder: string): string => join(folder, 'model.safetensors')
    const cut = model('cut', (folder) => truncateSync(weights(folder), 9000))
    const nan = model('nan', (folder) => {
      const bytes = readFileSync(weights(folder))
      bytes.writeFloatLE(NaN, bytes.length - 4)
      writeFileSync(weights(folder), bytes)
    })
    const config = model('config', (folder) => {
      const read = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as object
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...read, vocab_size: 400 }))
    })
    for (const folder of [cut, nan, config])
      expect(await erratum(['generate', '--model', folder, '--prompt', 'x'])).toMatchObject(failure('BadFile'))
  })
})
