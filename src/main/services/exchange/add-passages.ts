/** Passages of a file join the review of a session: their texts, marks and corrections, as if they had been made there. */
import { joinTexts } from '../../../contract/join.ts'
import { samplingSchema } from '../../../contract/types.ts'
import type { Passage, Sampling } from '../../../contract/types.ts'
import { gatherLosses } from '../../formats/loss.ts'
import type { NotCarried } from '../../formats/loss.ts'
import type { MarkRow } from '../../formats/mark-dialects/dialect.ts'
import type { PassageRow } from '../../formats/passages.ts'
import { REVIEW_RECORD } from '../review/records.ts'
import type { ReviewRecord } from '../review/records.ts'
import type { SessionStore } from '../../session/session-store.ts'
import { reviewOfSession } from './session-rows.ts'

export interface AddedPassages {
  added: string[]
  /** were there already, with the same text; marks and corrections that they lacked are there now */
  completed: string[]
  /** their id is taken by a passage with another text, or by one in the trash of the session */
  leftOut: string[]
  /** sentences of the review that got a mark or a correction from a file that does not say where they stand */
  marked: number
  /** ids of such marks for which the review has no such sentence, or several */
  unplaced: string[]
}

/**
 * Run again it goes on where it was: each record is on the disk when the next one is written.
 * @param marks of sentences that are known by their text alone
 */
export async function addPassages(
  store: SessionStore,
  rows: readonly PassageRow[],
  marks: readonly MarkRow[] = []
): Promise<AddedPassages> {
  const review = reviewOfSession(store)
  const known = new Set(review.passages().map(({ id }) => id))
  const result: AddedPassages = { added: [], completed: [], leftOut: [], marked: 0, unplaced: [] }
  for (const row of rows) {
    const there = known.has(row.id) ? review.passage(row.id) : undefined
    if (review.isInTrash(row.id)) {
      result.leftOut.push(row.id)
      continue
    }
    if (there && there.sentences.length > 0 && !hasText(there, row)) {
      result.leftOut.push(row.id)
      continue
    }
    for (const record of recordsFor(row, there)) {
      await store.appendRecord(REVIEW_RECORD, record)
      review.apply(record)
    }
    if (there) result.completed.push(row.id)
    else result.added.push(row.id)
    known.add(row.id)
  }
  for (const mark of marks) {
    const places = review
      .passages()
      .flatMap((passage) =>
        passage.sentences.flatMap(({ text }, sentence) => (text.trim() === mark.text ? [{ passage, sentence }] : []))
      )
    if (places.length !== 1) {
      result.unplaced.push(mark.id)
      continue
    }
    const [{ passage, sentence }] = places
    const records = markRecords(passage.id, sentence, mark, passage.sentences[sentence])
    for (const record of records) {
      await store.appendRecord(REVIEW_RECORD, record)
      review.apply(record)
    }
    if (records.length > 0) result.marked++
  }
  return result
}

/** A mark and a correction, where the sentence lacks them. */
function markRecords(
  passageId: string,
  sentence: number,
  { label, correction }: Pick<MarkRow, 'label' | 'correction'>,
  before: Passage['sentences'][number] | undefined
): ReviewRecord[] {
  const records: ReviewRecord[] = []
  if (label && !before?.mark && !before?.accepted) records.push({ type: 'mark', passageId, sentence, mark: label })
  if (correction !== undefined && (before?.correction ?? null) === null)
    records.push({ type: 'correction', passageId, sentence, text: correction, accepted: true })
  return records
}

/** What a review has no place for, by field. */
export function lostInReview(rows: readonly PassageRow[]): NotCarried[] {
  const why = 'a review has no such field'
  return gatherLosses(
    rows.map(({ id, source, extra }) => {
      const fields = [...(source === undefined ? [] : ['source']), ...Object.keys(extra)]
      return { id, losses: fields.filter((field) => !KEPT.includes(field)).map((field) => ({ field, why })) }
    })
  )
}

const KEPT = ['name', 'sampling']

const hasText = (passage: Passage, row: PassageRow): boolean =>
  passage.prompt.trimEnd() === row.prompt.trimEnd() &&
  passage.sentences.length === row.sentences.length &&
  passage.sentences.every((sentence, i) => sentence.text === row.sentences[i].text)

function recordsFor({ id, prompt, sentences, extra }: PassageRow, there: Passage | undefined): ReviewRecord[] {
  const records: ReviewRecord[] = []
  if (!there)
    records.push({
      type: 'begun',
      passages: [{ id, name: nameOf(prompt, extra), prompt, sampling: samplingOf(extra) }]
    })
  if (!there || there.sentences.length === 0) {
    const texts = sentences.map(({ text }) => text)
    records.push({ type: 'written', passageId: id, state: 'written', text: joinTexts(texts), sentences: texts.map((text) => ({ text, surprise: null })) }) // prettier-ignore
  }
  sentences.forEach((given, sentence) => records.push(...markRecords(id, sentence, given, there?.sentences[sentence])))
  return records
}

function nameOf(prompt: string, { name }: PassageRow['extra']): string {
  if (typeof name === 'string' && name !== '') return name
  return (/ about (.+)\.$/s.exec(prompt)?.[1] ?? prompt).slice(0, 200)
}

/**
 * A text that came from elsewhere is taken for sampled: nobody knows that this model would write it greedily, so its
 * accurate sentences have to be trained to stay.
 */
function samplingOf({ sampling }: PassageRow['extra']): Sampling {
  const known = samplingSchema.safeParse(sampling)
  return known.success ? known.data : samplingSchema.parse({ temperature: 1 })
}
