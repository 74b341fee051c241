import type { Command } from 'commander'
import { ABOUT_FORMATS, importFile, RECORD_FORMATS } from '../services/exchange/import-file.ts'
import type { ImportOptions, ImportResult } from '../services/exchange/import-file.ts'
import { command, oneOf } from './door.ts'
import type { CommonOptions } from './door.ts'
import { lossLines } from '../services/exchange/told-export.ts'
import { badLines, columns, readingLines } from './exchange-lines.ts'

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
    .option('--columns <names>', 'fields of the file by the names that a format has for them: prompt=question,target_new=answer', columns)
    .option('--skip-bad', 'leave out rows that cannot be read, and list them')
    .option('--force', 'replace the file that is there')
    .option('--json', 'one JSON document')
    .addHelpText('after', formatsHelp())
    .action((file: string, options: CommonOptions & Omit<ImportOptions, 'file'>) =>
      command(
        options,
        () => importFile({ ...options, file }),
        (r) =>
          [
            ...(r.report.taken.length > 0 ? readingLines(r.report) : r.loose > 0 ? [] : ['no rows']),
            ...looseLines(r),
            ...badLines(r.bad),
            ...(r.written ? [`${r.written.rows} ${r.written.format} in ${r.written.out}`] : []),
            ...lossLines(r.notCarried).map((line) => `  ${line}`),
            ...(r.session
              ? [
                  `${r.session.added.length} passages joined the review, ${r.session.completed.length} were there already`,
                  ...(r.loose > 0 ? [`${r.session.marked} of ${r.loose} marked sentences were found in the review and marked there`] : []),
                  ...r.session.unplaced.map((id) => `  not placed: ${id} is no sentence of the review, or several`),
                  ...r.session.leftOut.map((id) => `  left out: ${id} is the id of another passage there`)
                ]
              : [])
          ].join('\n')
      )
    )
} // prettier-ignore

const formatsHelp = (): string =>
  ['', 'Formats, told by the fields of the records (JSON lines, a JSON array, or CSV or TSV with a header):']
    .concat(RECORD_FORMATS.map((name) => `  ${name.padEnd(18)}${ABOUT_FORMATS[name]}`))
    .join('\n')

function looseLines({ loose, session }: ImportResult): string[] {
  if (loose === 0 || session) return []
  const what = loose === 1 ? '1 marked sentence has' : `${loose} marked sentences have`
  return [`${what} no prompt: bring them to a review that has such sentences with --session FOLDER, or add "prompt"`]
}
