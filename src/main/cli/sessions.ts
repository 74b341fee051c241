/** `erratum sessions ...`: what is in a session, batches and edits out and in, copies, and the list of them. */
import { count } from '../../contract/words.ts'
import type { Command } from 'commander'
import { redoBatch, reinstateEdits, undoBatch, withdrawEdits } from '../services/edit-sessions.ts'
import type { MovedEdit, SessionSummary } from '../services/edit-sessions.ts'
import { showIndex } from '../services/index-explorer/show-index.ts'
import type { ShownIndex } from '../services/index-explorer/show-index.ts'
import { copySession, listSessions, renameSession, trashSession } from '../services/session-library.ts'
import { checkSession, showWithPromises } from '../services/promises/session-promises.ts'
import type { PromiseSummary } from '../services/promises/session-promises.ts'
import { verifySession } from '../services/verify-session.ts'
import type { Verification } from '../services/verify-session.ts'
import { visibleInLine } from '../../contract/visible.ts'
import { command, EXIT, show } from './door.ts'
import type { CommonOptions } from './door.ts'
import { newlyBrokenLines, promiseLines } from './promise-lines.ts'

export function addSessions(program: Command): void {
  const sessions = program
    .command('sessions')
    .description('The sessions of this machine: what is in them, batches out and in, copies.')
  /** A command with these arguments; the action takes them in their order. */
  const add = <T>(
    usage: string,
    description: string,
    action: (...args: string[]) => Promise<T>,
    readable: (result: T) => string,
    code?: (result: T) => number
  ): Command =>
    sessions
      .command(usage)
      .description(description)
      .option('--json', 'one JSON document')
      .action(async (...given: unknown[]) => {
        const args = given.slice(0, -2).flat() as string[]
        await command(given.at(-2) as CommonOptions, () => action(...args), readable, code)
      })

  add('list', 'Sessions in the data folder, and those opened lately.', listSessions, (found) =>
    found.length === 0 ? 'There are no sessions yet.' : found.map(listed).join('\n')
  )
  add('show <folder>', 'Edits, batches, promises and sizes of a session.', showWithPromises, shown)
  sessions
    .command('check <folder>')
    .description('Looks whether what was promised is written, and keeps what it finds in the session.')
    .option('--json', 'one JSON document')
    .action((folder: string, options: CommonOptions) =>
      command(
        options,
        (door) =>
          checkSession(folder, {
            signal: door.signal,
            onProgress: (done, of, what) => door.progress(`${done} of ${of}: ${what}`)
          }),
        ({ newlyBroken, promises }) =>
          [...newlyBrokenLines(newlyBroken), ...promiseLines(promises)].join('\n') || 'Nothing is promised.'
      )
    )
  add(
    'index <folder> [text]',
    'The keys of a session and what became of them; with a text, which block it would fire and why.',
    showIndex,
    indexShown
  )
  add(
    'verify <folder>',
    'Checks every file of a session, and changes nothing.',
    verifySession,
    verified,
    // A damaged session is bad input, though the command itself did what it should.
    ({ ok }) => (ok ? EXIT.done : EXIT.badInput)
  )
  add(
    'undo <folder> [block]',
    'Takes a batch out: the last one, or the one whose block is named.',
    undoBatch,
    ({ undone }) =>
      `Took out block ${visibleInLine(undone.block)} with ${undone.edits.length} edits: ${undone.edits.map(visibleInLine).join(', ')}`
  )
  add(
    'redo <folder> [block]',
    'Puts a batch back: the one taken out last, or the one whose block is named.',
    redoBatch,
    ({ redone }) =>
      `Put back block ${visibleInLine(redone.block)} with ${redone.edits.length} edits: ${redone.edits.map(visibleInLine).join(', ')}`
  )
  add(
    'withdraw <folder> <edits...>',
    'Takes single edits out of the model, by their ids; the rest of their batches stays.',
    (folder, ...ids) => withdrawEdits(folder, ids),
    ({ withdrawn, liveAgain }) => [...withdrawn.map((e) => `Withdrew ${edited(e)}`), ...again(liveAgain)].join('\n')
  )
  add(
    'reinstate <folder> [edits...]',
    'Puts withdrawn edits back: those named, or the one withdrawn last.',
    (folder, ...ids) => reinstateEdits(folder, ids),
    ({ reinstated, liveAgain }) => [...reinstated.map((e) => `Reinstated ${edited(e)}`), ...again(liveAgain)].join('\n')
  )
  add(
    'copy <from> <to>',
    'Copies a session into a folder, or into one file (name.erratum); or makes a session of such a file.',
    async (from, to) => ({ copied: await copySession(from, to) }),
    ({ copied }) => `Copied to ${copied}`
  )
  add(
    'rename <folder> <name>',
    'Gives the folder of a session another name.',
    async (folder, name) => ({ renamed: await renameSession(folder, name) }),
    ({ renamed }) => `It is ${renamed} now.`
  )
  add(
    'trash <folder>',
    'Moves a session to the trash of the data folder.',
    async (folder) => ({ trashed: await trashSession(folder) }),
    ({ trashed }) => `Moved to ${trashed}; move it back to have it again.`
  )
}

