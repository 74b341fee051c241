/** Measures one state of a session: which rows are taken, what is computed, and how the figures came about. */
import type { Drawing, Evaluation, EvaluationAbout, SetAbout } from '../../../contract/evaluation.ts'
import { splitSentences } from '../../editor/sentence-ends.ts'
import type { Protocol } from '../../editor/read-text.ts'
import type { ApprovedPassage } from '../../evaluation/approved-writing.ts'
import { evaluateProtocols } from '../../evaluation/evaluate.ts'
import type { EvaluatedEdit, EvaluateOptions, EvaluationInput } from '../../evaluation/evaluate.ts'
import type { Rephrase } from '../../formats/edits.ts'
import type { EditSession } from '../edit-session.ts'
import { aboutEvaluation, sampleRows } from './about.ts'
import { shelvesFor } from './file-shelf.ts'
import { fromSession } from './sets.ts'
import type { EvaluationSets, GivenSet, Row } from './sets.ts'
import type { SessionState } from './session-state.ts'

export interface MeasureOptions extends Pick<EvaluateOptions, 'signal' | 'onProgress'> {
  readonly protocols: readonly Protocol[]
  /** null: the whole sets */
  readonly sample: Drawing | null
}

export type MeasuredEvaluation = Partial<Record<Protocol, Evaluation>> & { about: EvaluationAbout }

export interface Measured {
  evaluation: MeasuredEvaluation
  /** ids of rows that are longer than the context and were not measured */
  leftOut: string[]
}

/** Stopped, it goes on where it was when it is asked for again. */
export async function measureState(
  session: EditSession,
  state: SessionState,
  sets: EvaluationSets,
  options: MeasureOptions
): Promise<Measured> {
  const { sample } = options
  // In the order of a report; a state measures what it knows once.
  const protocols = (['deployment', 'paper'] as const).filter((p) => options.protocols.includes(p))
  const leftOut: string[] = []
  const taken = <T>(set: GivenSet<T>, fits: (row: T) => boolean, nameOf?: (row: T) => string): T[] => {
    const drawn = sampleRows(set.rows, sample)
    const fitting = drawn.filter(fits)
    if (nameOf) leftOut.push(...drawn.filter((row) => !fitting.includes(row)).map(nameOf))
    return fitting
  }
  const fitsRow = (row: Row): boolean => session.sampleLength(row) <= session.model.config.positions
  const idOf = (row: { id: string }): string => row.id

  const edits = sets.edits ?? fromSession(state.liveEdits.map(toRow))
  const { accurate, locality, approved, others } = sets
  const rows = {
    edits: taken(edits, fitsRow, idOf),
    accurate: accurate && taken(accurate, fitsRow, idOf),
    locality: locality && taken(locality, () => true),
    approved: approved && taken(approved, (p) => fitsPassage(session, p), idOf),
    others: others && taken(others, () => true)
  }
  const about = <T>(set: GivenSet<T> | undefined, measured: readonly T[] | undefined): SetAbout | undefined =>
    set && { ...set.about, rows: set.rows.length, measured: measured?.length ?? 0 }
  const data = {
    edits: about(edits, rows.edits),
    accurate: about(accurate, rows.accurate),
    locality: about(locality, rows.locality),
    approved: about(approved, rows.approved),
    others: about(others, rows.others)
  }
  const input: EvaluationInput = {
    edits: rows.edits.map((row) => evaluatedEdit(session, row, state.blockOf(row))),
    accurate: rows.accurate,
    locality: rows.locality,
    ...((rows.approved ?? rows.others) && {
      approved: { passages: rows.approved ?? [], others: rows.others ?? [] }
    })
  }
  const how = aboutEvaluation(session, state, {
    protocols: [...protocols],
    data: Object.fromEntries(Object.entries(data).filter(([, set]) => set !== undefined)),
    sample
  })
  const shelves = shelvesFor(session, [state.seal, how])
  const evaluation = await evaluateProtocols(
    session.model,
    Object.fromEntries(protocols.map((protocol) => [protocol, state.rules(protocol)])),
    input,
    { signal: options.signal, onProgress: options.onProgress, shelves }
  )
  shelves.finished()
  return { evaluation: { ...evaluation, about: how }, leftOut }
}

function toRow(edit: SessionState['liveEdits'][number]): Row {
  const { editId: id, prompt, target, extra } = edit
  return { id, prompt, target, rephrase: extra['rephrase'] as Rephrase[] | undefined }
}

function fitsPassage(session: EditSession, { prompt, sentences }: ApprovedPassage): boolean {
  const target = sentences.map((s) => s.text).join(' ')
  return session.sampleLength({ prompt, target }) <= session.model.config.positions
}

/** A row as it is measured: with the block that it should fire, and the rewordings that fit the context. */
export function evaluatedEdit(session: EditSession, row: Row, block = session.blockOf(row)): EvaluatedEdit {
  const { rule } = session.rules()
  const context = session.model.config.positions
  const rephrase = row.rephrase?.filter(
    (r) => session.sampleLength({ prompt: r.prompt, target: row.target }) <= context
  )
  // The header is the first sentence of a prompt.
  const place = Math.max(0, splitSentences(row.prompt, rule).length - 1)
  return { id: row.id, prompt: row.prompt, target: row.target, block, place, rephrase }
}
