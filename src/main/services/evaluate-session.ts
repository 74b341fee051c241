/** The job of `erratum eval`: a session's edits, sets of accurate sentences and unrelated texts, under either protocol. */
import type { EditSettings } from '../editor/edit-settings.ts'
import { splitSentences } from '../editor/sentence-ends.ts'
import type { Protocol } from '../editor/read-text.ts'
import { evaluateProtocols } from '../evaluation/evaluate.ts'
import type { EvaluatedEdit, Evaluation } from '../evaluation/evaluate.ts'
import type { ExecutorName } from '../engine/executors/open-executor.ts'
import { readAccurateSet, readEdits } from '../formats/edits.ts'
import type { Rephrase } from '../formats/edits.ts'
import { readLocalitySet } from '../formats/locality-set.ts'
import { openEditSession } from './edit-sessions.ts'
import type { EditSession } from './edit-session.ts'

export interface EvaluateSessionOptions {
  session: string
  edits?: string
  accurate?: string
  locality?: string
  protocol?: 'both' | Protocol
  index?: EditSettings['index']
  executor?: ExecutorName
  signal?: AbortSignal
  onProgress?: (done: number, of: number, what: string) => void
  /** told once, where edits or sentences do not fit the model's context and are not measured */
  onLeftOut?: (ids: readonly string[]) => void
}

export async function evaluateSession(options: EvaluateSessionOptions): Promise<Partial<Record<Protocol, Evaluation>>> {
  const rows = options.edits === undefined ? null : readEdits(options.edits)
  const accurate = options.accurate === undefined ? undefined : readAccurateSet(options.accurate)
  const locality = options.locality === undefined ? undefined : readLocalitySet(options.locality).map((row) => row.text)
  const session = await openEditSession({
    dir: options.session,
    executor: options.executor,
    mustExist: true,
    readOnly: true
  })
  try {
    const leftOut: string[] = []
    const fitting = <T extends Omit<Row, 'rephrase'>>(list: readonly T[]): T[] => {
      leftOut.push(...list.filter((row) => !session.fits(session.sample(row))).map((row) => row.id))
      return list.filter((row) => session.fits(session.sample(row)))
    }
    const edits = fitting((rows ?? liveEdits(session)).map((row) => withBlock(session, row)))
    const sentences = accurate && fitting(accurate)
    if (leftOut.length > 0) options.onLeftOut?.(leftOut)
    const asked: Protocol[] =
      !options.protocol || options.protocol === 'both' ? ['deployment', 'paper'] : [options.protocol]
    return await evaluateProtocols(
      session.model,
      Object.fromEntries(asked.map((protocol) => [protocol, session.rules(protocol, options.index)])),
      { edits, accurate: sentences, locality },
      { signal: options.signal, onProgress: options.onProgress }
    )
  } finally {
    await session.close()
  }
}

interface Row {
  id: string
  prompt: string
  target: string
  rephrase?: readonly Rephrase[]
}

function liveEdits(session: EditSession): Row[] {
  return session.store.edits
    .filter((e) => session.isLive(e.editId))
    .map((e) => ({
      id: e.editId,
      prompt: e.prompt,
      target: e.target,
      rephrase: e.extra['rephrase'] as Rephrase[] | undefined
    }))
}

function withBlock(session: EditSession, row: Row): EvaluatedEdit {
  const { rule } = session.rules()
  const context = session.model.config.positions
  const rephrase = row.rephrase?.filter(
    (r) => session.sampleLength({ prompt: r.prompt, target: row.target }) <= context
  )
  // The header is the first sentence of a prompt.
  const place = Math.max(0, splitSentences(row.prompt, rule).length - 1)
  return { id: row.id, prompt: row.prompt, target: row.target, block: session.blockOf(row), place, rephrase }
}
