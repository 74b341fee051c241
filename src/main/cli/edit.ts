import type { Command } from 'commander'
import { visibleInLine } from '../../contract/visible.ts'
import { editFile } from '../services/edit-file.ts'
import type { EditFileOptions } from '../services/edit-file.ts'
import { EXECUTORS } from '../services/model-library.ts'
import { command, number, oneOf, show } from './door.ts'
import type { CommonOptions } from './door.ts'
import { badLines, columns, readingLines } from './exchange-lines.ts'
import { newlyBrokenLines, promiseLines, replacedLines } from './promise-lines.ts'

export function addEdit(program: Command): void {
  program
    .command('edit')
    .description('Trains the edits of a file into a session; run again, it goes on where it was.')
    .requiredOption('--model <id|folder>', 'the model')
    .requiredOption('--session <folder>', 'the session; made if it is not there')
    .option('--edits <file>', 'edits in any format that `erratum import --help` lists')
    .option(
      '--passages <file>',
      'passages with marks and corrections, in any format that `erratum import --help` lists'
    )
    .option(
      '--columns <names>',
      'fields of the file by the names that a format has for them: prompt=question,target_new=answer',
      columns
    )
    .option(
      '--context <which>',
      'of passages: corrected (default) or original',
      oneOf('context', ['corrected', 'original'])
    )
    .option('--batch-size <n>', 'edits in a block', number('batch-size', { min: 1, integer: true }))
    .option('--rank <p>', 'partial rank of a block', number('rank', { min: 1, integer: true }))
    .option('--iterations <n>', 'for each batch', number('iterations', { min: 1, integer: true }))
    .option(
      '--preset <name>',
      'default or paper (rank 2, 50 iterations, none added, clusters)',
      oneOf('preset', ['default', 'paper'])
    )
    .option(
      '--protocol <name>',
      'which is reported: deployment (default) or paper',
      oneOf('protocol', ['deployment', 'paper'])
    )
    .option('--index <mode>', 'of a new session: scopes (default) or clusters', oneOf('index', ['scopes', 'clusters']))
    .option('--seed <s>', 'of the blocks', number('seed', { min: 0, integer: true }))
    .option('--executor <name>', 'onnxruntime or tensorflow', oneOf('executor', EXECUTORS))
    .option('--skip-unfit', 'leave out what does not fit the context')
    .option('--skip-bad', 'leave out rows of the file that cannot be read')
    .option('--limit <n>', 'only the first n edits that fit', number('limit', { min: 1, integer: true }))
    .option('--json', 'one JSON document')
    .action((options: EditFileOptions & CommonOptions) =>
      command(
        options,
        (door) => {
          let batchesDone = 0
          return editFile({
            ...options,
            signal: door.signal,
            onCalibrating: (done, of) => door.progress(`calibrating the model: ${done} of ${of} texts`),
            onProgress: (p) =>
              door.progress(
                `batch ${p.batch} of ${p.batches}: ${p.phase}, iteration ${p.iteration}${p.loss === null ? '' : `, loss ${p.loss.toFixed(3)}`}`
              ),
            onBatch: () => door.note(`batch ${++batchesDone} done`)
          })
        },
        (r) =>
          [
            ...readingLines(r.report),
            `${r.edits} edits in the session (${r.batches} batches trained now, ${r.blocks} blocks in all, ${r.parameters} parameters)`,
            ...badLines(r.bad),
            ...r.skipped.map(
              (s) => `  left out: ${visibleInLine(s.id)}${s.line === null ? '' : ` (line ${s.line})`}: ${s.reason}`
            ),
            ...replacedLines(r.replaces),
            ...newlyBrokenLines(r.newlyBroken),
            ...promiseLines(r.promises),
            `perplexity of the edits: ${show.perplexity(r.perplexity.before)} -> ${show.perplexity(r.perplexity.after)}`,
            `${r.seconds.total.toFixed(1)} s, of which training ${r.seconds.training.toFixed(1)} s and index ${r.seconds.index.toFixed(2)} s` +
              (r.editsPerMinute === null ? '' : `; ${r.editsPerMinute.toFixed(1)} edits a minute`),
            ...(r.passages === undefined
              ? []
              : [
                  `${r.passages.filter((p) => p.asApproved).length} of ${r.passages.length} passages are written as approved (${r.rounds ?? 0} rounds)`,
                  ...r.passages
                    .filter((p) => p.differs.length > 0)
                    .map(
                      (p) => `  ${visibleInLine(p.id)}: differs in sentence ${p.differs.map((d) => d + 1).join(', ')}`
                    )
                ])
          ].join('\n')
      )
    )
}
