import type { Command } from 'commander'
import { EXPORT_FORMATS } from '../../contract/types.ts'
import { exportSession } from '../services/exchange/export-session.ts'
import type { ExportOptions } from '../services/exchange/export-session.ts'
import { toldExport } from '../services/exchange/told-export.ts'
import { EXECUTORS } from '../services/model-library.ts'
import { command, number, oneOf } from './door.ts'
import type { CommonOptions } from './door.ts'

export function addExport(program: Command): void {
  program
    .command('export')
    .description('Writes what a session holds in the formats of the field.')
    .requiredOption('--session <folder>', 'the session')
    .requiredOption('--format <name>', EXPORT_FORMATS.join(', '), oneOf('format', EXPORT_FORMATS))
    .requiredOption('--out <path>', 'the file or folder to write')
    .option('--live', 'of edits: only those in force')
    .option('--force', 'replace the file that is there')
    .option('--measure', 'report: measure every edit in force and the sets given, under both protocols')
    .option('--blocks <ids>', 'merged: only these, with commas between', (ids) => ids.split(','))
    .option('--accurate <file>', 'merged, report: sentences that ought to stay, to be measured')
    .option('--locality <file>', 'merged, report: unrelated texts to measure (merged: those that ship if absent)')
    .option(
      '--sample <n>',
      'merged (200), report (all): at most so many texts of each set',
      number('sample', { min: 1, integer: true })
    )
    .option('--executor <name>', 'onnxruntime or tensorflow', oneOf('executor', EXECUTORS))
    .option('--json', 'one JSON document')
    .action((options: CommonOptions & ExportOptions) =>
      command(
        options,
        (door) => exportSession({ ...options, signal: door.signal }, (what) => door.progress(what)),
        (result) => {
          const { summary, notes } = toldExport(result)
          return [summary, ...notes.map((note) => `  ${note}`)].join('\n')
        }
      )
    )
}
