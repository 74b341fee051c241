/** The job of `erratum eval`: a session's edits, sets of accurate sentences and unrelated texts, under either protocol. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
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
import { aboutEvaluation, sampleRows, sha256 } from './evaluation-about.ts'
import type { EvaluationAbout, SetAbout } from './evaluation-about.ts'
import type { EditSession } from './edit-session.ts'

export interface EvaluateSessionOptions {
  session: string
  edits?: string
  accurate?: string
  locality?: string
  protocol?: 'both' | Protocol
  index?: EditSettings['index']
  executor?: ExecutorName
  /** at most so many rows of each set, drawn by the seed (0 if absent) */
  sample?: number
  sampleSeed?: number
  signal?: AbortSignal
  onProgress?: (done: number, of: number, what: string) => void
  /** told once, where edits or sentences do not fit the model's context and are not measured */
  onLeftOut?: (ids: readonly string[]) => void
}

export type SessionEvaluation = Partial<Record<Protocol, Evaluation>> & { about: EvaluationAbout }

export async function evaluateSession(options: EvaluateSessionOptions): Promise<SessionEvaluation> {
  if (options.sampleSeed !== undefined && options.sample === undefined)
    throw new ErratumError('BadInput', '--sample-seed is about --sample, which was not given.', {
      field: 'sample-seed'
    })
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
    const sample = options.sample === undefined ? null : { size: options.sample, seed: options.sampleSeed ?? 0 }
    const leftOut: string[] = []
    const fitting = <T extends Omit<Row, 'rephrase'>>(list: readonly T[]): T[] => {
      const fits = list.map((row) => session.fits(session.sample(row)))
      leftOut.push(...list.filter((_, i) => !fits[i]).map((row) => row.id))
      return list.filter((_, i) => fits[i])
    }
    const given = rows ?? liveEdits(session)
    const input = {
      edits: fitting(sampleRows(given, sample)).map((row) => evaluatedEdit(session, row)),
      accurate: accurate && fitting(sampleRows(accurate, sample)),
      locality: locality && sampleRows(locality, sample)
    }
    if (leftOut.length > 0) options.onLeftOut?.(leftOut)
    const protocols: Protocol[] =
      !options.protocol || options.protocol === 'both' ? ['deployment', 'paper'] : [options.protocol]
    const measured = await evaluateProtocols(
      session.model,
      Object.fromEntries(protocols.map((protocol) => [protocol, session.rules(protocol, options.index)])),
      input,
      { signal: options.signal, onProgress: options.onProgress }
    )
    const about = (file: string | undefined, all: readonly unknown[], taken: readonly unknown[]): SetAbout => ({
      file: file === undefined ? null : basename(file),
      sha256: sha256(file === undefined ? given.map(canonical).join('\n') : readFileSync(file)),
      rows: all.length,
      measured: taken.length
    })
    return {
      ...measured,
      about: aboutEvaluation(session, {
        protocols,
        index: options.index ?? session.settings.index,
        data: {
          edits: about(options.edits, given, input.edits),
          ...(accurate && { accurate: about(options.accurate, accurate, input.accurate ?? []) }),
          ...(locality && { locality: about(options.locality, locality, input.locality ?? []) })
        },
        sample
      })
    }
  } finally {
    await session.close()
  }
}

const canonical = ({ id, prompt, target }: Row): string => JSON.stringify([id, prompt, target])

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

/** A row as it is measured: with the block that it should fire, and the rewordings that fit the context. */
export function evaluatedEdit(session: EditSession, row: Row): EvaluatedEdit {
  const { rule } = session.rules()
  const context = session.model.config.positions
  const rephrase = row.rephrase?.filter(
    (r) => session.sampleLength({ prompt: r.prompt, target: row.target }) <= context
  )
  // The header is the first sentence of a prompt.
  const place = Math.max(0, splitSentences(row.prompt, rule).length - 1)
  return { id: row.id, prompt: row.prompt, target: row.target, block: session.blockOf(row), place, rephrase }
}
