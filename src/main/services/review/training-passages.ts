/** The job that trains what was approved, and keeps for each sentence what it gained. */
import type { Passage, SentenceOutcome, TrainingResult } from '../../../contract/types.ts'
import type { Work } from '../jobs.ts'
import { approvedText } from './passage-content.ts'
import type { EditOutcome, PassageInput, TrainedPassages, TrainProgress } from './workbench.ts'
import type { Desk } from './writing-passages.ts'

export function trainPassages(desk: Desk, passageIds: readonly string[]): Work {
  return async (context) => {
    const { bench, workspace } = desk
    const passages = passageIds.map((id) => workspace.passage(id))
    const started = Date.now()
    const trained = await bench.trainPassages(passages.map(toInput), {
      signal: context.signal,
      onProgress: (progress) => context.report(...described(progress))
    })
    const result = summarise(trained, context.jobId, (Date.now() - started) / 1000)
    await workspace.record({
      type: 'trained',
      result,
      outcomes: outcomesBySentence(passages, trained.outcomes),
      approved: passages.map((p) => ({ passageId: p.id, texts: p.sentences.map(approvedText) }))
    })
    for (const { id, written } of trained.passages)
      await workspace.record({ type: 'rewritten', passageId: id, text: written, at: Date.now() })
    desk.emit('results.added', result)
    return summaryOf(result)
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

function summarise(trained: TrainedPassages, jobId: string, seconds: number): TrainingResult {
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

function summaryOf({ edits, exact, seconds }: TrainingResult): string {
  if (edits === 0) return 'Nothing had to be trained: the model writes what was approved by itself.'
  const sentences = edits === 1 ? '1 sentence' : `${edits} sentences`
  return `${sentences} trained in ${seconds.toFixed(0)} s; the model now writes ${exact} of ${edits} word for word.`
}

const PHASES: Record<TrainProgress['phase'], string> = {
  preparing: 'Reading what the model writes now',
  calibrating: 'Calibrating the router, once for each model',
  training: 'Training',
  checking: 'Checking what the model writes now',
  committing: 'Saving the block'
}

function described({ phase, batch, batches, iteration, iterations, loss }: TrainProgress): [number | null, string] {
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
