/**
 * A model with an open session: writes under its routes, trains batches of edits, takes them or single edits back.
 *
 * The two indices (one with the deployment keys, one with the paper's) are a pure function of the edits in force in the
 * session's store and are kept beside it; a commit appends to both.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import { trainBlock } from '../editor/block-trainer.ts'
import type { TrainedBlock } from '../editor/block-trainer.ts'
import type { Calibration } from '../editor/calibration.ts'
import { fitsContext, makeSample, promptTokens, tokensKey } from '../editor/edit-sample.ts'
import type { EditSample, EditText } from '../editor/edit-sample.ts'
import type { EditSettings } from '../editor/edit-settings.ts'
import { NeuronIndexStore } from '../editor/neuron-index/store.ts'
import type { StoredIndex } from '../editor/neuron-index/store-schema.ts'
import type { IndexedEdit, NeuronIndex } from '../editor/neuron-index/types.ts'
import { GreedyTexts } from '../editor/greedy-texts.ts'
import { writeFrom } from '../editor/passage-writer.ts'
import type { WriteLimits, Written } from '../editor/passage-writer.ts'
import { routeText, textStates } from '../editor/read-text.ts'
import type { Protocol, ReadingRules, TextStates } from '../editor/read-text.ts'
import { scoreTexts } from '../editor/routed-score.ts'
import type { Sampling } from '../engine/generation/sampler.ts'
import type { BlockWeights, LanguageModel } from '../engine/models/language-model.ts'
import { longestText } from '../engine/tokenizer/longest-text.ts'
import { indexedEdit } from '../session/indexed-edit.ts'
import type { CommittedBatch, StoredEdit } from '../session/batches.ts'
import type { SessionStore } from '../session/session-store.ts'
import { editsToWithdraw } from '../session/withdrawals.ts'
import type { EditName } from '../session/withdrawals.ts'
import type { ModelSummary, OpenedModel } from './model-library.ts'
import { stateOfEdits } from './promises/edits-state.ts'
import { buildIndices, eventsBetween, extendIndices, liveAgain, livePrompts, PROTOCOLS } from './session-indices.ts'
import type { ByProtocol, IndexMode, Indices, ProtocolEvent } from './session-indices.ts'

export interface EditRequest extends EditText {
  id: string
  /** kept with the edit: subject, severity, rewordings, unknown fields */
  extra?: Readonly<Record<string, unknown>>
  /** the file that it was read from */
  from?: StoredEdit['from']
}

export interface BatchProgress {
  phase: 'preparing' | 'training' | 'checking' | 'committing'
  iteration: number
  iterations: number
  loss: number | null
}

export interface BatchOutcome {
  block: string
  edits: string[]
  iterations: number
  loss: number
  /** every target is written exactly under the route it gets */
  exact: boolean | null
  seconds: { training: number; index: number }
  events: ProtocolEvent[]
}

/** A batch that was taken out or put back, and what that changed for the records of the indices. */
export interface MovedBatch {
  block: string
  edits: number
  events: ProtocolEvent[]
  /** edits in force before and after that the model writes only now: those that had replaced them are gone */
  liveAgain: StoredEdit[]
}

/** Single edits that were withdrawn or reinstated. */
export interface MovedEdits extends Pick<MovedBatch, 'events' | 'liveAgain'> {
  edits: StoredEdit[]
}

/** What was done to the edits in force; told once it is on the disk and the indices are those of after. */
export interface EditsChange {
  readonly cause: 'train' | 'undo' | 'redo' | 'withdraw' | 'reinstate'
  /** that came into force or went out of it, in their order */
  readonly edits: readonly StoredEdit[]
  readonly events: readonly ProtocolEvent[]
}

/** Until then a window has its first answers. */
const STORE_SOON_MS = 1500

export class EditSession {
  readonly model: LanguageModel
  readonly summary: ModelSummary
  /** what computes, with its version; null: not known */
  readonly executor: string | null
  readonly store: SessionStore
  readonly calibration: Calibration
  readonly settings: EditSettings
  /** what greedy writing gives, as long as it holds */
  readonly greedyTexts: GreedyTexts
  private edits: ByProtocol<readonly IndexedEdit[]>
  private indices: Indices
  private named: { readonly indices: Indices; readonly state: string } | null = null
  private readonly tables: Partial<Record<Protocol, NeuronIndexStore>> = {}
  private lastStored: Promise<void> = Promise.resolve()
  private soon: NodeJS.Timeout | null = null
  private editIdsByTokens: Map<string, string[]>
  private readonly samples = new WeakMap<EditText, EditSample>()
  private readonly listeners = new Set<(change: EditsChange) => void>()
  private readonly blocks = new Map<string, Promise<BlockWeights>>()

