/** The job that trains what was approved, and keeps for each sentence what it gained. */
import { agree, count } from '../../../contract/words.ts'
import type { Passage, PassagePlan, SentenceOutcome, TrainingContext, TrainingResult } from '../../../contract/types.ts'
import type { Work } from '../jobs.ts'
import { keepSeen, seePassage } from '../promises/check-promises.ts'
import { approvedText } from './passage-content.ts'
import type { EditOutcome, PassageInput, TrainedPassages, TrainOptions, TrainProgress } from './workbench.ts'
import type { Desk } from './writing-passages.ts'

export type TrainingChoices = Pick<TrainOptions, 'context' | 'batchSize' | 'iterations'>

export function trainPassages(desk: Desk, passageIds: readonly string[], choices: TrainingChoices = {}): Work {
  return async (context) => {
    const { bench, workspace } = desk
    const passages = passageIds.map((id) => workspace.passage(id))
    const started = Date.now()
    const before = { blocks: bench.blocks(), edits: bench.trainingSetup().measured.edits }
    const options: TrainOptions = {
      ...choices,
      signal: context.signal,
      onProgress: (progress) => context.report(...describeTraining(progress))
    }
    const trained = await bench.trainPassages(passages.map(toInput), options).catch(async (error: unknown) => {
      // Batches that were committed before it ended stay, and can be undone like any other.
      const blocks = bench.blocks().filter((block) => !before.blocks.includes(block))
      const edits = bench.trainingSetup().measured.edits - before.edits
      const result = { ...summarise(nothingOf(blocks), context.jobId, secondsSince(started)), edits, exact: null }
      if (blocks.length > 0) {
        await workspace.record({ type: 'trained', result, outcomes: [], approved: [] })
        desk.emit('results.added', result)
      }
      context.ifCancelled(keptOfTraining(blocks.length, edits))
      throw error
    })
    context.ifCancelled(keptOfTraining(trained.block.length, trained.outcomes.length))
    const result = summarise(trained, context.jobId, secondsSince(started))
    await workspace.record({
      type: 'trained',
      result,
      outcomes: outcomesBySentence(passages, trained.outcomes),
      approved: passages.map((p) => ({ passageId: p.id, texts: p.sentences.map(approvedText) })),
      context: choices.context ?? 'corrected'
    })
    for (const id of passageIds) await keepSeen(desk, await seePassage(desk, id, { signal: context.signal }))
    desk.emit('results.added', result)
    return summaryOf(result)
  }
}

/** What training a passage would train, and why: what nobody corrected is trained along where it would get lost. */
export async function planTraining(
  { bench, workspace }: Desk,
  id: string,
  context: TrainingContext
): Promise<PassagePlan> {
  const passage = workspace.passage(id)
  const { sentences, beyond } = await bench.plan(toInput(passage), context)
  const firstChange = passage.sentences.findIndex((s) => (approvedText(s) ?? s.text) !== s.text)
  return {
    beyond,
    sentences: sentences.map((planned) => ({
      ...planned,
      because:
        planned.kind === 'corrected'
          ? []
          : [
              ...(firstChange >= 0 && firstChange < planned.sentence ? (['context'] as const) : []),
              ...(passage.origin === 'import' ? (['import'] as const) : []),
              ...(passage.origin === 'model' && passage.sampling.temperature > 0 ? (['sampled'] as const) : [])
            ]
    }))
  }
}

export function toInput(passage: Passage): PassageInput {
  return {
    id: passage.id,
    prompt: passage.prompt,
    sentences: passage.sentences.map((s) => ({
      text: s.text,
      ...(s.mark ? { label: s.mark } : {}),
      ...(s.accepted && s.correction !== null ? { correction: s.correction } : {})
    }))
  }
}

