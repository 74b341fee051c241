/** The review of one session: every change is in the journal before it is answered, and replayed at opening. */
import { z } from 'zod'
import { ErratumError } from '../../contract/errors.ts'
import { historySchema, passageSchema, trainingResultSchema } from '../../contract/types.ts'
import type { EditPlace, HistoryOfSteps, HistoryStep, Mark, Passage, TrainingResult } from '../../contract/types.ts'
import { sentenceEnds } from '../editor/sentence-ends.ts'
import type { ReviewChange } from './review/changes.ts'
import { withdrawnBy } from './review/history.ts'
import type { KeptStep, TrainingStep } from './review/history.ts'
import { REVIEW_RECORD, reviewRecordSchema } from './review/records.ts'
import type { ReviewRecord } from './review/records.ts'
import type { Seen } from './review/passage-content.ts'
import { ReviewState, toldStep } from './review/review-state.ts'
import type { EditCheck } from './review/review-state.ts'

/** Records after which there is something else to undo or to redo. */
const MAKES_HISTORY: ReadonlySet<ReviewRecord['type']> = new Set([
  'mark',
  'rest-accurate',
  'settle',
  'split',
  'join',
  'correction',
  'removed',
  'imported',
  'deleted',
  'withdrawal',
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
  /** Names the edits in force (`stateOfEdits`). */
  readonly promises?: { state(): string }
  /** Names who says what the records of a kind come to when a snapshot is taken, and how many they were. */
  keepState?(kind: string, source: () => { records: number; state: unknown }): void
}

/** What a snapshot keeps of a review. */
interface KeptWorkspace {
  readonly review: unknown
  readonly setAside: number
}

/** Takes blocks and single edits out of the model, or puts them back. */
export interface ModelMoves {
  block(block: string, into: 'session' | 'trash'): Promise<void>
  edits(edits: readonly EditPlace[], into: 'session' | 'trash'): Promise<void>
}

export interface WorkspaceEvents {
  onChange: (passage: Passage) => void
  /** Passages went to the trash of the review. */
  onRemoved?: (passageIds: string[]) => void
  onHistory?: (steps: HistoryOfSteps) => void
}

export class Workspace {
  #setAside = 0
  #state: ReviewState
  /** records of the review in the journal */
  #records = 0
  readonly #journal: RecordJournal
  readonly #events: WorkspaceEvents
  #last: Promise<unknown> = Promise.resolve()

  constructor(journal: RecordJournal, events: WorkspaceEvents) {
    this.#journal = journal
    this.#events = events
    this.#state = new ReviewState(() => journal.promises?.state() ?? null)
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

  /** What was seen last at the prompt of an edit. @param edit its block and id */
  editCheck(edit: string): EditCheck | null {
    return this.#state.editCheck(edit)
  }

  /** What the model was seen to write last of a passage. */
  seen(passageId: string): Seen | null {
    return this.#state.seen(passageId)
  }

  /** Tells all passages that the model has written: the edits have changed, and what was seen may not hold any more. */
  tellWritten(): void {
    for (const passage of this.passages()) if (passage.rewriting) this.#events.onChange(passage)
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

  /**
   * Approves sentences that changed though nobody asked for it: as they are written now, or as they were.
   * @throws ErratumError BadInput where the edits have changed since a passage was written
   */
  async settle(passageIds: readonly string[], as: 'written' | 'before'): Promise<Passage[]> {
    const settled: Passage[] = []
    for (const passageId of passageIds) {
      const { name, sentences, promise, rewriting } = this.passage(passageId)
      if (!promise.checked)
        throw new ErratumError('BadInput', `Nobody knows what the model writes about ${name} now.`, {
          cure: 'Check it first: the edits have changed since it was written.'
        })
      const texts = sentences.map(({ text }, i) => {
        if (promise.standings.at(i) !== 'changed' && promise.standings.at(i) !== 'other') return null
        if (as === 'before') return text
        const written = rewriting?.sentences.at(i) ?? null
        // What does not end as a sentence does cannot be a correction.
        return written !== null && sentenceEnds(written) ? written : null
      })
      settled.push(await this.#change({ type: 'settle', passageId, texts }))
    }
    return settled
  }

  /** Cuts a sentence before its character `at`. */
  split(passageId: string, sentence: number, at: number): Promise<Passage> {
    return this.#change({ type: 'split', passageId, sentence, at })
  }

  /** Joins a sentence and the next one. */
  join(passageId: string, sentence: number): Promise<Passage> {
    return this.#change({ type: 'join', passageId, sentence })
  }

  /**
   * @param basedOn what the caller last knew of the sentence
   * @throws ErratumError BadInput where a text is to be accepted that does not end as a sentence does; Conflict where the
   * sentence is not what the caller knew: nothing is replaced that they have not seen
   */
  async correct(
    passageId: string,
    sentence: number,
    text: string,
    accepted: boolean,
    basedOn?: { sentence: string; correction: string | null }
  ): Promise<Passage> {
    if (accepted && text.trim() !== '' && !sentenceEnds(text.trim()))
      throw new ErratumError('BadInput', 'The correction does not end like a sentence.', {
        field: 'text',
        cure: 'End it with a full stop, a question mark or an exclamation mark: the model decides there what comes next.'
      })
    const change = { type: 'correction', passageId, sentence, text: accepted ? text.trim() : text, accepted } as const
    return this.#change(change, () => {
      const { [sentence]: now } = this.passage(passageId).sentences
      if (!basedOn || !now || (now.text === basedOn.sentence && now.correction === basedOn.correction)) return
      throw new ErratumError('Conflict', 'This sentence was changed in another window.', {
        cure: 'Look at both versions and choose one.'
      })
    })
  }

  /** Takes a correction away, and the edits that were trained for it out of the model. */
  async removeCorrection(
    passageId: string,
    sentence: number,
    edits: readonly EditPlace[],
    moves: ModelMoves
  ): Promise<Passage> {
    await this.#inTurn(async () => {
      const change = { type: 'removed' as const, passageId, sentence, edits: [...edits] }
      this.#state.check(change)
      // A crash between the two leaves a correction that waits to be trained, which is true.
      if (edits.length > 0) await moves.edits(edits, 'trash')
      await this.#take(change)
    })
    return this.passage(passageId)
  }

  /** Gives back the correction that was accepted before the one that is being typed. */
  async restoreAccepted(passageId: string, sentence: number): Promise<Passage> {
    const text = this.passage(passageId).sentences.at(sentence)?.acceptedBefore ?? null
    if (text === null)
      throw new ErratumError('NotFound', `Sentence ${sentence + 1} has no correction that was accepted before.`)
    return this.#change({ type: 'correction', passageId, sentence, text, accepted: true })
  }

  /** Moves passages to the trash of the review, and their edits out of the model; undoing that brings all back. */
  deletePassages(passageIds: readonly string[], edits: readonly EditPlace[], moves: ModelMoves): Promise<void> {
    return this.#inTurn(async () => {
      for (const id of passageIds) this.passage(id)
      if (edits.length > 0) await moves.edits(edits, 'trash')
      await this.#take({ type: 'deleted', passageIds: [...passageIds], edits: [...edits] })
    })
  }

  /** Withdraws edits from the model, as a step of the history. @throws ErratumError BadInput where there is none */
  withdrawEdits(edits: readonly EditPlace[], moves: ModelMoves): Promise<void> {
    return this.#inTurn(async () => {
      if (edits.length === 0) throw new ErratumError('BadInput', 'There is no edit to withdraw.', { field: 'edits' })
      await moves.edits(edits, 'trash')
      await this.#take({ type: 'withdrawal', edits: [...edits] })
    })
  }

  /** Brings another version of a passage back under review. */
  async chooseVersion(passageId: string, version: number): Promise<Passage> {
    if (!this.passage(passageId).otherVersions.some((v) => v.version === version))
      throw new ErratumError('NotFound', `The passage has no other version ${version}.`)
    await this.record({ type: 'version-chosen', passageId, version })
    return this.passage(passageId)
  }

  /**
   * Takes the newest step back; null where there is none.
   * @param stepId the step that is meant
   * @throws ErratumError BadInput where that is not the newest one; nothing has changed then
   */
  undo(move: ModelMoves, stepId?: number): Promise<HistoryStep | null> {
    return this.#inTurn(() => this.#travel('undone', move, stepId))
  }

  /** Does the step again that was taken back last. @param stepId the step that is meant, as in `undo` */
  redo(move: ModelMoves, stepId?: number): Promise<HistoryStep | null> {
    return this.#inTurn(() => this.#travel('redone', move, stepId))
  }

  /**
   * Takes the last training that is in force out, whatever was done since.
   * @param meant blocks of the training that is meant
   * @throws ErratumError BadInput where another one is the last; nothing has changed then
   */
  takeOutTraining(move: ModelMoves, meant?: readonly string[]): Promise<{ blocks: string[]; edits: number } | null> {
    return this.#inTurn(async () => {
      const live = new Set(this.liveBlocks())
      const last = this.results().findLast(({ blocks }) => blocks.some((block) => live.has(block)))
      if (!last) return null
      const blocks = last.blocks.filter((block) => live.has(block))
      if (meant && blocks.join() !== meant.join()) throw hasChanged('The last training is another one now.')
      const newest = this.#state.history.done.at(-1)
      if (newest?.kind === 'training' && !newest.takesOut && newest.blocks.includes(blocks[0]))
        await this.#travel('undone', move, newest.id)
      else {
        for (const block of blocks.toReversed()) await this.#moveBlock(block, 'trash', move)
        await this.#take({ type: 'taken-out', blocks, edits: last.edits })
      }
      return { blocks, edits: last.edits }
    })
  }

  /**
   * Takes note of blocks and edits that were taken out or put back by another program.
   * @param present blocks of the session @param withdrawn edits that were withdrawn from these
   */
  reconcile(present: readonly string[], withdrawn: readonly EditPlace[] = []): Promise<void> {
    return this.#inTurn(async () => {
      const has = (edits: readonly EditPlace[], { block, editId }: EditPlace): boolean =>
        edits.some((edit) => edit.block === block && edit.editId === editId)
      const known = this.#state.withdrawn()
      const gone = withdrawn.filter((edit) => !has(known, edit))
      const back = known.filter((edit) => present.includes(edit.block) && !has(withdrawn, edit))
      if (gone.length > 0) await this.#take({ type: 'withdrawn', edits: gone })
      if (back.length > 0) await this.#take({ type: 'reinstated', edits: back })
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

  /** @param check throws where it must not be done; runs when its turn has come */
  async #change(change: ReviewChange, check: () => void = () => undefined): Promise<Passage> {
    await this.#inTurn(async () => {
      check()
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
    const changed = this.#state.apply(record)
    const removed = changed.filter((id) => this.#state.isInTrash(id))
    for (const id of changed) if (!removed.includes(id)) this.#events.onChange(this.passage(id))
    if (removed.length > 0) this.#events.onRemoved?.(removed)
    if (MAKES_HISTORY.has(record.type)) this.#events.onHistory?.(this.history())
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const after = this.#last.then(action)
    // One that failed (a full disk) is told to whoever gave it and does not hold up the next.
    this.#last = after.catch(() => undefined)
    return after
  }

  async #travel(
    direction: 'undone' | 'redone',
    move: ModelMoves,
    stepId: number | undefined
  ): Promise<HistoryStep | null> {
    const { history } = this.#state
    const newest = (): KeptStep | undefined => (direction === 'undone' ? history.done : history.undone).at(-1)
    if (stepId !== undefined && newest()?.id !== stepId)
      throw hasChanged(direction === 'undone' ? 'Another step is the newest now.' : 'Another step comes next now.')
    for (;;) {
      const step = newest()
      if (!step) return null
      const happened = await this.#moveModel(step, direction, move)
      await this.#take({ type: `step-${direction}` })
      // A training whose blocks another program moved already is passed over; but no other step than the one meant.
      if (happened || stepId !== undefined) return toldStep(step)
    }
  }

  /** Moves what a step moved in the model; @returns whether something had to be done */
  async #moveModel(step: KeptStep, direction: 'undone' | 'redone', move: ModelMoves): Promise<boolean> {
    if (step.kind === 'training') return this.#moveBlocks(step, direction, move)
    const withdrawn = new Set(this.#state.withdrawn().map(({ block, editId }) => `${block}/${editId}`))
    const isOut = ({ block, editId }: EditPlace): boolean => withdrawn.has(`${block}/${editId}`)
    const live = new Set(this.liveBlocks())
    // Another program may have moved some of them already, or their blocks.
    const due = withdrawnBy(step).filter((edit) => isOut(edit) === (direction === 'undone') && live.has(edit.block))
    if (due.length > 0) await move.edits(due, direction === 'undone' ? 'session' : 'trash')
    return step.kind !== 'withdrawal' || due.length > 0
  }

  /** @returns whether a block had to be moved */
  async #moveBlocks(step: TrainingStep, direction: 'undone' | 'redone', move: ModelMoves): Promise<boolean> {
    const into = step.takesOut === (direction === 'redone') ? 'trash' : 'session'
    const live = new Set(this.liveBlocks())
    const due = step.blocks.filter((block) => live.has(block) === (into === 'trash'))
    // The last one in is the first one out.
    for (const block of into === 'trash' ? due.toReversed() : due) await this.#moveBlock(block, into, move)
    return due.length > 0
  }

  async #moveBlock(block: string, into: 'session' | 'trash', move: ModelMoves): Promise<void> {
    await move.block(block, into)
    await this.#take({ type: into === 'trash' ? 'undone' : 'redone', block })
  }

  #replay(): void {
    const found = this.#journal.kept?.(REVIEW_RECORD) ?? null
    const kept = found?.state as KeptWorkspace | undefined
    const restored = restoredReview(kept, () => this.#journal.promises?.state() ?? null)
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
      } catch {
        // It speaks of something that is not there, or another program wrote it: the rest is read all the same.
        this.#setAside++
      }
    }
    // Whoever was still waiting or being written when the process ended was not written to the end.
    for (const passage of this.#state.passages())
      if (passage.state === 'queued')
        this.#state.apply({ type: 'written', passageId: passage.id, state: 'stopped', text: '', sentences: [] })
  }
}

const hasChanged = (message: string): ErratumError =>
  new ErratumError('BadInput', `${message} Nothing was changed.`, {
    field: 'step',
    cure: 'Look at what is newest, then undo it if that is what you mean.'
  })

/** A snapshot may be another program's: what it keeps is taken where all that is told of it has its form. */
function restoredReview(kept: KeptWorkspace | undefined, edits: () => string | null): ReviewState | null {
  try {
    const state = Number.isInteger(kept?.setAside) ? ReviewState.restored(kept?.review, edits) : null
    if (!state) return null
    const isWhole =
      z.array(passageSchema).safeParse(state.passages()).success &&
      z.array(trainingResultSchema).safeParse(state.results()).success &&
      historySchema.safeParse(state.steps()).success
    return isWhole ? state : null
  } catch {
    return null
  }
}
