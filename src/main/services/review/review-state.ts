/** The state of the review as a function of its records, in their order. No input, no output, no clock. */
import { count } from '../../../contract/words.ts'
import { ErratumError } from '../../../contract/errors.ts'
import { joinTexts } from '../../../contract/join.ts'
import { samplingSchema } from '../../../contract/types.ts'
import type {
  BreakCause,
  EditPlace,
  HistoryOfSteps,
  HistoryStep,
  Passage,
  Sentence,
  TrainingResult
} from '../../../contract/types.ts'
import { plainSentence } from './boundaries.ts'
import { changed, describeChange } from './changes.ts'
import type { ReviewChange } from './changes.ts'
import { History, sameSentences, withdrawnBy } from './history.ts'
import type { KeptStep, Step } from './history.ts'
import { published } from './passage-content.ts'
import type { Content, Held, IsUndone, KeptPassage, Seen } from './passage-content.ts'
import type { RecordOf, ReviewRecord } from './records.ts'

/** The most steps that the window is told of at once. */
const TOLD_STEPS = 200

/** The state as plain values, for a snapshot. */
interface KeptReview {
  readonly version: typeof KEPT_VERSION
  readonly passages: readonly KeptPassage[]
  readonly results: readonly TrainingResult[]
  readonly undoneBlocks: readonly string[]
  readonly editChecks: readonly (readonly [string, EditCheck])[]
  readonly withdrawn: readonly EditPlace[]
  readonly trash: readonly string[]
  readonly done: readonly KeptStep[]
  readonly undone: readonly KeptStep[]
  readonly nextStep: number
}

/** What the model was seen to write at the prompt of an edit that came from no passage. */
export interface EditCheck {
  /** null: its target */
  readonly written: string | null
  readonly cause: BreakCause | null
  /** names the edits that were in force */
  readonly state: string
}

/** To be raised wherever the state, or what a record comes to, changes: states of before are then replayed anew. */
const KEPT_VERSION = 3

export class ReviewState {
  readonly #passages = new Map<string, KeptPassage>()
  readonly #results: TrainingResult[] = []
  readonly #undoneBlocks = new Set<string>()
  /** by block and id */
  readonly #withdrawn = new Map<string, EditPlace>()
  /** passages that were deleted, or whose import was undone: they are kept, and can come back */
  readonly #trash = new Set<string>()
  readonly #history = new History()
  readonly #editChecks = new Map<string, EditCheck>()
  readonly #isUndone: IsUndone = (block, editId) =>
    this.#undoneBlocks.has(block) || (editId !== undefined && this.#withdrawn.has(nameOf({ block, editId })))
  readonly #edits: () => string | null

  /** @param edits names the edits that are in force now (`stateOfEdits`); null: they cannot be told */
  constructor(edits: () => string | null = () => null) {
    this.#edits = edits
  }

  /** What `keep` gave; null where that was another version: only the records themselves can tell then. */
  static restored(kept: unknown, edits?: () => string | null): ReviewState | null {
    if ((kept as KeptReview | null)?.version !== KEPT_VERSION) return null
    const { passages, results, undoneBlocks, editChecks, withdrawn, trash, done, undone, nextStep } = structuredClone(
      kept as KeptReview
    )
    const state = new ReviewState(edits)
    for (const [edit, check] of editChecks) state.#editChecks.set(edit, check)
    for (const passage of passages) state.#passages.set(passage.id, passage)
    state.#results.push(...results)
    for (const block of undoneBlocks) state.#undoneBlocks.add(block)
    for (const edit of withdrawn) state.#withdrawn.set(nameOf(edit), edit)
    for (const id of trash) state.#trash.add(id)
    state.#history.restore(done, undone, nextStep)
    return state
  }

