/**
 * From an older format of a session to the present one, step by step. A step changes `session.json` alone: the records
 * of the journal stay as they were written, and blocks are never touched. Before anything is written, what a step could
 * harm is copied to `backup/schema-<n>/`.
 */
import { copyFile, mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { moveDurably, syncFolder, syncFolderWithFiles, writing } from './durable.ts'
import { partialName } from './names.ts'

export const SCHEMA_VERSION = 3

interface Migration {
  /** to the version after this one */
  readonly from: number
  readonly change: (header: Readonly<Record<string, unknown>>) => Record<string, unknown>
}

const MIGRATIONS: readonly Migration[] = [
  // Since 2 any batch can be taken out and put back, also after later commits. A reader of 1 would lose such a batch:
  // it forgot what was undone at every commit. What a journal of 1 says means the same in 2.
  { from: 1, change: (header) => ({ ...header, schemaVersion: 2 }) },
  // Since 3 an edit can say how its prompt and target are joined, single edits can be withdrawn, and a sentence rule can
  // be of version 2. A reader of 2 would take each for something else. What a journal of 2 says means the same in 3: its
  // edits are joined by a space, and its sentence rule is kept.
  { from: 2, change: (header) => ({ ...header, schemaVersion: 3 }) }
]

/** The header as this version has it; one that is no older header at all comes back as it is, for the caller to refuse. */
export function migratedHeader(value: unknown): unknown {
  let header = value
  for (const { from, change } of MIGRATIONS)
    if ((header as { schemaVersion?: unknown } | null)?.schemaVersion === from)
      header = change(header as Record<string, unknown>)
  return header
}

/**
 * Copies the given files of a session to `backup/schema-<version>/`; on return they are on the disk. A backup that is
 * there is whole and from before the same step, which a crash cut short: it stays.
 * @returns the folder
 */
export async function backUp(folder: string, version: number, files: readonly string[]): Promise<string> {
  const backup = join(folder, 'backup', `schema-${version}`)
  return writing(backup, async () => {
    if ((await stat(backup).catch(() => null)) !== null) return backup
    const partial = partialName(backup)
    await mkdir(dirname(backup), { recursive: true })
    await mkdir(partial)
    try {
      await syncFolder(folder)
      for (const name of files) await copyFile(join(folder, name), join(partial, name))
      await syncFolderWithFiles(partial)
      await moveDurably(partial, backup)
      return backup
    } catch (error) {
      await rm(partial, { recursive: true, force: true })
      throw error
    }
  })
}
