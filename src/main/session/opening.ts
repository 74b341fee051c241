/**
 * What happens to the folders of blocks when a session is opened: they are checked against the journal.
 *
 * The journal is the truth. A commit, an undo and a redo each change the journal and a folder, one after the other, in
 * an order that leaves only one kind of trace after a crash: a folder under `blocks/` whose batch is not present.
 * - commit: folder first, then the record. A crash between leaves a block that nobody was told of.
 * - undo: record first, then the folder moves to the trash. A crash between leaves an undone block in `blocks/`.
 * - redo: the folder moves back first, then the record. A crash between leaves a still undone block in `blocks/`.
 * So every batch that is present has its block in `blocks/` at any moment, and one rule mends all three: what is not
 * present goes to the trash. A batch that was acknowledged is on the disk with its record and its block.
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BatchHistory, CommittedBatch } from './batches.ts'
import type { BlockStore } from './block-store.ts'
import { isPartialName } from './names.ts'
import type { Notice } from './notice.ts'

/** Blocks whose files are checked at one time. */
const AT_ONCE = 8

/** Removes what killed processes had not finished. The session's lock is held, so that nobody is writing it now. */
export async function removeUnfinished(session: string): Promise<void> {
  for (const folder of [session, join(session, 'backup'), join(session, 'set-aside')]) {
    const names = await readdir(folder).catch(() => [])
    for (const name of names.filter(isPartialName)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** Moves what a crash left behind out of `blocks/`, and brings back from the trash what the journal counts as present. */
export async function tendBlocks(blocks: BlockStore, history: BatchHistory): Promise<Notice[]> {
  const notices: Notice[] = []
  const { whole, partial } = await blocks.list()
  for (const name of partial) await rm(join(blocks.blocks, name), { recursive: true, force: true })
  const present = new Set(history.present.map(({ block }) => block))
  for (const block of whole.filter((name) => !present.has(name))) {
    // A block that can be redone is not overwritten by one of the same id that was never committed.
    const redo = history.undone.find((batch) => batch.block === block)
    if (redo && (await blocks.problemOf(redo, blocks.trash)) === null) await blocks.remove(block)
    else await blocks.moveToTrash(block)
    notices.push({
      kind: 'unfinished-batch',
      message: `Block ${block} belongs to a batch that was not committed, or was undone; it is now in the trash.`
    })
  }
  const there = new Set(whole)
  for (const batch of history.present.filter(({ block }) => !there.has(block))) {
    // Its undo was once recorded and that record is lost.
    if ((await blocks.problemOf(batch, blocks.trash)) !== null) continue
    await blocks.takeFromTrash(batch.block)
    notices.push({
      kind: 'restored-block',
      message: `Block ${batch.block} was in the trash although its batch is present; it has been put back.`
    })
  }
  return notices
}

/** Checks every block of a batch that is present against the checksums of its commit. */
export async function damagedBlocks(
  blocks: BlockStore,
  present: readonly CommittedBatch[],
  loraLayers: readonly number[]
): Promise<{ damaged: Map<string, string>; notices: Notice[] }> {
  const damaged = new Map<string, string>()
  const waiting = [...present]
  const check = async (): Promise<void> => {
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
      const problem = (await blocks.problemOf(batch)) ?? blocks.problemOfForm(batch, loraLayers)
      if (problem !== null) damaged.set(batch.block, problem)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, check))
  const owners = new Map<string, string>()
  for (const { block, edits } of present) {
    const taken = edits.find(({ editId }) => owners.has(editId))
    if (taken) damaged.set(block, `its edit ${taken.editId} is that of block ${owners.get(taken.editId)} too`)
    else for (const { editId } of edits) owners.set(editId, block)
  }
  const notices = [...damaged].map(([block, problem]): Notice => {
    const message = `Block ${block} cannot be used and its edits are left out: ${problem}.`
    return { kind: 'damaged-block', message, file: join(blocks.blocks, block) }
  })
  return { damaged, notices }
}
