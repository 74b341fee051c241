import type { Command } from 'commander'
import { EXPORT_FORMATS, exportSession } from '../services/exchange/export-session.ts'
import type { ExportOptions, ExportResult } from '../services/exchange/export-session.ts'
import { command, oneOf } from './door.ts'
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
    .option('--json', 'one JSON document')
    .action((options: CommonOptions & ExportOptions) => command(options, () => exportSession(options), lines))
}

function lines(result: ExportResult): string {
  if (result.format === 'peft')
    return [
      `${result.blocks} blocks, ${result.records} keys (${result.index}) of ${result.edits} edits in ${result.out}`,
      `Run it: python ${result.out}/load.py BASE_MODEL "prompt" [sentences]`
    ].join('\n')
  const states = Object.entries(result.notInForce).map(([state, n]) => `${n} ${state}`)
  return [
    `${result.rows} rows as ${result.format} in ${result.out}`,
    ...(states.length > 0 ? [`  of them not in force: ${states.join(', ')}`] : []),
    ...lossLines(result.notCarried)
  ].join('\n')
}
