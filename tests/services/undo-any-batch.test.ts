/**
 * Whatever is taken out and put back, batches and single edits, in whatever order: routes and logits are, to the last
 * bit, those of a session into which the blocks and keys of the edits that are left were put alone, in the order of
 * their commits.
 */
import fc from 'fast-check'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NeuronIndexStore } from '../../src/main/editor/neuron-index/store.ts'
import { openEditSession } from '../../src/main/services/edit-sessions.ts'
import { EditSession } from '../../src/main/services/edit-session.ts'
import type { EditRequest } from '../../src/main/services/edit-session.ts'
import { buildIndices, PROTOCOLS } from '../../src/main/services/session-indices.ts'
import { createSession, openSession } from '../../src/main/session/session-folder.ts'
import type { SessionStore } from '../../src/main/session/session-store.ts'
import { probe } from './probe.ts'
import type { Probed } from './probe.ts'
import { tinyHome } from './tiny-home.ts'
import type { TinyHome } from './tiny-home.ts'

const edit = (id: string, prompt: string, target: string): EditRequest => ({ id, prompt, target })
/** The same place said otherwise, a place inside another edit's text, and places of their own. */
const BATCHES: readonly EditRequest[][] = [
  [edit('a', 'About Ann.', 'She was born in May. She died.'), edit('b', 'About Bob and others.', 'He wrote.')],
  [edit('c', 'About Ann.', 'She was never born.')],
  [edit('d', 'About Ann. She was born in May.', 'She lives.'), edit('e', 'About Cid.', 'It sank.')],
  [edit('f', 'About Bob and', 'others. He slept. He rose.')],
  [edit('g', 'About Cid.', 'It sank.'), edit('h', 'About Dee.', 'It ran dry. It froze.')]
]
const PROBES = [...BATCHES.flat(), edit('x', 'Something else.', 'It goes on. And on.')]

type Move = { batch: number } | { edit: string }

let home: TinyHome
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
})
afterAll(() => home.remove())

describe.each(['scopes', 'clusters'] as const)('a session in the mode %s', { timeout: 240_000 }, (index) => {
  let session: EditSession
  /** how often a probe met a block, over all runs: a test in which nothing fires would tell nothing */
  let fired = 0
  beforeAll(async () => {
    const settings = { rank: 2, iterations: 3, extraIterations: 0, index }
    session = await openEditSession({
      model: home.model,
      dir: join(home.root, index),
      executor: 'onnxruntime',
      settings
    })
    for (const batch of BATCHES) await session.trainBatch(batch)
  })
  afterAll(() => session.close())

  const over = (store: SessionStore): EditSession =>
    new EditSession(
      { model: session.model, summary: { id: session.modelId } as never },
      store,
      session.calibration,
      session.settings
    )

  /** A new session that only ever had these batches and edits. */
  async function onlyWith(store: SessionStore, name: string): Promise<Probed> {
    const fresh = await createSession(join(home.root, name), store.header)
    for (const { block, edits, committed, loraLayers, training } of store.batches) {
      // A block that no edit routes to might as well not be there.
      if (edits.length === 0) continue
      const keys = store.keysOf(block)
      const inForce = <T>(rows: readonly T[]): T[] => rows.filter((_, i) => edits.includes(committed[i]))
      await fresh.commitBatch({
        blockId: block, weights: store.loadBlock(block), loraLayers, edits,
        keys: { deployment: inForce(keys.deployment), paper: inForce(keys.paper) }, training
      }) // prettier-ignore
    }
    const probed = await probe(over(fresh), PROBES)
    await fresh.close()
    return probed
  }

  /** Takes a batch or an edit out, or puts it back; an edit whose batch is out stays as it is. */
  async function toggle(move: Move): Promise<void> {
    const { store } = session
    if ('batch' in move) {
      const blocks = [...store.batches, ...store.undone].sort((a, b) => a.batch - b.batch).map((b) => b.block)
      const block = blocks[move.batch]
      await (store.batches.some((b) => b.block === block) ? session.undo(block) : session.redo(block))
    } else if (store.edits.some((e) => e.editId === move.edit)) await session.withdraw([{ editId: move.edit }])
    else if (store.withdrawn.some((e) => e.editId === move.edit)) await session.reinstate([{ editId: move.edit }])
  }

  it('never shows which batches and edits it had before', async () => {
    let run = 0
    const moves = fc.array(
      fc.oneof(
        fc.record({ batch: fc.nat({ max: BATCHES.length - 1 }) }),
        fc.record({ edit: fc.constantFrom(...BATCHES.flat().map(({ id }) => id)) })
      ),
      { minLength: 1, maxLength: 8 }
    )
    await fc.assert(
      fc.asyncProperty(moves, async (chosen) => {
        const { store } = session
        for (const move of chosen) await toggle(move)
        const probed = await probe(session, PROBES)
        expect(probed).toEqual(await onlyWith(store, `${index}-${run++}`))
        fired += JSON.stringify(probed.routes).match(/"block":"/g)?.length ?? 0

        // The same over a reopening, from the tables, and in the folders.
        const reading = await openSession(session.dir, { readOnly: true })
        expect(await probe(over(reading), PROBES)).toEqual(probed)
        expect(readdirSync(join(session.dir, 'blocks')).sort()).toEqual(store.batches.map((b) => b.block))
        const edits = { deployment: reading.indexedEdits('deployment'), paper: reading.indexedEdits('paper') }
        const due = buildIndices(edits, session.calibration, index)
        for (const protocol of PROTOCOLS) {
          const table = await NeuronIndexStore.open(join(session.store.indexFolder, protocol))
          expect(await table.verify(due[protocol])).toBe(true)
          table.close()
        }
        await reading.close()
      }),
      { numRuns: 15, seed: 5 }
    )
    expect(fired).toBeGreaterThan(100)
  })
})
