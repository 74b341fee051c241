import type { Command } from 'commander'
import { EXPORT_FORMATS, exportSession } from '../services/exchange/export-session.ts'
import type { ExportOptions, ExportResult } from '../services/exchange/export-session.ts'
import { EXECUTORS } from '../services/model-library.ts'
import { command, number, oneOf, show } from './door.ts'
import type { CommonOptions } from './door.ts'
import { lossLines } from './exchange-lines.ts'

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
        lines
      )
    )
}

function lines(result: ExportResult): string {
  if (result.format === 'peft')
    return [
      `${result.blocks} blocks, ${result.records} keys (${result.index}) of ${result.edits} edits in ${result.out}`,
      `Run it: python ${result.out}/load.py BASE_MODEL "prompt" [sentences]`
    ].join('\n')
  if (result.format === 'merged') {
    const sets = Object.entries(result.perplexity).map(([name, f]) =>
      f === null
        ? `  ${name}: not measured`
        : `  ${name} (${f.n}): perplexity untouched ${show.perplexity(f.untouched)}, routed ${show.perplexity(f.routed)}, merged ${show.perplexity(f.merged)}`
    )
    return [`${result.blocks.length} blocks merged in ${result.out}`, `! ${result.warning}`, ...sets].join('\n')
  }
  if (result.format === 'report') return `${result.edits} edits, ${result.measured} with figures, in ${result.out}`
  const states = Object.entries(result.notInForce).map(([state, n]) => `${n} ${state}`)
  return [
    `${result.rows} rows as ${result.format} in ${result.out}`,
    ...(states.length > 0 ? [`  of them not in force: ${states.join(', ')}`] : []),
    ...lossLines(result.notCarried)
  ].join('\n')
}