const edited = ({ id, block, target }: MovedEdit): string => `edit ${id} (block ${block}): ${target}`

const again = (edits: readonly MovedEdit[]): string[] =>
  edits.map(
    (e) => `In force again: edit ${visibleInLine(e.id)} (block ${visibleInLine(e.block)}): ${visibleInLine(e.target)}`
  )

function shown(s: SessionSummary & { promises: PromiseSummary }): string {
  return [
    `Model ${s.model.id} (${s.model.sha256.slice(0, 12)}), index ${s.index.mode}, reach ${s.index.reach.toFixed(3)}, margin ${s.index.margin}`,
    `${s.edits.length} edits, ${s.edits.filter((e) => e.live).length} of them live, in ${s.batches.length} blocks; ${show.bytes(s.sizes.total)}`,
    ...s.edits.map(
      (e) => `  ${e.live ? ' ' : '-'} ${visibleInLine(e.id)}  [${visibleInLine(e.block)}]  ${visibleInLine(e.target)}`
    ),
    ...s.withdrawn.map(
      (e) => `  withdrawn: ${visibleInLine(e.id)}  [${visibleInLine(e.block)}]  ${visibleInLine(e.target)}`
    ),
    ...s.undone.map(({ block, edits }) => `  taken out: ${block} with ${edits} edits`),
    ...promiseLines(s.promises),
    ...s.notices.map((n) => `! ${visibleInLine(n.message)}`)
  ].join('\n')
}

function indexShown({ map, standing, answer }: ShownIndex): string {
  const counts = Object.entries(standing).map(([name, count]) => `${count} ${name}`)
  return [
    `${map.records.x.length} keys of ${map.edits} edits, ${map.mode}, protocol ${map.protocol}: ${counts.join(', ') || 'none'}`,
    ...(answer ? [answer.decision] : []),
    ...(answer?.near ?? []).map(
      (near) =>
        `  ${near.distance.toFixed(3)}  ${near.standing}  ${visibleInLine(near.editId)}  ${visibleInLine(near.target)}`
    )
  ].join('\n')
}

function listed(entry: Awaited<ReturnType<typeof listSessions>>[number]): string {
  if (entry.problem !== null) return `${visibleInLine(entry.dir)}\n  ! ${visibleInLine(entry.problem)}`
  const { model, edits, batches, passages, corrections, bytes, changedAt } = entry
  const missing = model?.isThere ? '' : ' (missing)'
  return `${visibleInLine(entry.dir)}\n  ${visibleInLine(model?.id ?? '')}${missing}, ${count(passages ?? 0, 'passage')}, ${count(corrections ?? 0, 'correction')}, ${count(edits ?? 0, 'edit')} in ${count(batches ?? 0, 'block')}, ${show.bytes(bytes ?? 0)}, changed ${new Date(changedAt).toISOString().slice(0, 16)}`
}

function verified({ ok, batches, undone, withdrawn, review, problems, notes }: Verification): string {
  return [
    `${ok ? 'Whole' : 'DAMAGED'}: ${count(batches, 'batch', 'batches')}, ${undone} taken out, ${count(withdrawn, 'edit')} withdrawn, ${count(review.records, 'record')} of the review.`,
    ...problems.map(({ message, file }) => `! ${message}${file === undefined ? '' : ` (${file})`}`),
    ...notes
  ].join('\n')
}