  constructor(opened: OpenedModel, store: SessionStore, calibration: Calibration, settings: EditSettings) {
    this.model = opened.model
    this.summary = opened.summary
    this.executor = opened.executor ?? null
    this.store = store
    this.calibration = calibration
    this.settings = settings
    this.greedyTexts = new GreedyTexts(opened.model)
    this.edits = { deployment: store.indexedEdits('deployment'), paper: store.indexedEdits('paper') }
    this.editIdsByTokens = idsByTokens(store)
    this.indices = buildIndices(this.edits, calibration, settings.index)
  }

  /**
   * Calls the listener after every change of the edits in force, whatever made it: the one place that they all go
   * through. @returns what ends that
   */
  onEditsChanged(listener: (change: EditsChange) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  get modelId(): string {
    return this.summary.id
  }

  /** Names the model and the edits in force: where it is the same, the same is written. */
  get state(): string {
    // Another object after each change; told for each passage of the review.
    if (this.named?.indices !== this.indices)
      this.named = { indices: this.indices, state: stateOfEdits(this.model.sha256, this.store.edits) }
    return this.named.state
  }

  get dir(): string {
    return this.store.folder
  }

  /** The index of a protocol as it stands: another object after each change. */
  index(protocol: Protocol): StoredIndex {
    return this.indices[protocol]
  }

  /** Rules by which texts are read and written; another index mode recomputes the routes from the stored keys. */
  rules(protocol: Protocol = 'deployment', mode: IndexMode = this.settings.index): ReadingRules {
    const indices = mode === this.settings.index ? this.indices : buildIndices(this.edits, this.calibration, mode)
    return this.rulesOf(indices[protocol], protocol)
  }

  /** The same by an index of the caller's. */
  rulesOf(index: StoredIndex, protocol: Protocol): ReadingRules {
    return {
      protocol,
      index,
      block: (id) => this.block(id),
      key: this.calibration.deployment.key,
      rule: this.store.header.sentenceRule,
      isLivePrompt: livePrompts(index)
    }
  }

  block(id: string): Promise<BlockWeights> {
    let weights = this.blocks.get(id)
    if (!weights) {
      weights = Promise.resolve().then(() => this.store.loadBlock(id))
      this.blocks.set(id, weights)
    }
    return weights
  }

  write(prompt: string, sampling: Sampling, limits: WriteLimits = {}): Promise<Written> {
    return writeFrom(this.model, prompt, this.rules(), sampling, limits)
  }

  /** Whether the same prompt and target is there already and live at its prompt's end. */
  has(request: EditRequest): boolean {
    return this.copiesOf(request).some((id) => this.isLive(id))
  }

  /**
   * The edit that put this prompt and target out of work; null where it is not in the session, or nothing but its own
   * coming was the reason (`clusters` only), or it is live.
   */
  replacementOf(request: EditRequest): StoredEdit | null {
    const latest = this.copiesOf(request).at(-1)
    if (latest === undefined) return null
    const standing = this.indices.deployment.stateOf({ editId: latest, record: 0 })
    if (standing.state === 'live' || standing.by === null) return null
    const { editId } = standing.by
    return this.store.edits.find((e) => e.editId === editId) ?? null
  }

  /** Whether this prompt and target is in the session, live or not. */
  isStored(request: EditRequest): boolean {
    return this.copiesOf(request).length > 0
  }

  /** The edits that are live at the end of this very prompt. */
  liveAt(prompt: string): StoredEdit[] {
    const wanted = promptTokens(this.model.tokenizer, prompt).join(' ')
    return this.store.edits.filter((e) => e.promptIds.join(' ') === wanted && this.isLive(e.editId))
  }

  /** Whether the record at the prompt's end is live. */
  isLive(editId: string): boolean {
    return this.indices.deployment.stateOf({ editId, record: 0 }).state === 'live'
  }

  sample(request: EditRequest): EditSample {
    let sample = this.samples.get(request)
    if (!sample) {
      sample = makeSample(this.model.tokenizer, request, this.store.header.sentenceRule)
      this.samples.set(request, sample)
    }
    return sample
  }

  /** The block of the live edit with this prompt and target; null where there is none. */
  blockOf(request: EditRequest): string | null {
    const id = this.copiesOf(request).findLast((one) => this.isLive(one))
    return id === undefined ? null : (this.edits.deployment.find((e) => e.editId === id)?.block ?? null)
  }

  /**
   * The index as it would be with these edits, all in one block of this name: which places they would answer can be
   * asked before anything is trained.
   */
  async indexWith(requests: readonly EditRequest[], block: string): Promise<StoredIndex> {
    const samples = requests.map((request, i) => this.sample({ ...request, id: `${block}/${i}` }))
    const states = await textStates(this.model, samples, this.calibration.deployment.key)
    return extendIndices(this.indices, this.indexed(samples, states, block)).deployment
  }

  /** Tokens of prompt and target together; infinite where the texts are too long to be counted, and to fit. */
  sampleLength(request: EditRequest): number {
    if (this.characters(request) > this.longest) return Infinity
    const { promptIds, targetIds } = this.sample(request)
    return promptIds.length + targetIds.length
  }

  fits(sample: EditSample): boolean {
    return fitsContext(sample, this.model.config.positions)
  }

  /** Why prompt and target do not fit the context together, and their tokens where they were counted; null: they fit. */
  unfit(request: EditRequest): { tokens: number | null; reason: string } | null {
    const { positions } = this.model.config
    const characters = this.characters(request)
    if (characters > this.longest)
      return { tokens: null, reason: `${characters} characters, and the model's context of ${positions} tokens holds ${this.longest} at most` } // prettier-ignore
    const sample = this.sample(request)
    if (this.fits(sample)) return null
    const tokens = sample.promptIds.length + sample.targetIds.length
    return { tokens, reason: `${tokens} tokens, and the model's context is ${positions}` }
  }

  private characters({ prompt, target }: { prompt: string; target: string }): number {
    return prompt.length + target.length
  }

  /** Characters that a text has at most that fits the context. */
  private get longest(): number {
    return longestText(this.model.tokenizer, this.model.config.positions)
  }

  /**
   * Trains one block for these edits and commits it. Nothing is changed until the commit, so a cancelled or failed
   * batch leaves the session as it was.
   */
  async trainBatch(
    requests: readonly EditRequest[],
    signal?: AbortSignal,
    onProgress?: (p: BatchProgress) => void,
    iterations = this.settings.iterations
  ): Promise<BatchOutcome> {
    const { model } = this
    const settings = { ...this.settings, iterations }
    const started = performance.now()
    const longest = settings.iterations + settings.extraIterations
    onProgress?.({ phase: 'preparing', iteration: 0, iterations: longest, loss: null })
    const ids = this.store.freeEditIds(requests.map((r) => r.id))
    const samples = requests.map((r, i) => this.sample({ ...r, id: ids[i] }))
    const states = await textStates(model, samples, this.calibration.deployment.key)
    const blockId = this.nextBlockId(samples)
    const indexStart = performance.now()
    const added = this.indexed(samples, states, blockId)
    const after = extendIndices(this.indices, added)
    let indexMs = performance.now() - indexStart

    // What a later row of the same batch replaces is not trained: one block cannot say both.
    const live = samples.map((s) => after.deployment.stateOf({ editId: s.editId, record: 0 }).state === 'live')
    const wanted = settings.index === 'clusters' ? samples.map(() => true) : live
    const trainedSamples = samples.filter((_, i) => wanted[i])
    const trainedStates = states.filter((_, i) => wanted[i])
    const trained = await trainBlock(
      model,
      trainedSamples,
      trainedStates.map((s) => s.hidden),
      settings,
      {
        signal,
        onIteration: (iteration, of, loss) => onProgress?.({ phase: 'training', iteration, iterations: of, loss }),
        exact:
          settings.extraIterations > 0
            ? (block) => this.writesExactly(trainedStates, after.deployment, blockId, block)
            : undefined
      }
    )
    if (signal?.aborted) throw new ErratumError('Cancelled', 'Training was cancelled; nothing was changed.')

    onProgress?.({ phase: 'committing', iteration: trained.iterations, iterations: longest, loss: trained.loss })
    const commitStart = performance.now()
    const trainingSeconds = (commitStart - started - indexMs) / 1000
    await this.commit(blockId, samples, states, trained, trainingSeconds, requests)
    for (const s of samples) remember(this.editIdsByTokens, s, s.editId)
    this.blocks.set(blockId, Promise.resolve(trained.weights))
    const before = this.indices
    this.edits = {
      deployment: [...this.edits.deployment, ...added.deployment],
      paper: [...this.edits.paper, ...added.paper]
    }
    this.indices = after
    // The tables are derived and nobody waits for them: they are written while the next batch trains in the worker.
    // What fails here is tried again at the next change, and at the latest when the session is opened.
    this.storeIndices().catch(() => undefined)
    const events = eventsBetween(before, after)
    this.tell({ cause: 'train', edits: this.store.edits.filter((e) => e.block === blockId), events })
    indexMs += performance.now() - commitStart
    return {
      block: blockId,
      edits: samples.map((s) => s.editId),
      iterations: trained.iterations,
      loss: trained.loss,
      exact: trained.exact,
      seconds: { training: trainingSeconds, index: indexMs / 1000 },
      events
    }
  }

  /** Takes a batch out, the last or the one named: its block goes to the trash, the indices are those that never had it. */
  undo(block?: string): Promise<MovedBatch> {
    return this.movedBatch('undo', () => this.store.undo(block))
  }

  /** Puts a batch back, the one taken out last or the one named: the indices are those of a session that always had it. */
  redo(block?: string): Promise<MovedBatch> {
    return this.movedBatch('redo', () => this.store.redo(block))
  }

  /** Takes single edits out; the rest of their batches stays, and the indices are those that never had them. */
  withdraw(names: readonly EditName[]): Promise<MovedEdits> {
    return this.moved('withdraw', () => this.store.withdraw(names))
  }

  /** Puts withdrawn edits back in their places, the one withdrawn last where none is named. */
  reinstate(names: readonly EditName[] = []): Promise<MovedEdits> {
    return this.moved('reinstate', () => this.store.reinstate(names))
  }

  /** What withdrawing these edits would make live again, without doing it. */
  liveWithout(names: readonly EditName[]): StoredEdit[] {
    const out = new Set(editsToWithdraw(this.store.batches, names, this.dir).map(({ order }) => order))
    const of = (protocol: Protocol): IndexedEdit[] => this.edits[protocol].filter(({ order }) => !out.has(order))
    const edits = { deployment: of('deployment'), paper: [] }
    return liveAgain(this.indices, buildIndices(edits, this.calibration, this.settings.index), this.store.edits)
  }

  /**
   * Brings the LanceDB tables up to date with the indices; where they differ at the first time, they are written anew.
   * They are derived: a session that is opened for reading leaves them as they are.
   */
  storeIndices(): Promise<void> {
    this.cancelSoon()
    const turn = this.lastStored.catch(() => undefined).then(() => this.updateTables())
    this.lastStored = turn
    return turn
  }

  /** The same, in a moment when nobody waits for the session to open; at the latest when it is closed. */
  storeIndicesSoon(): void {
    this.cancelSoon()
    // What fails here is tried again, and told, at the next change.
    this.soon = setTimeout(() => void this.storeIndices().catch(() => undefined), STORE_SOON_MS)
  }

  async close(): Promise<void> {
    if (this.soon !== null) await this.storeIndices().catch(() => undefined)
    await this.lastStored.catch(() => undefined)
    for (const table of Object.values(this.tables)) table.close()
    await this.store.close()
    await this.model.release()
  }

  private cancelSoon(): void {
    if (this.soon !== null) clearTimeout(this.soon)
    this.soon = null
  }

  private async updateTables(): Promise<void> {
    if (this.store.readOnly) return
    for (const protocol of PROTOCOLS) {
      this.tables[protocol] ??= await NeuronIndexStore.open(join(this.store.indexFolder, protocol))
      await this.tables[protocol].update(this.indices[protocol])
    }
  }

  private async movedBatch(cause: 'undo' | 'redo', move: () => Promise<CommittedBatch>): Promise<MovedBatch> {
    let block = ''
    const { edits, ...moved } = await this.moved(cause, async () => {
      const batch = await move()
      block = batch.block
      this.blocks.delete(block)
      return batch.edits
    })
    return { block, edits: edits.length, ...moved }
  }

  /** Whatever goes into or out of the session, other than by training. @param move gives the edits that went */
  private async moved(cause: EditsChange['cause'], move: () => Promise<readonly StoredEdit[]>): Promise<MovedEdits> {
    const before = this.indices
    const edits = await move()
    this.edits = { deployment: this.store.indexedEdits('deployment'), paper: this.store.indexedEdits('paper') }
    this.editIdsByTokens = idsByTokens(this.store)
    this.indices = buildIndices(this.edits, this.calibration, this.settings.index)
    await this.storeIndices()
    const events = eventsBetween(before, this.indices)
    this.tell({ cause, edits, events })
    return { edits: [...edits], events, liveAgain: liveAgain(before, this.indices, this.store.edits) }
  }

  private tell(change: EditsChange): void {
    for (const listener of this.listeners) listener(change)
  }

  /** Ids of the edits with this prompt and target, in their order. */
  private copiesOf(request: EditRequest): readonly string[] {
    return this.editIdsByTokens.get(tokensKey(this.sample(request))) ?? []
  }

  private async writesExactly(
    states: readonly TextStates[],
    index: NeuronIndex,
    blockId: string,
    block: BlockWeights
  ): Promise<boolean> {
    const texts = states.map((s) => routeText(s, index, 'deployment'))
    const scores = await scoreTexts(this.model, texts, (id) =>
      id === blockId ? Promise.resolve(block) : this.block(id)
    )
    // A text that another block would answer cannot be mended by training this one; `eval` counts it as missed.
    return scores.every((score, i) => score.greedy || texts[i].routes.some((r) => r.block !== blockId))
  }

  private async commit(
    blockId: string,
    samples: readonly EditSample[],
    states: readonly TextStates[],
    trained: TrainedBlock,
    seconds: number,
    requests: readonly EditRequest[]
  ): Promise<void> {
    await this.store.commitBatch({
      blockId,
      weights: trained.weights,
      loraLayers: this.model.points.loraLayers,
      edits: samples.map((s, i) => ({
        editId: s.editId,
        prompt: s.prompt,
        join: s.join,
        target: s.target,
        promptIds: s.promptIds,
        targetIds: s.targetIds,
        decisions: s.decisions,
        extra: requests[i].extra,
        from: requests[i].from
      })),
      keys: { deployment: states.map((s) => s.deploymentKeys), paper: states.map((s) => s.paperKey) },
      training: { iterations: trained.iterations, seconds, loss: trained.loss }
    })
  }

  /** The records of these edits, as the session will give them back once they are committed. */
  private indexed(
    samples: readonly EditSample[],
    states: readonly TextStates[],
    block: string
  ): ByProtocol<IndexedEdit[]> {
    const keys = { deployment: states.map((s) => s.deploymentKeys), paper: states.map((s) => s.paperKey) }
    const of = (protocol: Protocol): IndexedEdit[] =>
      samples.map((s, i) => indexedEdit({ ...s, block, order: this.store.nextOrder + i }, keys, i, protocol))
    return { deployment: of('deployment'), paper: of('paper') }
  }

  /** Number of the batch in the session, and a part of its content's hash, so that no folder is ever written twice. */
  private nextBlockId(samples: readonly EditSample[]): string {
    const hash = createHash('sha256')
    for (const s of samples) hash.update(`${s.editId}\0${s.prompt}\0${s.target}\0`)
    return `${String(this.store.nextBatch).padStart(5, '0')}-${hash.digest('hex').slice(0, 8)}`
  }
}

function remember(ids: Map<string, string[]>, edit: Pick<EditSample, 'promptIds' | 'targetIds'>, id: string): void {
  const key = tokensKey(edit)
  ids.set(key, [...(ids.get(key) ?? []), id])
}

function idsByTokens(store: SessionStore): Map<string, string[]> {
  const ids = new Map<string, string[]>()
  for (const edit of store.edits) remember(ids, edit, edit.editId)
  return ids
}
