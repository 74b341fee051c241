/** The promises of a session outside the window: told, and looked at again. */
import type { BreakCause, BrokenPromises, EditPromises } from '../../../contract/types.ts'
import { openEditSession, showSession } from '../edit-sessions.ts'
import type { SessionSummary } from '../edit-sessions.ts'
import type { EditSession } from '../edit-session.ts'
import { reviewOfSession } from '../exchange/session-rows.ts'
import { openSession } from '../../session/session-folder.ts'
import type { SessionStore } from '../../session/session-store.ts'
import { Workspace } from '../workspace.ts'
import { checkPromises, editPromises } from './check-promises.ts'
import type { CheckOptions, KnownPromises, Promising } from './check-promises.ts'
import { stateOfEdits } from './edits-state.ts'
import { presentEdits } from './present-edits.ts'
import { promiseBench } from './promise-bench.ts'

/** How the promises of a session stand, as far as anybody has looked; counts are of sentences and of edits. */
export interface PromiseSummary {
  readonly passages: {
    readonly promised: number
    readonly held: number
    readonly broken: { passageId: string; name: string; sentence: number; cause: BreakCause }[]
    /** sentences of passages that nobody has looked at since the edits changed */
    readonly unchecked: number
  }
  readonly edits: EditPromises
}

/** Read without the model. */
export function knownPromises(store: SessionStore): PromiseSummary {
  const state = stateOfEdits(store.header.model.sha256, store.edits)
  const promises = { state: () => state, edits: () => presentEdits(store) }
  return summaryOf({ bench: { promises }, workspace: reviewOfSession(store) })
}

/** What is in a session, and how its promises stand. */
export async function showWithPromises(dir: string): Promise<SessionSummary & { promises: PromiseSummary }> {
  const summary = await showSession(dir)
  const store = await openSession(dir, { readOnly: true })
  try {
    return { ...summary, promises: knownPromises(store) }
  } finally {
    await store.close()
  }
}

function summaryOf(at: KnownPromises): PromiseSummary {
  const passages = { promised: 0, held: 0, broken: [] as PromiseSummary['passages']['broken'], unchecked: 0 }
  for (const { id, name, promise } of at.workspace.passages()) {
    passages.promised += promise.promised
    if (!promise.checked) passages.unchecked += promise.promised
    else {
      passages.held += promise.standings.filter((s) => s === 'held').length
      if (promise.broken) passages.broken.push({ passageId: id, name, ...promise.broken })
    }
  }
  return { passages, edits: editPromises(at) }
}

/** The review of an open session, for whoever is no window. */
export async function promisingOf(session: EditSession): Promise<Promising> {
  const { store } = session
  const promises = promiseBench(session)
  const workspace = new Workspace(
    {
      promises,
      appendRecord: async (kind, payload) => {
        await store.appendRecord(kind, payload)
      },
      records: (kind) => store.records(kind).map((record) => record.payload)
    },
    { onChange: () => undefined }
  )
  await workspace.reconcile(
    store.batches.map(({ block }) => block),
    store.withdrawn.map(({ block, editId }) => ({ block, editId }))
  )
  return { bench: { promises }, workspace }
}

export interface SessionCheck {
  /** what held when it was looked at last, and does not any more */
  readonly newlyBroken: BrokenPromises
  readonly promises: PromiseSummary
}

/** Looks at everything that is promised in an open session and that nobody has looked at. */
export async function checkOpenSession(session: EditSession, options: CheckOptions = {}): Promise<SessionCheck> {
  const at = await promisingOf(session)
  const newlyBroken = await checkPromises(at, options)
  return { newlyBroken, promises: summaryOf(at) }
}

/** @throws ErratumError as opening does; stopped by the signal, what was seen is kept */
export async function checkSession(
  dir: string,
  options: Pick<CheckOptions, 'signal' | 'onProgress'> = {}
): Promise<SessionCheck> {
  const session = await openEditSession({ dir, mustExist: true })
  try {
    return await checkOpenSession(session, options)
  } finally {
    await session.close()
  }
}
