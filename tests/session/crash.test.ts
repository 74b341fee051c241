import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createSession, openSession } from '../../src/main/session/session-folder.ts'
import type { SessionStore } from '../../src/main/session/session-store.ts'
import { HEADER, randomFrom, sampleBatch, temporaryFolder } from './sample-session.ts'

const KILLS = 20

interface Expected {
  /** by the order in which they were committed: so do the numbers in their names grow */
  readonly present: readonly string[]
  readonly undone: readonly string[]
  readonly marks: readonly number[]
}

/** What a session holds after one more change. */
function after({ present, undone, marks }: Expected, change: string): Expected {
  const [kind, what] = change.split(' ')
  const without = (names: readonly string[]): string[] => names.filter((name) => name !== what)
  if (kind === 'undo') return { present: without(present), undone: [...undone, what], marks }
  if (kind === 'redo') return { present: [...present, what].sort(byNumber), undone: without(undone), marks }
  if (kind === 'mark') return { present, undone, marks: [...marks, Number(what)] }
  return { present: [...present, what], undone, marks }
}

const byNumber = (a: string, b: string): number => Number(a.slice(6)) - Number(b.slice(6))

/** Runs the loop on the session and kills it `ms` after its change number `changes`; returns what it said. */
async function runAndKill(place: string, seed: number, changes: number, ms: number): Promise<string[]> {
  const loop = join(import.meta.dirname, 'commit-loop.ts')
  const child = spawn(process.execPath, [loop, place, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  const reached = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.startsWith('ready\n') && said.split('done\n').length > changes) resolve()
    })
    child.on('error', reject)
    child.on('close', () => reject(new Error(`The loop ended by itself: ${said}`)))
  })
  const closed = new Promise((resolve) => child.on('close', resolve))
  await reached
  await wait(ms)
  child.kill('SIGKILL')
  await closed
  return said.split('\n').slice(1, -1)
}

function contentOf(store: SessionStore): Omit<Expected, 'undone'> {
  return {
    present: store.batches.map(({ block }) => block),
    marks: store.records('mark').map(({ payload }) => payload as number)
  }
}

it(`keeps every acknowledged change whole, and no half one, over ${KILLS} kills`, { timeout: 240_000 }, async () => {
  const folder = temporaryFolder()
  const place = join(folder.path, 'session')
  await (await createSession(place, HEADER)).close()
  const random = randomFrom(20)
  let expected: Expected = { present: [], undone: [], marks: [] }
  let changes = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    const said = await runAndKill(place, kill, Math.floor(random() * 5), random() * 20)
    let asked: string | null = null
    for (const line of said) {
      if (line === 'done') {
        expected = after(expected, asked!)
        asked = null
        changes++
      } else asked = line.replace('asked ', '')
    }

    const store = await openSession(place)
    const content = contentOf(store)
    // The change under way may be there as a whole, or not at all.
    const candidates = [expected, ...(asked === null ? [] : [after(expected, asked)])]
    const found = candidates.find(
      ({ present, marks }) => JSON.stringify({ present, marks }) === JSON.stringify(content)
    )
    expect(found, `kill ${kill}: ${JSON.stringify({ content, candidates })}`).toBeDefined()
    expected = found!
    expect(store.undone.map(({ block }) => block)).toEqual(expected.undone)
    expect(store.notices.filter(({ kind }) => kind === 'damaged-record' || kind === 'damaged-block')).toEqual([])
    expect(readdirSync(join(place, 'blocks')).sort()).toEqual([...expected.present].sort())
    for (const block of expected.present) {
      const batch = sampleBatch(Number(block.slice('block-'.length)))
      expect(store.loadBlock(block)).toEqual(batch.weights)
      expect(store.keysOf(block)).toEqual(batch.keys)
    }
    await store.close()
  }
  expect(changes).toBeGreaterThan(KILLS)
  folder.remove()
})