/** An edit's id is `passage/sentence`, and `~round` after it where it was trained again: the last word counts. */
export function outcomesBySentence(
  passages: readonly Passage[],
  outcomes: readonly EditOutcome[]
): { passageId: string; sentence: number; outcome: SentenceOutcome }[] {
  const known = new Map(passages.map((p) => [p.id, p.sentences.length]))
  const last = new Map<string, { passageId: string; sentence: number; outcome: SentenceOutcome }>()
  for (const { editId, target, perplexity, exact, route } of outcomes) {
    const [, passageId, number] = /^(.+)\/(\d+)(?:~\d+)?$/.exec(editId) ?? []
    const sentence = Number(number)
    if (passageId === undefined || !(sentence < (known.get(passageId) ?? 0))) continue
    const key = `${passageId}/${sentence}`
    // What it cost before any training is told by its first round.
    const before = last.get(key)?.outcome.perplexity.before ?? perplexity.before
    last.set(key, {
      passageId,
      sentence,
      outcome: { editId, target, perplexity: { before, after: perplexity.after }, exact, route, undone: false }
    })
  }
  return [...last.values()]
}

/** What a cancelled training leaves, as one sentence. */
export function keptOfTraining(batches: number, edits: number): string {
  if (batches === 0) return 'Cancelled. Nothing was trained.'
  const done = `${count(batches, 'batch', 'batches')} with ${count(edits, 'sentence')}`
  return `Cancelled. ${done} ${agree(batches, 'was', 'were')} trained before and ${agree(batches, 'stays', 'stay')}.`
}

const secondsSince = (started: number): number => (Date.now() - started) / 1000
const nothingOf = (block: string[]): TrainedPassages => ({ block, outcomes: [], passages: [] })

function summarise(trained: TrainedPassages, jobId: string, seconds: number): TrainingResult & { exact: number } {
  const { outcomes } = trained
  const geometric = (of: (o: EditOutcome) => number): number | null =>
    outcomes.length === 0 ? null : Math.exp(outcomes.reduce((sum, o) => sum + Math.log(of(o)), 0) / outcomes.length)
  return {
    jobId,
    at: Date.now(),
    seconds,
    blocks: trained.block,
    undoneBlocks: [],
    edits: outcomes.length,
    exact: outcomes.filter((o) => o.exact).length,
    perplexity: { before: geometric((o) => o.perplexity.before), after: geometric((o) => o.perplexity.after) },
    passages: trained.passages.map(({ id, asApproved }) => ({ id, asApproved }))
  }
}

function summaryOf({ edits, exact, seconds }: ReturnType<typeof summarise>): string {
  if (edits === 0) return 'Nothing had to be trained: the model writes what was approved by itself.'
  return `${count(edits, 'sentence')} trained in ${seconds.toFixed(0)} s; the model now writes ${exact} of ${edits} word for word.`
}

const PHASES: Record<TrainProgress['phase'], string> = {
  preparing: 'Reading what the model writes now',
  calibrating: 'Calibrating the router, once for each model',
  training: 'Training',
  checking: 'Checking what the model writes now',
  committing: 'Saving the block'
}

/** How far a training is, 0 to 1 or null, and what it is doing. */
export function describeTraining({
  phase,
  batch,
  batches,
  iteration,
  iterations,
  loss
}: TrainProgress): [number | null, string] {
  if (phase === 'preparing' || phase === 'calibrating') {
    const fraction = phase === 'calibrating' && iterations > 0 ? iteration / iterations : null
    return [fraction, PHASES[phase]]
  }
  const ofBatch = phase === 'training' ? iteration / Math.max(1, iterations) : 1
  const fraction = batches > 0 ? Math.min(1, (Math.max(0, batch - 1) + ofBatch) / batches) : null
  const figures = phase === 'training' && loss !== null ? ` · loss ${loss.toFixed(2)}` : ''
  const place = batches > 0 ? ` batch ${batch} of ${batches}` : ''
  return [fraction, phase === 'training' ? `${PHASES.training}${place}${figures}` : PHASES[phase]]
}
