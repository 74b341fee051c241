/**
 * Approved is written: trains the corrections of passages, and with them every approved sentence that greedy writing
 * would not give back by itself, until writing from the header alone gives the approved text.
 */
import { ErratumError } from '../../contract/errors.ts'
import { approvedText } from '../formats/passages.ts'
import type { PassageRow } from '../formats/passages.ts'
import { joinBetween, joinTexts } from '../../contract/join.ts'
import { decisionPoints, joinAfter, passageTokens } from '../editor/edit-sample.ts'
import { readTexts } from '../editor/read-text.ts'
import { scoreTexts } from '../editor/routed-score.ts'
import { writingLimits } from '../evaluation/approved-writing.ts'
import { runEdits, trainAll } from './edit-run.ts'
import type { EditRow, RunOptions, SkippedRow } from './edit-run.ts'
import type { BatchOutcome, EditSession } from './edit-session.ts'

export type PassageInput = Pick<PassageRow, 'id' | 'prompt' | 'sentences'> & { readonly line?: number }

export interface PassageRunOptions extends RunOptions {
  /** corrected: edits stand in the context of the approved text; original: in that of the model's own, as in the paper */
  context?: 'corrected' | 'original'
}

export interface PassageOutcome {
  id: string
  /** every sentence is approved, and one free greedy writing from the header alone gave all of them */
  asApproved: boolean | null
  approved: string
  written: string
  /** approved sentences that writing did not give back, by number */
  differs: number[]
  edits: number
}

export interface PassageRunResult {
  rows: EditRow[]
  skipped: SkippedRow[]
  batches: BatchOutcome[]
  rounds: number
  passages: PassageOutcome[]
}

/** Rounds of training what still differs. */
const ROUNDS = 6

export const joinOf =
  (session: EditSession): Join =>
  (left, right) =>
    joinAfter(session.model.tokenizer, left, right)

/** The passage as it reads with every correction in its place. */
export function correctedSentences(passage: PassageInput): string[] {
  return passage.sentences.map((s) => (approvedText(s) ?? s.text).trim())
}

/** What stands between a text and what goes on from it; `joinAfter` where a tokenizer knows chat markers. */
type Join = (left: string, right: string) => string

export function editsOf(passage: PassageInput, context: 'corrected' | 'original', join: Join = joinBetween): EditRow[] {
  const before = context === 'corrected' ? correctedSentences(passage) : passage.sentences.map((s) => s.text.trim())
  return passage.sentences.flatMap(({ correction }, j) =>
    correction === undefined ? [] : [editAt(passage, before, j, correction, join)]
  )
}

/** The edit of sentence `j` behind the passage's header and the sentences before it. */
function editAt(passage: PassageInput, before: readonly string[], j: number, target: string, join: Join): EditRow {
  return {
    id: `${passage.id}/${j}`,
    line: passage.line,
    header: passage.prompt,
    prompt: before.slice(0, j).reduce((text, next) => text + join(text, next) + next, passage.prompt),
    target: target.trim()
  }
}

export async function runPassages(
  session: EditSession,
  passages: readonly PassageInput[],
  options: PassageRunOptions
): Promise<PassageRunResult> {
  const context = options.context ?? 'corrected'
  const first =
    context === 'corrected'
      ? await withRetained(session, passages, options.signal)
      : passages.flatMap((p) => editsOf(p, context, joinOf(session)))
  const { rows, skipped, batches } = await runEdits(session, first, options)
  const result: PassageRunResult = { rows, skipped, batches, rounds: 1, passages: [] }
  if (context === 'original') return result
  const left = new Set(skipped.map((s) => s.id))
  const fitting = passages.filter((p) => sentencesThatFit(session, p) > 0)
  const editCount = new Map(passages.map((p) => [p.id, first.filter((r) => r.id.startsWith(`${p.id}/`)).length]))
  while (result.rounds <= ROUNDS) {
    const missing = (await stillDiffering(session, fitting, options.signal)).filter((row) => !left.has(row.id))
    if (missing.length === 0) break
    const rows = missing.map((row) => ({ ...row, id: `${row.id}~${result.rounds + 1}` }))
    result.rows.push(...rows)
    result.batches.push(...(await trainAll(session, rows, options)))
    for (const row of missing) {
      const id = row.id.slice(0, row.id.lastIndexOf('/'))
      editCount.set(id, (editCount.get(id) ?? 0) + 1)
    }
    result.rounds++
  }
  for (const passage of fitting)
    result.passages.push(await outcome(session, passage, editCount.get(passage.id) ?? 0, options.signal))
  return result
}

