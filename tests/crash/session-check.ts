/** What has to hold of a session whose writer was killed, looked at by opening it again. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Passage } from '../../src/contract/types.ts'
import { NeuronIndexStore } from '../../src/main/editor/neuron-index/store.ts'
import { EditSession } from '../../src/main/services/edit-session.ts'
import type { EditRequest } from '../../src/main/services/edit-session.ts'
import type { EditSettings } from '../../src/main/editor/edit-settings.ts'
import type { Calibration } from '../../src/main/editor/calibration.ts'
import type { OpenedModel } from '../../src/main/services/model-library.ts'
import { REVIEW_RECORD } from '../../src/main/services/review/records.ts'
import { PROTOCOLS } from '../../src/main/services/session-indices.ts'
import { Workspace } from '../../src/main/services/workspace.ts'
import { scanJournal } from '../../src/main/session/journal-format.ts'
import type { JournalRecord } from '../../src/main/session/journal-format.ts'
import { openSession } from '../../src/main/session/session-folder.ts'
import type { SessionStore } from '../../src/main/session/session-store.ts'
import { probe } from '../services/probe.ts'
import type { Probed } from '../services/probe.ts'

/** What a kill may leave, and no more. */
const ALLOWED_NOTICES = ['stale-lock', 'torn-record', 'unfinished-batch', 'migrated']

export interface Known {
  /** the journal when the last action was acknowledged: it only ever grows */
  journal: Buffer
  /** passages as the engine told them when it acknowledged the last action on them */
  passages: Map<string, Passage>
}

export interface Contents {
  batches: string[]
  undone: string[]
  /** ids of those in force */
  edits: string[]
  /** ids of those that can be reinstated */
  withdrawn: string[]
}

export class SessionCheck {
  private readonly opened: OpenedModel
  private readonly calibration: Calibration
  private readonly texts: readonly EditRequest[]
  /** routes and logits of the probe set by the blocks and edits in force, as they were when first seen */
  private readonly seen = new Map<string, Probed>()

  constructor(opened: OpenedModel, calibration: Calibration, texts: readonly EditRequest[]) {
    this.opened = shared(opened)
    this.calibration = calibration
    this.texts = texts
  }

  /** Reads a session beside its writer: whatever it writes or trains later, these blocks have to give these logits. */
  async remember(dir: string): Promise<void> {
    const store = await openSession(dir, { readOnly: true })
    await this.compareLogits(this.over(store))
    await store.close()
  }

  /**
   * Opens the session for writing, as a person would, and throws where something is not as it was.
   * @returns the records behind the last acknowledged one: of the action that was under way
   */
  async afterKill(dir: string, known: Known): Promise<JournalRecord[]> {
    const found = readFileSync(join(dir, 'journal.jsonl'))
    demand(found.subarray(0, known.journal.length).equals(known.journal), 'an acknowledged record is gone')
    const store = await openSession(dir)
    try {
      const odd = store.notices.filter(({ kind }) => !ALLOWED_NOTICES.includes(kind))
      demand(odd.length === 0, odd.map(({ message }) => message).join(' '))
      checkBlocks(store)
      const acknowledged = scanJournal(known.journal).records
      checkReview(store, acknowledged, known.passages)
      const session = this.over(store)
      await session.storeIndices()
      await checkTables(session)
      await this.compareLogits(session)
      await session.close()
      const last = acknowledged.at(-1)?.seq ?? 0
      return scanJournal(readFileSync(join(dir, 'journal.jsonl'))).records.filter(({ seq }) => seq > last)
    } finally {
      await store.close()
    }
  }

  /** Which batches and edits are there, and which were taken out. */
  async contents(dir: string): Promise<Contents> {
    const store = await openSession(dir, { readOnly: true })
    const names = (batches: readonly { block: string }[]): string[] => batches.map(({ block }) => block)
    const ids = (edits: readonly { editId: string }[]): string[] => edits.map(({ editId }) => editId)
    const { batches, undone, edits, withdrawn } = store
    const contents = {
      batches: names(batches),
      undone: names(undone),
      edits: ids(edits),
      // What was trained again under its id cannot be put back beside itself.
      withdrawn: ids(withdrawn).filter((id) => !ids(edits).includes(id))
    }
    await store.close()
    return contents
  }

  private over(store: SessionStore): EditSession {
    const settings = store.header.settings as unknown as EditSettings
    return new EditSession(this.opened, store, this.calibration, settings)
  }

  private async compareLogits(session: EditSession): Promise<void> {
    const present = session.store.batches
      .map(({ block, withdrawn }) => [block, ...withdrawn.map(({ editId }) => editId)].join(' less '))
      .join()
    const now = await probe(session, this.texts)
    const before = this.seen.get(present)
    this.seen.set(present, now)
    demand(!before || before.logits === now.logits, `the logits under ${present} are others than before`)
    demand(!before || JSON.stringify(before.routes) === JSON.stringify(now.routes), `the routes are others than before`)
  }
}

/** One model serves all sessions: closing one does not release it. */
export function shared(opened: OpenedModel): OpenedModel {
  return { ...opened, model: Object.create(opened.model, { release: { value: async () => undefined } }) as OpenedModel['model'] } // prettier-ignore
}

/** Journal and folders agree, and each batch is whole: its files are those of its commit, and give keys and weights. */
function checkBlocks(store: SessionStore): void {
  const present = store.batches.map(({ block }) => block)
  const folders = readdirSync(join(store.folder, 'blocks')).sort()
  demand(folders.join() === [...present].sort().join(), `blocks ${folders.join()} for batches ${present.join()}`)
  const trash = readdirSync(join(store.folder, 'trash'))
  for (const { block } of store.undone) demand(trash.includes(block), `the undone block ${block} is not in the trash`)
  for (const { block, committed } of store.batches) {
    demand(store.keysOf(block).deployment.length === committed.length, `block ${block} has keys of other edits`)
    store.loadBlock(block)
  }
}

/** The review that the acknowledged records come to is what the engine told, and all records can be read. */
function checkReview(store: SessionStore, acknowledged: readonly JournalRecord[], told: Map<string, Passage>): void {
  const over = (records: readonly JournalRecord[]): Workspace => {
    const payloads = records.filter(({ kind }) => kind === REVIEW_RECORD).map(({ payload }) => payload)
    const journal = { appendRecord: () => Promise.reject(new Error('for reading')), records: () => payloads }
    return new Workspace(journal, { onChange: () => undefined })
  }
  const then = over(acknowledged)
  for (const [id, passage] of told)
    demand(same(byHand(then.passage(id)), byHand(passage)), `passage ${id} is not as it was acknowledged`)
  demand(over(store.records(REVIEW_RECORD)).setAside === 0, 'a record of the review cannot be read')
}

/** Without what a check of the promises, which begins by itself, may have found since. */
function byHand({ promise: _promise, rewriting: _rewriting, ...passage }: Passage): Partial<Passage> {
  return passage
}

export async function checkTables(session: EditSession): Promise<void> {
  for (const protocol of PROTOCOLS) {
    const table = await NeuronIndexStore.open(join(session.store.indexFolder, protocol))
    const index = session.rules(protocol).index as Parameters<typeof table.verify>[0]
    const agrees = await table.verify(index)
    table.close()
    demand(agrees, `the table of ${protocol} differs from the index`)
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))

/** Keys in one order: what crossed a process border was built by a schema, and what was replayed by hand. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)])
  )
}

export function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise)
}
