/** What training a passage would train, told before it is trained. */
import { ErratumError } from '../../contract/errors.ts'
import { endsCounted } from '../editor/sentence-ends.ts'
import { GREEDY } from '../engine/generation/sampler.ts'
import type { EditRow } from './edit-run.ts'
import type { EditSession } from './edit-session.ts'
import { editsOf, joinOf, missedSentences, sentenceOf, sentencesThatFit } from './passage-run.ts'
import type { PassageInput } from './passage-run.ts'

export interface PlannedSentence {
  /** from 0 */
  sentence: number
  /** retained: approved as it stands, and greedy writing would not give it back */
  kind: 'corrected' | 'retained'
  /** what the model would write in its place now, from the text before it */
  wouldWrite: string
  /** the edit in force, of no sentence of this passage, that has the same prompt and says something else */
  replaces: { editId: string; target: string } | null
}

export interface PassagePlan {
  sentences: PlannedSentence[]
  /** approved sentences that lie beyond the model's context, from 0: training would refuse them */
  beyond: number[]
}

/** More tokens than the target has are written before giving up that the sentence ends. */
const LONGER = 16

export async function planPassage(
  session: EditSession,
  passage: PassageInput,
  context: 'corrected' | 'original',
  signal?: AbortSignal
): Promise<PassagePlan> {
  const corrected = editsOf(passage, context, joinOf(session))
  // In the original context the paper's edits are trained and nothing along with them.
  const missed = context === 'corrected' ? await missedSentences(session, passage) : []
  const fitting = sentencesThatFit(session, passage)
  const isCorrected = new Set(corrected.map((row) => row.id))
  const due = [
    ...corrected.filter((row) => !session.has(row)),
    ...missed.filter((row) => !isCorrected.has(row.id))
  ].sort((a, b) => sentenceOf(a) - sentenceOf(b))
  const plan: PassagePlan = {
    sentences: [],
    beyond: passage.sentences.flatMap((s, j) =>
      j >= fitting && (s.correction !== undefined || s.label === 'accurate') ? [j] : []
    )
  }
  for (const row of due) {
    if (signal?.aborted) throw new ErratumError('Cancelled', 'The plan is not needed any more.')
    if (sentenceOf(row) >= fitting) continue
    plan.sentences.push({
      sentence: sentenceOf(row),
      kind: isCorrected.has(row.id) ? 'corrected' : 'retained',
      wouldWrite: await writtenInPlaceOf(session, row),
      replaces: replacedBy(session, passage, row)
    })
  }
  return plan
}

/** A passage's own earlier edit is no conflict: the person has changed their mind. */
function replacedBy(session: EditSession, { id }: PassageInput, row: EditRow): PlannedSentence['replaces'] {
  const other = session.liveAt(row.prompt).find((e) => e.target !== row.target && !e.editId.startsWith(`${id}/`))
  return other ? { editId: other.editId, target: other.target } : null
}

async function writtenInPlaceOf(session: EditSession, row: EditRow): Promise<string> {
  const { text } = await session.write(row.prompt, GREEDY, {
    sentences: Math.max(1, endsCounted(row.target, session.store.header.sentenceRule).length),
    maxNewTokens: session.sample(row).targetIds.length + LONGER
  })
  return text.trim()
}
