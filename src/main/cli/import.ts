import type { Command } from 'commander'
import { importFile, RECORD_FORMATS } from '../services/exchange/import-file.ts'
import type { ImportOptions } from '../services/exchange/import-file.ts'
import { command, oneOf } from './door.ts'
import type { CommonOptions } from './door.ts'
import { lossLines } from '../services/exchange/told-export.ts'
import { badLines } from './exchange-lines.ts'

export function addImport(program: Command): void {
  const formats = RECORD_FORMATS.join(', ')
  program
    .command('import <file>')
    .description('Reads edits or passages in any format and checks them; writes them in another, or adds passages to a session’s review. Trains nothing.')
    .option('--format <name>', `of the file (default: its records tell): ${formats}`, oneOf('format', RECORD_FORMATS))
    .option('--to <name>', 'the format to write', oneOf('to', RECORD_FORMATS))
    .option('--out <file>', 'the file to write')
    .option('--session <folder>', 'add the passages to the review of this session')
    .option('--context <which>', 'of edits made from passages: corrected (default) or original', oneOf('context', ['corrected', 'original']))
    .option('--skip-bad', 'leave out rows that cannot be read, and list them')
    .option('--force', 'replace the file that is there')
    .option('--json', 'one JSON document')
    .action((file: string, options: CommonOptions & Omit<ImportOptions, 'file'>) =>
      command(
        options,
        () => importFile({ ...options, file }),
        (r) =>
          [
            Object.entries(r.formats).map(([name, rows]) => `${rows} rows as ${name}`).join(', ') || 'no rows',
            ...badLines(r.bad),
            ...(r.written ? [`${r.written.rows} ${r.written.format} in ${r.written.out}`] : []),
            ...lossLines(r.notCarried).map((line) => `  ${line}`),
            ...(r.session
              ? [
                  `${r.session.added.length} passages joined the review, ${r.session.completed.length} were there already`,
                  ...r.session.leftOut.map((id) => `  left out: ${id} is the id of another passage there`)
                ]
              : [])
          ].join('\n')
      )
    )
} // prettier-ignore
