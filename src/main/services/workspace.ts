/** The review of one session: every change is in the journal before it is answered, and replayed at opening. */
import { ErratumError } from '../../contract/errors.ts'
import type { HistoryOfSteps, HistoryStep, Mark, Passage, TrainingResult } from '../../contract/types.ts'
import { sentenceEnds } from '../editor/sentence-ends.ts'
import type { ReviewChange } from './review/changes.ts'
import type { TrainingStep } from './review/history.ts'
import { REVIEW_RECORD, reviewRecordSchema } from './review/records.ts'
import type { ReviewRecord } from './review/records.ts'
import { ReviewState, toldStep } from './review/review-state.ts'

/** Records after which there is something else to undo or to redo. */
const MAKES_HISTORY: ReadonlySet<ReviewRecord['type']> = new Set([
  'mark',
  'rest-accurate',
  'split',
  'join',
  'correction',
  'version',
  'version-chosen',
  'trained',
  'taken-out',
  'step-undone',
  'step-redone'
])

/** The part of a session that the workspace needs. */
export interface RecordJournal {
  appendRecord(kind: string, payload: unknown): Promise<void>
  records(kind: string): unknown[]
  /** What a snapshot kept of these records, and those since; null or absent: there is none. */
  kept?(kind: string): { records: number; state: unknown; since: unknown[] } | null
  /** Names who says what the records of a kind come to when a snapshot is taken, and how many they were. */
  keepState?(kind: string, source: () => { records: number; state: unknown }): void
}

/** What a snapshot keeps of a review. */
interface KeptWorkspace {
  readonly review: unknown
  readonly setAside: number
}

/** Takes a block out of the session, or puts it back. */
export type MoveBlock = (block: string, into: 'session' | 'trash') => Promise<void>

export interface WorkspaceEvents {
  onChange: (passage: Passage) => void
  onHistory?: (steps: HistoryOfSteps) => void
}

export class Workspace {
  #setAside = 0
  #state = new ReviewState()
  /** records of the review in the journal */
  #records = 0
  readonly #journal: RecordJournal
  readonly #events: WorkspaceEvents
  #last: Promise<unknown> = Promise.resolve()