/** Corrections, and the approved sentences whose place greedy writing would fill otherwise; in the order of the text. */
async function withRetained(
  session: EditSession,
  passages: readonly PassageInput[],
  signal?: AbortSignal
): Promise<EditRow[]> {
  const rows: EditRow[] = []
  for (const passage of passages) {
    throwIfAborted(signal)
    const due = new Set(editsOf(passage, 'corrected', joinOf(session)).map((row) => row.id))
    for (const row of await missedSentences(session, passage)) due.add(row.id)
    // What lies beyond the context is due too: it is named with all that does not fit.
    const fitting = sentencesThatFit(session, passage)
    rows.push(...sentenceEdits(session, passage).filter((row) => due.has(row.id) || sentenceOf(row) >= fitting))
  }
  return rows
}

async function stillDiffering(
  session: EditSession,
  passages: readonly PassageInput[],
  signal?: AbortSignal
): Promise<EditRow[]> {
  const rows: EditRow[] = []
  for (const passage of passages) {
    throwIfAborted(signal)
    rows.push(...(await missedSentences(session, passage)))
  }
  return rows
}

/** Number of the sentence that an edit of a passage is about. */
export const sentenceOf = ({ id }: EditRow): number => Number(id.slice(id.lastIndexOf('/') + 1))

/** How many sentences from the first on, header and all between counted, fit the context. */
export function sentencesThatFit(session: EditSession, passage: PassageInput): number {
  const { tokenizer, config } = session.model
  const { promptIds, sentences } = passageTokens(tokenizer, passage.prompt, correctedSentences(passage))
  let tokens = promptIds.length
  const beyond = sentences.findIndex(({ length }) => (tokens += length) > config.positions)
  return beyond === -1 ? passage.sentences.length : beyond
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ErratumError('Cancelled', 'The run was cancelled; what was committed stays.')
}

/** One edit for each approved sentence, in the corrected context. */
function sentenceEdits(session: EditSession, passage: PassageInput): EditRow[] {
  const corrected = correctedSentences(passage)
  return passage.sentences.flatMap((sentence, j) => {
    const target = approvedText(sentence)
    return target === null ? [] : [editAt(passage, corrected, j, target, joinOf(session))]
  })
}

/**
 * Approved sentences that greedy writing, under the routes it gets, would not give back. Read at one go: greedy writing
 * gives a text exactly if each of its tokens is the likeliest one after those before it.
 */
export async function missedSentences(session: EditSession, passage: PassageInput): Promise<EditRow[]> {
  const { model } = session
  const rules = session.rules()
  const { promptIds, sentences: all } = passageTokens(model.tokenizer, passage.prompt, correctedSentences(passage))
  const sentences = all.slice(0, sentencesThatFit(session, passage))
  if (sentences.length === 0) return []
  const targetIds = sentences.flat()
  const decisions = decisionPoints(model.tokenizer, [...promptIds, ...targetIds], promptIds.length, rules.rule)
  const [text] = await readTexts(model, [{ promptIds, targetIds, decisions }], rules)
  const [score] = await scoreTexts(model, [text], rules.block)
  const missed = new Set<string>()
  let at = 0
  sentences.forEach(({ length }, j) => {
    if (score.likeliest.subarray(at, at + length).includes(0)) missed.add(`${passage.id}/${j}`)
    at += length
  })
  return sentenceEdits(session, passage).filter((row) => missed.has(row.id))
}

/** Writes the passage from its header alone and compares. */
async function outcome(
  session: EditSession,
  passage: PassageInput,
  edits: number,
  signal?: AbortSignal
): Promise<PassageOutcome> {
  const sentences = correctedSentences(passage)
  const approved = joinTexts(sentences)
  const limits = writingLimits(session.model, passage.prompt, sentences, session.store.header.sentenceRule)
  const { text } = await session.greedyTexts.write(passage.prompt, session.rules(), limits, { signal })
  const missed = await missedSentences(session, passage)
  const isApproved = passage.sentences.every((s) => approvedText(s) !== null)
  return {
    id: passage.id,
    asApproved: isApproved ? text.trim() === approved : null,
    approved,
    written: text.trim(),
    differs: missed.map(sentenceOf),
    edits
  }
}
