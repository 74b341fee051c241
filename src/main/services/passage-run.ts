/**
 * Approved is written: trains the corrections of passages, and with them every approved sentence that greedy writing
 * would not give back by itself, until writing from the header alone gives the approved text.
 */
import { approvedText } from '../formats/passages.ts'
import type { PassageRow } from '../formats/passages.ts'
import { makeSample, targetTokens } from '../editor/edit-sample.ts'
import { readTexts } from '../editor/read-text.ts'
import { scoreTexts } from '../editor/routed-score.ts'
import { GREEDY } from '../engine/generation/sampler.ts'
import { runEdits, trainAll } from './edit-run.ts'
import type { EditRow, RunOptions, SkippedRow } from './edit-run.ts'
import type { BatchOutcome, EditSession } from './edit-session.ts'

export type PassageInput = Pick<PassageRow, 'id' | 'prompt' | 'sentences'>

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

/** The passage as it reads with every correction in its place. */
export function correctedSentences(passage: PassageInput): string[] {
  return passage.sentences.map((s) => (approvedText(s) ?? s.text).trim())
}

export function editsOf(passage: PassageInput, context: 'corrected' | 'original'): EditRow[] {
  const before = context === 'corrected' ? correctedSentences(passage) : passage.sentences.map((s) => s.text.trim())
  return passage.sentences.flatMap((sentence, j) =>
    sentence.correction === undefined
      ? []
      : [
          {
            id: `${passage.id}/${j}`,
            prompt: [passage.prompt.trimEnd(), ...before.slice(0, j)].join(' '),
            target: sentence.correction.trim()
          }
        ]
  )
}

export async function runPassages(
  session: EditSession,
  passages: readonly PassageInput[],
  options: PassageRunOptions
): Promise<PassageRunResult> {
  const context = options.context ?? 'corrected'
  const first =
    context === 'corrected' ? await withRetained(session, passages) : passages.flatMap((p) => editsOf(p, context))
  const { rows, skipped, batches } = await runEdits(session, first, options)
  const result: PassageRunResult = { rows, skipped, batches, rounds: 1, passages: [] }
  if (context === 'original') return result
  const left = new Set(skipped.map((s) => s.id))
  const fitting = passages.filter((p) => !p.sentences.some((_, j) => left.has(`${p.id}/${j}`)))
  const editCount = new Map(passages.map((p) => [p.id, first.filter((r) => r.id.startsWith(`${p.id}/`)).length]))
  while (result.rounds <= ROUNDS) {
    const missing = await stillDiffering(session, fitting)
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
  for (const passage of fitting) result.passages.push(await outcome(session, passage, editCount.get(passage.id) ?? 0))
  return result
}

/** Corrections, and the approved sentences whose place greedy writing would fill otherwise; in the order of the text. */
async function withRetained(session: EditSession, passages: readonly PassageInput[]): Promise<EditRow[]> {
  const rows: EditRow[] = []
  for (const passage of passages) {
    const missing = new Set((await missedSentences(session, passage)).map((r) => r.id))
    const corrected = editsOf(passage, 'corrected')
    const all = sentenceEdits(passage)
    rows.push(...all.filter((row) => missing.has(row.id) || corrected.some((c) => c.id === row.id)))
  }
  return rows
}

async function stillDiffering(session: EditSession, passages: readonly PassageInput[]): Promise<EditRow[]> {
  const rows: EditRow[] = []
  for (const passage of passages) rows.push(...(await missedSentences(session, passage)))
  return rows
}

/** One edit for each approved sentence, in the corrected context. */
function sentenceEdits(passage: PassageInput): EditRow[] {
  const corrected = correctedSentences(passage)
  return passage.sentences.flatMap((sentence, j) => {
    const target = approvedText(sentence)
    return target === null
      ? []
      : [
          {
            id: `${passage.id}/${j}`,
            prompt: [passage.prompt.trimEnd(), ...corrected.slice(0, j)].join(' '),
            target: target.trim()
          }
        ]
  })
}

/**
 * Approved sentences that greedy writing, under the routes it gets, would not give back. Read at one go: greedy writing
 * gives a text exactly if each of its tokens is the likeliest one after those before it.
 */
async function missedSentences(session: EditSession, passage: PassageInput): Promise<EditRow[]> {
  const { model } = session
  const rules = session.rules()
  const corrected = correctedSentences(passage)
  const whole = makeSample(
    model.tokenizer,
    { id: passage.id, prompt: passage.prompt, target: corrected.join(' ') },
    rules.rule
  )
  if (!session.fits(whole)) return sentenceEdits(passage).filter((row) => session.fits(session.sample(row)))
  const [text] = await readTexts(model, [whole], rules)
  const [score] = await scoreTexts(model, [text], rules.block)
  const missed = new Set<string>()
  let at = 0
  corrected.forEach((sentence, j) => {
    const length = targetTokens(model.tokenizer, sentence).length
    if (score.likeliest.subarray(at, at + length).includes(0)) missed.add(`${passage.id}/${j}`)
    at += length
  })
  return sentenceEdits(passage).filter((row) => missed.has(row.id))
}

/** Writes the passage from its header alone and compares. */
async function outcome(session: EditSession, passage: PassageInput, edits: number): Promise<PassageOutcome> {
  const approved = correctedSentences(passage).join(' ')
  const { text } = await session.write(passage.prompt.trimEnd(), GREEDY, { sentences: passage.sentences.length })
  const missed = await missedSentences(session, passage)
  const isApproved = passage.sentences.every((s) => approvedText(s) !== null)
  return {
    id: passage.id,
    asApproved: isApproved ? text.trim() === approved : null,
    approved,
    written: text.trim(),
    differs: missed.map((row) => Number(row.id.slice(row.id.lastIndexOf('/') + 1))),
    edits
  }
}