  constructor(journal: RecordJournal, events: WorkspaceEvents) {
    this.#journal = journal
    this.#events = events
    this.#replay()
    journal.keepState?.(REVIEW_RECORD, () => {
      const state: KeptWorkspace = { review: this.#state.keep(), setAside: this.#setAside }
      return { records: this.#records, state }
    })
  }

  /** Records that could not be read, or that speak of something that is not there: they are left in the journal. */
  get setAside(): number {
    return this.#setAside
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

  /** Blocks of reviewed passages that are in force, the last first. */
  liveBlocks(): string[] {
    return this.#state.blocks().flatMap(({ block, live }) => (live ? [block] : []))
  }

  history(): HistoryOfSteps {
    return this.#state.steps()
  }

  mark(passageId: string, sentence: number, mark: Mark | null): Promise<Passage> {
    return this.#change({ type: 'mark', passageId, sentence, mark })
  }

  /** Marks every sentence accurate that has neither a mark nor a correction. */
  markRest(passageId: string): Promise<Passage> {
    return this.#change({ type: 'rest-accurate', passageId })
  }

  /** Cuts a sentence before its character `at`. */
  split(passageId: string, sentence: number, at: number): Promise<Passage> {
    return this.#change({ type: 'split', passageId, sentence, at })
  }

  /** Joins a sentence and the next one. */
  join(passageId: string, sentence: number): Promise<Passage> {
    return this.#change({ type: 'join', passageId, sentence })
  }

  /** @throws ErratumError BadInput where a text is to be accepted that does not end as a sentence does */
  async correct(passageId: string, sentence: number, text: string, accepted: boolean): Promise<Passage> {
    if (accepted && text.trim() !== '' && !sentenceEnds(text.trim()))
      throw new ErratumError('BadInput', 'The correction does not end like a sentence.', {
        field: 'text',
        cure: 'End it with a full stop, a question mark or an exclamation mark: the model decides there what comes next.'
      })
    return this.#change({ type: 'correction', passageId, sentence, text: accepted ? text.trim() : text, accepted })
  }

  /** Brings another version of a passage back under review. */
  async chooseVersion(passageId: string, version: number): Promise<Passage> {
    if (!this.passage(passageId).otherVersions.some((v) => v.version === version))
      throw new ErratumError('NotFound', `The passage has no other version ${version}.`)
    await this.record({ type: 'version-chosen', passageId, version })
    return this.passage(passageId)
  }

  /** Takes the newest step back; null where there is none. */
  undo(move: MoveBlock): Promise<HistoryStep | null> {
    return this.#inTurn(() => this.#travel('undone', move))
  }

  /** Does the step again that was taken back last. */
  redo(move: MoveBlock): Promise<HistoryStep | null> {
    return this.#inTurn(() => this.#travel('redone', move))
  }

  /** Takes the last training that is in force out, whatever was done since. */
  takeOutTraining(move: MoveBlock): Promise<{ blocks: string[]; edits: number } | null> {
    return this.#inTurn(async () => {
      const live = new Set(this.liveBlocks())
      const last = this.results().findLast(({ blocks }) => blocks.some((block) => live.has(block)))
      if (!last) return null
      const blocks = last.blocks.filter((block) => live.has(block))
      const newest = this.#state.history.done.at(-1)
      if (newest?.kind === 'training' && !newest.takesOut && newest.blocks.includes(blocks[0]))
        await this.#travel('undone', move)
      else {
        for (const block of blocks.toReversed()) await this.#moveBlock(block, 'trash', move)
        await this.#take({ type: 'taken-out', blocks, edits: last.edits })
      }
      return { blocks, edits: last.edits }
    })
  }

  /** Takes note of blocks that were taken out or put back by another program. @param present all of the session's */
  reconcile(present: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const { block, live } of this.#state.blocks().toReversed())
        if (live !== present.includes(block)) await this.#take({ type: live ? 'undone' : 'redone', block })
    })
  }

  /** The text of a passage as far as it is written: whoever asks meanwhile gets it. */
  stream(passageId: string, text: string): Passage {
    return this.#state.stream(passageId, text)
  }

  /** Records are kept in the order in which they were given. */
  record(record: ReviewRecord): Promise<void> {
    return this.#inTurn(() => this.#take(record))
  }

  async #change(change: ReviewChange): Promise<Passage> {
    await this.#inTurn(async () => {
      // What cannot be done is not journalled.
      this.#state.check(change)
      await this.#take(change)
    })
    return this.passage(change.passageId)
  }

  /** Journals a record, then takes it in, then tells. */
  async #take(record: ReviewRecord): Promise<void> {
    await this.#journal.appendRecord(REVIEW_RECORD, record)
    this.#records++
    for (const id of this.#state.apply(record)) this.#events.onChange(this.passage(id))
    if (MAKES_HISTORY.has(record.type)) this.#events.onHistory?.(this.history())
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const after = this.#last.then(action)
    // One that failed (a full disk) is told to whoever gave it and does not hold up the next.
    this.#last = after.catch(() => undefined)
    return after
  }

  async #travel(direction: 'undone' | 'redone', move: MoveBlock): Promise<HistoryStep | null> {
    const { history } = this.#state
    for (;;) {
      const step = (direction === 'undone' ? history.done : history.undone).at(-1)
      if (!step) return null
      const happened = step.kind === 'review' || (await this.#moveBlocks(step, direction, move))
      await this.#take({ type: `step-${direction}` })
      // A training whose blocks another program moved already is passed over.
      if (happened) return toldStep(step)
    }
  }

  /** @returns whether a block had to be moved */
  async #moveBlocks(step: TrainingStep, direction: 'undone' | 'redone', move: MoveBlock): Promise<boolean> {
    const into = step.takesOut === (direction === 'redone') ? 'trash' : 'session'
    const live = new Set(this.liveBlocks())
    const due = step.blocks.filter((block) => live.has(block) === (into === 'trash'))
    // The last one in is the first one out.
    for (const block of into === 'trash' ? due.toReversed() : due) await this.#moveBlock(block, into, move)
    return due.length > 0
  }

  async #moveBlock(block: string, into: 'session' | 'trash', move: MoveBlock): Promise<void> {
    await move(block, into)
    await this.#take({ type: into === 'trash' ? 'undone' : 'redone', block })
  }

  #replay(): void {
    const found = this.#journal.kept?.(REVIEW_RECORD) ?? null
    const kept = found?.state as KeptWorkspace | undefined
    const restored = ReviewState.restored(kept?.review)
    if (found && kept && restored) {
      this.#state = restored
      this.#setAside = kept.setAside
      this.#records = found.records
    }
    for (const raw of found && restored ? found.since : this.#journal.records(REVIEW_RECORD)) {
      this.#records++
      const record = reviewRecordSchema.safeParse(raw)
      try {
        if (record.success) this.#state.apply(record.data)
        else this.#setAside++
      } catch (error) {
        if (!(error instanceof ErratumError)) throw error
        this.#setAside++
      }
    }
    // Whoever was still waiting or being written when the process ended was not written to the end.
    for (const passage of this.#state.passages())
      if (passage.state === 'queued')
        this.#state.apply({ type: 'written', passageId: passage.id, state: 'stopped', text: '', sentences: [] })
  }
}
