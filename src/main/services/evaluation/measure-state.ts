/** Measures one state of a session: which rows are taken, what is computed, and how the figures came about. */
import type { Drawing, Evaluation, EvaluationAbout, SetAbout } from '../../../contract/evaluation.ts'
import { passageTokens } from '../../editor/edit-sample.ts'
import { splitSentences } from '../../editor/sentence-ends.ts'
import type { Protocol } from '../../editor/read-text.ts'
import type { ApprovedPassage } from '../../evaluation/approved-writing.ts'
import { evaluateProtocols } from '../../evaluation/evaluate.ts'
import type { EvaluatedEdit, EvaluationInput } from '../../evaluation/evaluate.ts'
import type { Rephrase } from '../../formats/edits.ts'
import type { EditSession } from '../edit-session.ts'
import { aboutEvaluation, sampleRows } from './about.ts'
import { shelvesFor } from './file-shelf.ts'
import { fromSession } from './sets.ts'
import type { EvaluationSets, GivenSet, Row } from './sets.ts'
import type { SessionState } from './session-state.ts'

export interface Chosen {
  readonly protocols: readonly Protocol[]
  /** null: the whole sets */
  readonly sample: Drawing | null
}

export interface Prepared {
  readonly input: EvaluationInput
  readonly about: EvaluationAbout
  /** ids of rows that are longer than the context and are not measured */
  readonly leftOut: readonly string[]
}

export interface MeasureHooks {
  readonly signal?: AbortSignal
  /** @param share of the whole, 0 to 1; @param what a phrase */
  readonly onProgress?: (share: number, what: string) => void
}

/** Which rows are measured, before anything is computed. */
export function prepare(
  session: EditSession,
  state: SessionState,
  sets: EvaluationSets,
  { protocols: asked, sample }: Chosen
): Prepared {
  // In the order of a report.
  const protocols = (['deployment', 'paper'] as const).filter((p) => asked.includes(p))
  const leftOut: string[] = []
  const taken = <T extends { id: string }>(set: GivenSet<T>, fits: (row: T) => boolean): T[] => {
    const drawn = sampleRows(set.rows, sample)
    const fitting = drawn.filter(fits)
    const kept = new Set(fitting)
    leftOut.push(...drawn.filter((row) => !kept.has(row)).map((row) => row.id))
    return fitting
  }
  const fitsRow = (row: Row): boolean => session.unfit(row) === null

  const edits = sets.edits ?? fromSession(state.liveEdits.map(toRow))
  const { accurate, locality, approved, others } = sets
  const rows = {
    edits: taken(edits, fitsRow),
    accurate: accurate && taken(accurate, fitsRow),
    locality: locality && sampleRows(locality.rows, sample),
    approved: approved && taken(approved, (p) => fitsPassage(session, p)),
    others: others && sampleRows(others.rows, sample)
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
  return {
    leftOut,
    input: {
      edits: rows.edits.map((row) => evaluatedEdit(session, row, state.blockOf(row))),
      accurate: rows.accurate,
      locality: rows.locality,
      ...((rows.approved ?? rows.others) && {
        approved: { passages: rows.approved ?? [], others: rows.others ?? [] }
      })
    },
    about: aboutEvaluation(session, state, {
      protocols,
      data: Object.fromEntries(Object.entries(data).filter(([, set]) => set !== undefined)),
      sample
    })
  }
}

/** Stopped, it goes on where it was when the same is asked for again. */
export async function measure(
  session: EditSession,
  state: SessionState,
  { input, about }: Prepared,
  { signal, onProgress }: MeasureHooks
): Promise<Partial<Record<Protocol, Evaluation>>> {
  const shelves = shelvesFor(session, [state.seal, about])
  const sets = [input.edits, input.accurate, input.locality, input.approved?.passages, input.approved?.others]
  const rewordings = input.edits?.some((e) => e.rephrase !== undefined) ? 1 : 0
  const expected = sets.filter((set) => set !== undefined && set.length > 0).length + rewordings
  const shares = new Map<string, number>()
  const evaluation = await evaluateProtocols(
    session.model,
    Object.fromEntries(about.protocols.map((protocol) => [protocol, state.rules(protocol)])),
    input,
    {
      signal,
      shelves,
      onProgress: (done, of, what) => {
        shares.set(what, done / of)
        const share = [...shares.values()].reduce((a, b) => a + b, 0) / Math.max(1, expected)
        onProgress?.(Math.min(1, share), `${what}: ${done} of ${of}`)
      }
    }
  )
  shelves.finished()
  return evaluation
}

function toRow(edit: SessionState['liveEdits'][number]): Row {
  const { editId: id, prompt, join, target, extra } = edit
  return { id, prompt, join, target, rephrase: extra['rephrase'] as Rephrase[] | undefined }
}

function fitsPassage(session: EditSession, { prompt, sentences }: ApprovedPassage): boolean {
  const { promptIds, sentences: pieces } = passageTokens(session.model.tokenizer, prompt, sentences.map((s) => s.text)) // prettier-ignore
  return promptIds.length + pieces.flat().length <= session.model.config.positions
}

/** A row as it is measured: with the block that it should fire, and the rewordings that fit the context. */
export function evaluatedEdit(session: EditSession, row: Row, block = session.blockOf(row)): EvaluatedEdit {
  const { rule } = session.rules()
  const context = session.model.config.positions
  const rephrase = row.rephrase?.filter(
    (r) => session.sampleLength({ id: row.id, prompt: r.prompt, target: row.target }) <= context
  )
  // The header is the first sentence of a prompt.
  const place = Math.max(0, splitSentences(row.prompt, rule).length - 1)
  return { id: row.id, prompt: row.prompt, join: row.join, target: row.target, block, place, rephrase }
}
