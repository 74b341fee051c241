/** A small real session to be damaged: trained batches, one of them and single edits taken out, a review, a snapshot, tables. */
import { createHash } from 'node:crypto'
import { openEditSession } from '../../src/main/services/edit-sessions.ts'
import { Workspace } from '../../src/main/services/workspace.ts'
import type { IndexMode } from '../../src/main/services/session-indices.ts'
import type { SessionStore } from '../../src/main/session/session-store.ts'
import type { TinyHome } from '../services/tiny-home.ts'

const NAMES = ['Ann', 'Bob', 'Cid', 'Dee', 'Eve']
const SENTENCES = ['She was born in May.', 'He wrote two books.']
const BATCHES = 4
/** the batch that is taken out again, and the one before which the snapshot is taken */
const TAKEN_OUT = 1
const AFTER_SNAPSHOT = 3

export async function makeSession(home: TinyHome, dir: string, index: IndexMode): Promise<void> {
  const settings = { iterations: 4, extraIterations: 0, batchSize: 2, rank: 2, index }
  const session = await openEditSession({ model: home.model, dir, executor: 'onnxruntime', settings })
  const { store } = session
  const review = reviewOf(store)
  const sentences = SENTENCES.map((text) => ({ text, mark: null, correction: null }))
  await review.record({
    type: 'imported',
    passages: NAMES.map((name) => ({ id: name, name, prompt: `About ${name}.`, reference: null, sentences }))
  })
  for (let n = 0; n < BATCHES; n++) {
    if (n === AFTER_SNAPSHOT) await store.snapshot()
    const edits = SENTENCES.map((text, i) => ({
      id: `${n}/${i}`,
      prompt: `About ${NAMES[(n + i) % NAMES.length]}, ${n}.`,
      target: `${text.slice(0, -1)} ${n}.`
    }))
    const { block } = await session.trainBatch(edits)
    await review.mark('Ann', n % 2, 'minor_inaccurate')
    if (n === TAKEN_OUT) await session.undo(block)
    else await session.withdraw([{ editId: `${n}/1` }])
  }
  await session.reinstate([{ editId: '2/1' }])
  await store.appendRecord('suggestion', { type: 'samples', passageId: 'Cid', texts: ['About Cid. He sank.'] })
  await review.correct('Cid', 0, 'He sank.', true)
  await session.storeIndices()
  await session.close()
}

function reviewOf(store: SessionStore): Workspace {
  const journal = {
    appendRecord: async (kind: string, payload: unknown) => {
      await store.appendRecord(kind, payload)
    },
    records: (kind: string) => store.records(kind).map(({ payload }) => payload),
    keepState: (kind: string, source: () => { records: number; state: unknown }) => store.keepState(kind, source)
  }
  return new Workspace(journal, { onChange: () => undefined })
}

/** All that a session holds, by digests: equal ones are equal to the last bit. */
export interface Holding {
  /** by block, of the batches that are present: edits, weights and keys */
  batches: Map<string, string>
  undone: string[]
  /** by block and id, the one withdrawn last at the end */
  withdrawn: string[]
  header: string
}

export function holdingOf(store: SessionStore): Holding {
  const digest = ({ block, committed }: SessionStore['batches'][number]): string => {
    const { a, b } = store.loadBlock(block)
    const { deployment, paper } = store.keysOf(block)
    const hash = createHash('sha256').update(JSON.stringify(committed))
    for (const floats of [...a, ...b, ...deployment.flat(), ...paper]) hash.update(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)) // prettier-ignore
    return hash.digest('hex')
  }
  return {
    batches: new Map(store.batches.map((batch) => [batch.block, digest(batch)])),
    undone: store.undone.map(({ block }) => block),
    withdrawn: store.withdrawn.map(({ block, editId }) => `${block} ${editId}`),
    header: JSON.stringify(store.header)
  }
}