  /** All that the records so far come to. What is being written right now is not in a record yet. */
  keep(): KeptReview {
    const unwritten = { state: 'queued', text: '' } as const
    return {
      version: KEPT_VERSION,
      passages: [...this.#passages.values()].map((passage) =>
        passage.held.content.state === 'writing'
          ? { ...passage, held: { ...passage.held, content: { ...passage.held.content, ...unwritten } } }
          : { ...passage, trainings: [...passage.trainings] }
      ),
      results: [...this.#results],
      undoneBlocks: [...this.#undoneBlocks],
      withdrawn: [...this.#withdrawn.values()],
      trash: [...this.#trash],
      editChecks: [...this.#editChecks],
      done: [...this.#history.done],
      undone: [...this.#history.undone],
      nextStep: this.#history.nextId
    }
  }

  passages(): Passage[] {
    const present = [...this.#passages.values()].filter(({ id }) => !this.#trash.has(id))
    return present.map((p) => this.#published(p))
  }

  passage(id: string): Passage {
    if (this.#trash.has(id))
      throw new ErratumError('NotFound', `Passage ${id} is in the trash of this session.`, {
        cure: 'Undo its deletion to have it again.'
      })
    return this.#published(this.#kept(id))
  }

  /** What was seen last at the prompt of an edit; null: nobody has looked. @param edit its block and id */
  editCheck(edit: string): EditCheck | null {
    return this.#editChecks.get(edit) ?? null
  }

  /** What the model was seen to write last; null: it has not written the passage since it was begun. */
  seen(passageId: string): Seen | null {
    return this.#kept(passageId).rewriting
  }

  isInTrash(id: string): boolean {
    return this.#trash.has(id)
  }

  /** Edits that were withdrawn from blocks of reviewed passages. */
  withdrawn(): EditPlace[] {
    return [...this.#withdrawn.values()]
  }

  results(): TrainingResult[] {
    return this.#results.map((result) =>
      structuredClone({ ...result, undoneBlocks: result.blocks.filter((block) => this.#isUndone(block)) })
    )
  }

  /** Blocks that were trained for reviewed passages, the last first, and whether they are in force. */
  blocks(): { block: string; live: boolean }[] {
    return this.#results.flatMap((r) => r.blocks.map((block) => ({ block, live: !this.#isUndone(block) }))).reverse()
  }

  /** What was done and can be taken back, and what was taken back; the newest last. */
  get history(): Pick<History, 'done' | 'undone'> {
    return this.#history
  }

  /** The same for a person to read. */
  steps(): HistoryOfSteps {
    const told = (steps: readonly KeptStep[]): HistoryStep[] => steps.slice(-TOLD_STEPS).reverse().map(toldStep)
    return { done: told(this.#history.done), undone: told(this.#history.undone) }
  }

  /**
   * Takes a record in.
   * @returns ids of the passages that it changed
   * @throws ErratumError where it speaks of something that is not there or cannot be done; nothing has changed then
   */
  apply(record: ReviewRecord): string[] {
    switch (record.type) {
      case 'begun':
        return this.#begin(record)
      case 'written':
        return this.#write(record)
      case 'imported':
        return this.#import(record)
      case 'version':
        return this.#addVersion(record)
      case 'version-chosen':
        return this.#chooseVersion(record)
      case 'mark':
      case 'rest-accurate':
      case 'settle':
      case 'correction':
      case 'removed':
      case 'split':
      case 'join':
        return this.#review(record)
      case 'deleted':
        return this.#delete(record)
      case 'rewritten':
        this.#kept(record.passageId).rewriting = { text: record.text.trim(), at: record.at, state: null, broken: null }
        return [record.passageId]
      case 'checked':
        return this.#check(record)
      case 'trained':
        return this.#train(record)
      case 'undone':
        this.#undoneBlocks.add(record.block)
        return this.#passagesOf(record.block)
      case 'redone':
        this.#undoneBlocks.delete(record.block)
        return this.#passagesOf(record.block)
      case 'withdrawn':
        return this.#withdraw(record.edits)
      case 'reinstated':
        return this.#reinstate(record.edits)
      case 'withdrawal':
        this.#history.add(withdrawal(record))
        return this.#withdraw(record.edits)
      case 'taken-out':
        this.#history.add(takingOut(record))
        return []
      case 'step-undone':
        return this.#restore(this.#history.undo(), 'before')
      case 'step-redone':
        return this.#restore(this.#history.redo(), 'after')
    }
  }

  /** What a change by the person would come to, without making it. @throws ErratumError where it cannot be done */
  check(change: ReviewChange): void {
    const { content } = this.#kept(change.passageId).held
    if ('sentence' in change && !content.sentences[change.sentence])
      throw new ErratumError('NotFound', `Passage ${change.passageId} has no sentence ${change.sentence + 1}.`)
    changed(content.sentences, change)
  }

  /** The text as far as it is written; kept in the journal only once it is whole. */
  stream(id: string, text: string): Passage {
    const passage = this.#kept(id)
    passage.held = { ...passage.held, content: { ...passage.held.content, state: 'writing', text } }
    return this.#published(passage)
  }

  #begin({ passages }: RecordOf<'begun'>): string[] {
    for (const { sampling, ...begun } of passages) {
      const content = { version: 1, state: 'queued' as const, text: '', sampling, sentences: [] }
      this.#add({ ...begun, origin: 'model', reference: null }, content)
    }
    return passages.map((p) => p.id)
  }

  #import({ passages, step }: RecordOf<'imported'>): string[] {
    for (const { sentences, ...imported } of passages) {
      const text = joinTexts(sentences.map((s) => s.text))
      const sampling = samplingSchema.parse({ sentences: Math.min(40, Math.max(1, sentences.length)) })
      const read = sentences.map(({ text, mark, correction }) => ({
        ...plainSentence(text),
        ...{ mark: correction !== null && mark === 'accurate' ? null : mark, correction, accepted: correction !== null }
      }))
      this.#add({ ...imported, origin: 'import' }, { version: 1, state: 'written', text, sampling, sentences: read })
    }
    const ids = passages.map((p) => p.id)
    if (step) this.#history.add(passagesStep('import', `Imported ${count(ids.length, 'passage')}`, ids, []))
    return ids
  }

  #delete({ passageIds, edits }: RecordOf<'deleted'>): string[] {
    const names = passageIds.map((id) => this.passage(id).name)
    const what = names.length === 1 ? `“${names[0]}”` : count(names.length, 'passage')
    const withdrawn = edits.length === 0 ? '' : ` and withdrew ${count(edits.length, 'edit')}`
    this.#history.add(passagesStep('deletion', `Deleted ${what}${withdrawn}`, passageIds, edits))
    for (const id of passageIds) this.#trash.add(id)
    this.#withdraw(edits)
    return [...passageIds]
  }

  /** @returns the passages that the edits were trained for */
  #withdraw(edits: readonly EditPlace[]): string[] {
    for (const edit of edits) this.#withdrawn.set(nameOf(edit), edit)
    return this.#passagesOfEdits(edits)
  }

  #reinstate(edits: readonly EditPlace[]): string[] {
    for (const edit of edits) this.#withdrawn.delete(nameOf(edit))
    return this.#passagesOfEdits(edits)
  }

  #passagesOfEdits(edits: readonly EditPlace[]): string[] {
    return [...new Set(edits.flatMap(({ block }) => this.#passagesOf(block)))]
  }

  #add(passage: Pick<KeptPassage, 'id' | 'name' | 'prompt' | 'origin' | 'reference'>, content: Content): void {
    this.#passages.set(passage.id, { ...passage, held: { content, others: [] }, rewriting: null, trainings: [] })
  }

  #write({ passageId, state, text, sentences }: RecordOf<'written'>): string[] {
    const passage = this.#kept(passageId)
    const content = { ...passage.held.content, state, text, sentences: sentences.map(writtenSentence) }
    passage.held = { ...passage.held, content }
    return [passageId]
  }

  #addVersion({ passageId, sampling, text, sentences }: RecordOf<'version'>): string[] {
    const { content, others } = this.#kept(passageId).held
    const version = Math.max(content.version, ...others.map((o) => o.version)) + 1
    const written = { version, state: 'written' as const, text, sampling, sentences: sentences.map(writtenSentence) }
    const held = { content: written, others: byNumber([...others, content]) }
    return this.#hold(passageId, held, `Wrote version ${version}`)
  }

  #chooseVersion({ passageId, version }: RecordOf<'version-chosen'>): string[] {
    const { content, others } = this.#kept(passageId).held
    const chosen = others.find((o) => o.version === version)
    if (!chosen) throw new ErratumError('NotFound', `Passage ${passageId} has no other version ${version}.`)
    const held = { content: chosen, others: byNumber([...others.filter((o) => o !== chosen), content]) }
    return this.#hold(passageId, held, `Brought version ${version} back`)
  }

  /** Replaces what is held of a passage, as a step of the history. */
  #hold(passageId: string, after: Held, label: string): string[] {
    const passage = this.#kept(passageId)
    const step = {
      kind: 'review' as const,
      label,
      passageId,
      sentence: null,
      edits: [],
      before: passage.held,
      after,
      typing: null
    }
    passage.held = after
    this.#history.add(step)
    return [passageId]
  }

  /** A change by the person to one passage: what it was before is kept, so that it can be taken back. */
  #review(record: ReviewChange): string[] {
    this.check(record)
    const passage = this.#kept(record.passageId)
    const before = passage.held
    const sentences = changed(before.content.sentences, record)
    const edits = record.type === 'removed' ? record.edits : []
    if (sameSentences(before.content.sentences, sentences) && edits.length === 0) return []
    const after = { ...before, content: { ...before.content, sentences } }
    passage.held = after
    const place = record.type === 'correction' ? `${record.passageId}/${record.sentence}` : null
    const isDraft = record.type === 'correction' && sentences[record.sentence].correction !== null && !record.accepted
    this.#history.add(
      {
        kind: 'review',
        label: describeChange(record),
        passageId: passage.id,
        sentence: 'sentence' in record ? record.sentence : null,
        edits,
        before,
        after,
        typing: isDraft ? place : null
      },
      place,
      record.type === 'correction' && record.accepted
    )
    return [...new Set([passage.id, ...this.#withdraw(edits)])]
  }

  #restore(step: Step | null, side: 'before' | 'after'): string[] {
    if (!step) return []
    const edits = withdrawnBy(step)
    const concerned = side === 'before' ? this.#reinstate(edits) : this.#withdraw(edits)
    if (step.kind === 'review') {
      this.#kept(step.passageId).held = step[side]
      concerned.push(step.passageId)
    } else if (step.kind === 'import' || step.kind === 'deletion') {
      const isThere = (step.kind === 'import') === (side === 'after')
      for (const id of step.passageIds) {
        if (isThere) this.#trash.delete(id)
        else this.#trash.add(id)
      }
      concerned.push(...step.passageIds)
    }
    return [...new Set(concerned)]
  }

  #check({ at, state, whole, passages, edits, same }: RecordOf<'checked'>): string[] {
    for (const { passageId } of passages) this.#kept(passageId)
    const asBefore = new Set(same)
    const changed = new Set(passages.map((p) => p.passageId))
    for (const passage of this.#passages.values()) {
      // What is in the trash is not looked at.
      if (!passage.rewriting || this.#trash.has(passage.id) || !(whole || asBefore.has(passage.id))) continue
      if (passage.rewriting.state !== state) changed.add(passage.id)
      passage.rewriting = { ...passage.rewriting, state }
    }
    for (const [edit, check] of this.#editChecks)
      if (whole || asBefore.has(edit)) this.#editChecks.set(edit, { ...check, state })
    for (const { passageId, text, broken } of passages)
      this.#kept(passageId).rewriting = { text: text.trim(), at, state, broken }
    for (const { edit, written, cause } of edits) this.#editChecks.set(edit, { written, cause, state })
    return [...changed]
  }

  #train({ result, outcomes, approved, context }: RecordOf<'trained'>): string[] {
    for (const { passageId } of [...outcomes, ...approved]) this.#kept(passageId)
    for (const { passageId, texts } of approved) {
      const own = outcomes.filter((o) => o.passageId === passageId)
      const fired = own.map(({ outcome }) => outcome.route?.block)
      const blocks = result.blocks.filter((block) => fired.includes(block))
      // Where none is known to fire for it, all of them count.
      this.#kept(passageId).trainings.push({
        texts,
        promises: context !== 'original',
        blocks: blocks.length > 0 ? blocks : result.blocks,
        outcomes: own
      })
    }
    this.#results.push(structuredClone(result))
    if (result.blocks.length > 0) this.#history.add(trainingStep(result))
    return approved.map((a) => a.passageId)
  }

  #passagesOf(block: string): string[] {
    const touches = ({ trainings }: KeptPassage): boolean => trainings.some((t) => t.blocks.includes(block))
    return [...this.#passages.values()].filter(touches).map((p) => p.id)
  }

  #published(passage: KeptPassage): Passage {
    return published(passage, this.#isUndone, this.#edits())
  }

  #kept(id: string): KeptPassage {
    const passage = this.#passages.get(id)
    if (!passage) throw new ErratumError('NotFound', `There is no passage ${id} in this session.`)
    return passage
  }
}

const byNumber = (versions: readonly Content[]): Content[] => versions.toSorted((a, b) => a.version - b.version)

function writtenSentence({ text, surprise, worst }: RecordOf<'written'>['sentences'][number]): Sentence {
  return { ...plainSentence(text), surprise, worst: worst ?? null }
}

const nameOf = ({ block, editId }: EditPlace): string => `${block}/${editId}`

function trainingStep({ blocks, edits }: TrainingResult): Step {
  const label = `Trained ${count(edits, 'sentence')}`
  const about = { label, passageId: null, sentence: null, sentences: edits }
  return { kind: 'training', ...about, blocks: [...blocks], takesOut: false }
}

function takingOut({ blocks, edits }: RecordOf<'taken-out'>): Step {
  const label = `Took the training of ${count(edits, 'sentence')} out`
  const about = { label, passageId: null, sentence: null, sentences: edits }
  return { kind: 'training', ...about, blocks: [...blocks], takesOut: true }
}

function passagesStep(
  kind: 'import' | 'deletion',
  label: string,
  passageIds: readonly string[],
  edits: readonly EditPlace[]
): Step {
  return { kind, label, passageId: null, sentence: null, passageIds: [...passageIds], edits: [...edits] }
}

function withdrawal({ edits }: RecordOf<'withdrawal'>): Step {
  const label = `Withdrew ${count(edits.length, 'edit')} from the model`
  return { kind: 'withdrawal', label, passageId: null, sentence: null, edits: [...edits] }
}

export function toldStep(step: KeptStep): HistoryStep {
  const { id, kind, label, passageId, sentence } = step
  const training = kind === 'training' ? { sentences: step.sentences, blocks: [...step.blocks] } : null
  return { id, kind, label, passageId, sentence, ...(training ?? { sentences: 0, blocks: [] }) }
}
