import type { Command } from 'commander'
import { redoBatch, showSession, undoBatch } from '../services/edit-sessions.ts'
import { command, show } from './door.ts'
import type { CommonOptions } from './door.ts'

export function addSessions(program: Command): void {
  const sessions = program
    .command('sessions')
    .description('What is in a session; taking batches out and putting them back.')
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
            ...s.undone.map(({ block, edits }) => `  taken out: ${block} with ${edits} edits`),
            ...s.notices.map((n) => `! ${n.message}`)
          ].join('\n')
      )
    )
  sessions
    .command('undo <folder> [block]')
    .description('Takes a batch out: the last one, or the one whose block is named.')
    .option('--json', 'one JSON document')
    .action((folder: string, block: string | undefined, options: CommonOptions) =>
      command(
        options,
        () => undoBatch(folder, block),
        ({ undone }) => `Took out block ${undone.block} with ${undone.edits.length} edits: ${undone.edits.join(', ')}`
      )
    )
  sessions
    .command('redo <folder> [block]')
    .description('Puts a batch back: the one taken out last, or the one whose block is named.')
    .option('--json', 'one JSON document')
    .action((folder: string, block: string | undefined, options: CommonOptions) =>
      command(
        options,
        () => redoBatch(folder, block),
        ({ redone }) => `Put back block ${redone.block} with ${redone.edits.length} edits: ${redone.edits.join(', ')}`
      )
    )
}
