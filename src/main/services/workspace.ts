/** The review of one session: every change is in the journal before it is answered, and replayed at opening. */
import { ErratumError } from '../../contract/errors.ts'
import type { Mark, Passage, TrainingResult } from '../../contract/types.ts'
import { sentenceEnds } from '../editor/sentence-ends.ts'
import { REVIEW_RECORD, reviewRecordSchema } from './review/records.ts'
import type { ReviewRecord } from './review/records.ts'
import { ReviewState } from './review/review-state.ts'

/** The part of a session that the workspace needs. */
export interface RecordJournal {
  appendRecord(kind: string, payload: unknown): Promise<void>
  records(kind: string): unknown[]
}

export class Workspace {
  /** Records that could not be read, or that speak of something that is not there: they are left in the journal. */
  readonly setAside: number
  readonly #state = new ReviewState()
  readonly #journal: RecordJournal
  readonly #onChange: (passage: Passage) => void
  #last: Promise<unknown> = Promise.resolve()

  constructor(journal: RecordJournal, onChange: (passage: Passage) => void) {
    this.#journal = journal
    this.#onChange = onChange
    this.setAside = this.#replay()
  }

  passages(): Passage[] {
    return this.#state.passages()
  }

  passage(id: string): Passage {
    return this.#state.passage(id)
  }

  results(): TrainingResult[] {
    return this.#state.results()
  }

  liveBlocks(): string[] {
    return this.#state.liveBlocks()
  }

  async mark(passageId: string, sentence: number, mark: Mark | null): Promise<Passage> {
    this.#requireSentence(passageId, sentence)
    await this.record({ type: 'mark', passageId, sentence, mark })
    return this.passage(passageId)
  }

  /** @throws ErratumError BadInput where a text is to be accepted that does not end as a sentence does */
  async correct(passageId: string, sentence: number, text: string, accepted: boolean): Promise<Passage> {
    this.#requireSentence(passageId, sentence)
    if (accepted && text.trim() !== '' && !sentenceEnds(text.trim()))
      throw new ErratumError('BadInput', 'The correction does not end like a sentence.', {
        field: 'text',
        cure: 'End it with a full stop, a question mark or an exclamation mark: the model decides there what comes next.'
      })
    await this.record({ type: 'correction', passageId, sentence, text: accepted ? text.trim() : text, accepted })
    return this.passage(passageId)
  }

  /** The text of a passage as far as it is written: whoever asks meanwhile gets it. */
  stream(passageId: string, text: string): Passage {
    return this.#state.stream(passageId, text)
  }

  /** Journals a record, then takes it in, then tells. Records are kept in the order in which they were given. */
  record(record: ReviewRecord): Promise<void> {
    const after = this.#last.then(async () => {
      await this.#journal.appendRecord(REVIEW_RECORD, record)
      for (const id of this.#state.apply(record)) this.#onChange(this.passage(id))
    })
    // One that failed (a full disk) is told to whoever gave it and does not hold up the next.
    this.#last = after.catch(() => undefined)
    return after
  }

  #requireSentence(passageId: string, sentence: number): void {
    if (!this.passage(passageId).sentences[sentence])
      throw new ErratumError('NotFound', `Passage ${passageId} has no sentence ${sentence + 1}.`)
  }

  #replay(): number {
    let setAside = 0
    for (const raw of this.#journal.records(REVIEW_RECORD)) {
      const record = reviewRecordSchema.safeParse(raw)
      try {
        if (record.success) this.#state.apply(record.data)
        else setAside++
      } catch (error) {
        if (!(error instanceof ErratumError)) throw error
        setAside++
      }
    }
    // Whoever was still waiting or being written when the process ended was not written to the end.
    for (const passage of this.#state.passages())
      if (passage.state === 'queued')
        this.#state.apply({ type: 'written', passageId: passage.id, state: 'stopped', text: '', sentences: [] })
    return setAside
  }
}
