/** A file of edits, in any format, as a training of the open session. */
import { agree, count } from '../../../contract/words.ts'
import { ErratumError } from '../../../contract/errors.ts'
import type { Params } from '../../../contract/contract.ts'
import type { EditsPreview, TrainingResult } from '../../../contract/types.ts'
import { readEdits } from '../../formats/edits.ts'
import { goodRows } from '../../formats/good-rows.ts'
import type { BadRow } from '../../formats/good-rows.ts'
import { toRow } from '../edit-file.ts'
import type { EditRow } from '../edit-run.ts'
import type { Work } from '../jobs.ts'
import { promisedTexts } from '../promises/check-promises.ts'
import { describeTraining, keptOfTraining } from './training-passages.ts'
import type { Desk } from './writing-passages.ts'

export interface ReadEdits {
  rows: EditRow[]
  bad: readonly BadRow[]
}

/** Rows named in an error; all of them are in its details. */
const NAMED = 3

/**
 * @throws ErratumError `BadFile` of the first row that cannot be read, with `bad` (all of them) and `good` (how many
 * can); `DoesNotFit` with `unfit` (rows longer than the context) and `good` (how many fit)
 */
export async function editsOfFile(
  { bench }: Desk,
  { fileName, content, onlyGood, skipUnfit, leaveOut = [] }: Params<'train.preview'> & Partial<Params<'train.file'>>
): Promise<ReadEdits> {
  const read = goodRows(
    (onBad) => readEdits(fileName, { text: content, onBad }),
    onlyGood,
    () => ''
  )
  const rows = read.rows.filter(({ line }) => !leaveOut.includes(line)).map((row) => toRow(row, fileName))
  if (rows.length === 0)
    throw new ErratumError('BadFile', `There is no edit in ${fileName}.`, {
      file: fileName,
      cure: 'Choose another file.'
    })
  const unfit = await bench.unfitEdits(rows)
  const good = rows.length - unfit.length
  if (good > 0 && (unfit.length === 0 || skipUnfit)) return { rows, bad: read.bad }
  const named = unfit
    .slice(0, NAMED)
    .map(({ id, line, tokens }) => `${id} (line ${line}) with ${tokens ?? 'too many to count'}`)
  throw new ErratumError(
    'DoesNotFit',
    `${unfit.length} of ${count(rows.length, 'edit')} ${agree(unfit.length, 'is', 'are')} longer than the model’s context: ${named.join(', ')}${unfit.length > NAMED ? ' and others' : ''}.`,
    { file: fileName, unfit, good, cure: 'Shorten them, or leave them out.' }
  )
}

/** What the edits would take the place of: edits in force, and sentences that passages promise. */
export async function previewOfFile(desk: Desk, { rows }: ReadEdits): Promise<EditsPreview> {
  const { workspace, bench } = desk
  const foreseen = await bench.promises.foresee(rows, promisedTexts(desk))
  return {
    edits: foreseen.rows.length,
    known: foreseen.known,
    replacedInFile: foreseen.replacedInFile.length,
    conflicts: foreseen.conflicts.map(({ row, kind, target, passage, edit }) => ({
      line: row.line ?? 0,
      id: row.id,
      prompt: row.prompt,
      says: row.target,
      kind,
      target,
      passage: passage && { ...passage, name: workspace.passage(passage.passageId).name },
      edit: edit && { editId: edit.editId, file: edit.file }
    }))
  }
}

/** One step of the history, like any training. */
export function trainFile({ bench, workspace, emit }: Desk, fileName: string, { rows, bad }: ReadEdits): Work {
  return async (context) => {
    const started = Date.now()
    const before = { blocks: bench.blocks(), edits: bench.trainingSetup().measured.edits }
    const keep = async (known: Pick<TrainingResult, 'exact' | 'perplexity'>): Promise<void> => {
      const blocks = bench.blocks().filter((block) => !before.blocks.includes(block))
      if (blocks.length === 0) return
      const edits = bench.trainingSetup().measured.edits - before.edits
      const about = { jobId: context.jobId, at: Date.now(), seconds: (Date.now() - started) / 1000 }
      const result: TrainingResult = { ...about, blocks, undoneBlocks: [], edits, passages: [], ...known }
      await workspace.record({ type: 'trained', result, outcomes: [], approved: [] })
      emit('results.added', result)
    }
    const trained = await bench
      .trainEdits(rows, {
        signal: context.signal,
        onProgress: (progress) => context.report(...describeTraining(progress))
      })
      .catch(async (error: unknown) => {
        // Batches that were committed before it ended stay, and can be undone like any other.
        const blocks = bench.blocks().filter((block) => !before.blocks.includes(block)).length
        context.ifCancelled(keptOfTraining(blocks, bench.trainingSetup().measured.edits - before.edits))
        await keep({ exact: null, perplexity: { before: null, after: null } })
        throw error
      })
    const { edits, present, exact, perplexity, skipped } = trained
    await keep({ exact, perplexity })
    const known = present - edits
    const trainedNow = edits === 0 ? 'Nothing had to be trained' : `${count(edits, 'edit')} of ${fileName} trained`
    return {
      summary: `${trainedNow}${known > 0 ? `; ${known} ${agree(known, 'was', 'were')} in the session already` : ''}. The model now writes ${exact} of ${present} word for word.`,
      notes: [
        ...bad.map(({ message }) => `Left out: ${message}`),
        ...skipped.map(({ id, line, reason }) => `Left out: ${id}${line === null ? '' : ` (line ${line})`}: ${reason}.`)
      ]
    }
  }
}
