import type { Command } from 'commander'
import { showSession, undoLastBatch } from '../services/edit-sessions.ts'
import { command, show } from './door.ts'
import type { CommonOptions } from './door.ts'

export function addSessions(program: Command): void {
  const sessions = program.command('sessions').description('What is in a session; taking a batch back.')
  sessions
    .command('show <folder>')
    .description('Edits, batches and sizes of a session.')
    .option('--json', 'one JSON document')
    .action((folder: string, options: CommonOptions) =>
      command(
        options,
        () => showSession(folder),
        (s) =>
          [
            `Model ${s.model.id} (${s.model.sha256.slice(0, 12)}), index ${s.index.mode}, reach ${s.index.reach.toFixed(3)}, margin ${s.index.margin}`,
            `${s.edits.length} edits, ${s.edits.filter((e) => e.live).length} of them live, in ${s.batches.length} blocks; ${show.bytes(s.sizes.total)}`,
            ...s.edits.map((e) => `  ${e.live ? ' ' : '-'} ${e.id}  [${e.block}]  ${e.target}`),
            ...s.notices.map((n) => `! ${n.message}`)
          ].join('\n')
      )
    )
  sessions
    .command('undo <folder>')
    .description('Takes the last batch back.')
    .option('--json', 'one JSON document')
    .action((folder: string, options: CommonOptions) =>
      command(
        options,
        () => undoLastBatch(folder),
        ({ undone }) => `Took back block ${undone.block} with ${undone.edits.length} edits: ${undone.edits.join(', ')}`
      )
    )
}
