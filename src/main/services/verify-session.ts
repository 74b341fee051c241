/** Every file of a session against what it has to be; nothing is changed. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { NeuronIndexStore } from '../editor/neuron-index/store.ts'
import { BlockStore } from '../session/block-store.ts'
import { LOCK_FILE } from '../session/lock.ts'
import { openSession } from '../session/session-folder.ts'
import type { SessionStore } from '../session/session-store.ts'
import { REVIEW_RECORD } from './review/records.ts'
import { Workspace } from './workspace.ts'
import { buildIndices, PROTOCOLS } from './session-indices.ts'
import type { ByProtocol } from './session-indices.ts'

export interface Verification {
  dir: string
  schemaVersion: number
  /** nothing that cannot be derived is damaged */
  ok: boolean
  batches: number
  undone: number
  /** edits that were withdrawn from batches that are present */
  withdrawn: number
  /** records of the review, and how many of them cannot be read */
  review: { records: number; setAside: number }
  /** derived: one that differs or is absent is written anew when the session is opened */
  tables: ByProtocol<'agrees' | 'differs' | 'absent'>
  problems: { message: string; file?: string }[]
  notes: string[]
}

export async function verifySession(dir: string): Promise<Verification> {
  const store = await openSession(dir, { readOnly: true })
  try {
    const problems = store.notices.map(({ message, file }) => ({ message, file }))
    problems.push(...(await damagedInTrash(store)))
    const payloads = store.records(REVIEW_RECORD).map(({ payload }) => payload)
    const journal = { appendRecord: () => Promise.resolve(), records: () => payloads }
    const { setAside } = new Workspace(journal, { onChange: () => undefined })
    if (setAside > 0) problems.push({ message: `${setAside} records of the review cannot be read.`, file: undefined })
    const tables = await compareTables(store)
    const notes = PROTOCOLS.filter((p) => tables[p] !== 'agrees').map(
      (p) =>
        `The table of ${p} ${tables[p] === 'absent' ? 'is absent' : 'differs'}; it is made anew at the next opening.`
    )
    if (existsSync(join(store.folder, LOCK_FILE))) notes.push('The session is open for writing, or was left so.')
    return {
      dir: resolve(dir),
      schemaVersion: store.schemaVersion,
      ok: problems.length === 0,
      batches: store.batches.length,
      undone: store.undone.length,
      withdrawn: store.withdrawn.length,
      review: { records: payloads.length, setAside },
      tables,
      problems,
      notes
    }
  } finally {
    await store.close()
  }
}

/** A batch that was taken out can only be put back whole. */
async function damagedInTrash(store: SessionStore): Promise<{ message: string; file: string }[]> {
  const blocks = new BlockStore(store.folder)
  const found = await Promise.all(
    store.undone.map(async (batch) => {
      const problem = await blocks.problemOf(batch, blocks.trash)
      // A crash may have left it in its place; the next writer moves it.
      if (problem === null || (await blocks.problemOf(batch)) === null) return []
      const message = `Block ${batch.block}, which was taken out, cannot be put back: ${problem}.`
      return [{ message, file: join(blocks.trash, batch.block) }]
    })
  )
  return found.flat()
}

async function compareTables(store: SessionStore): Promise<Verification['tables']> {
  const edits = { deployment: store.indexedEdits('deployment'), paper: store.indexedEdits('paper') }
  const { header } = store
  const due = buildIndices(edits, { deployment: header, paper: header.paper }, header.index)
  const tables: Record<string, Verification['tables']['paper']> = {}
  for (const protocol of PROTOCOLS) {
    const folder = join(store.indexFolder, protocol)
    if (!existsSync(folder)) {
      tables[protocol] = 'absent'
      continue
    }
    const table = await NeuronIndexStore.open(folder)
    tables[protocol] = (await table.verify(due[protocol])) ? 'agrees' : 'differs'
    table.close()
  }
  return tables as Verification['tables']
}
