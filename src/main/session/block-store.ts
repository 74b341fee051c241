/** The folders of blocks: `blocks/<id>` of batches that are present, `trash/<id>` of those that were undone. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'
import type { BlockWeights } from '../engine/models/language-model.ts'
import { badFile } from '../formats/bad-file.ts'
import { BLOCK_KEYS, checkBlockKeys, readBlockKeys, writeBlockKeys } from '../formats/block-keys.ts'
import type { BlockKeys } from '../formats/block-keys.ts'
import { checkPeftBlock, readPeftBlock, writePeftBlock } from '../formats/peft-block.ts'
import type { PeftBlock } from '../formats/peft-block.ts'
import type { CommittedBatch, FileRecord, StoredBatch } from './batches.ts'
import { moveDurably, syncFolder, syncFolderWithFiles, writing } from './durable.ts'
import { isBlockId, isPartialName, PARTIAL, partialName } from './names.ts'
import { isPlainFolder, readPlainFile } from './plain-file.ts'

export class BlockStore {
  readonly blocks: string
  readonly trash: string

  constructor(session: string) {
    this.blocks = join(session, 'blocks')
    this.trash = join(session, 'trash')
  }

  async create(): Promise<void> {
    await mkdir(this.blocks, { recursive: true })
    await mkdir(this.trash, { recursive: true })
  }

  /** Writes a block beside its place and renames it: on return it is whole and on the disk; on failure nothing is. */
  async write(block: string, content: PeftBlock, keys: BlockKeys): Promise<Record<string, FileRecord>> {
    const place = folderOf(this.blocks, block)
    const partial = partialName(place)
    return writing(place, async () => {
      await mkdir(partial)
      try {
        writePeftBlock(partial, content)
        writeBlockKeys(join(partial, BLOCK_KEYS), keys)
        const files = await describeFiles(partial)
        await syncFolderWithFiles(partial)
        await rm(place, { recursive: true, force: true })
        await moveDurably(partial, place)
        return files
      } catch (error) {
        await rm(partial, { recursive: true, force: true })
        throw error
      }
    })
  }

  async remove(block: string): Promise<void> {
    await rm(folderOf(this.blocks, block), { recursive: true, force: true })
    await syncFolder(this.blocks)
  }

  /** An older block of the same id in the trash can no longer be redone and gives way. */
  async moveToTrash(block: string): Promise<void> {
    await writing(this.trash, async () => {
      await rm(folderOf(this.trash, block), { recursive: true, force: true })
      await moveDurably(folderOf(this.blocks, block), folderOf(this.trash, block))
    })
  }

  async takeFromTrash(block: string): Promise<void> {
    await writing(this.blocks, () => moveDurably(folderOf(this.trash, block), folderOf(this.blocks, block)))
  }

  /** What is wrong with the files of a block; null: they are exactly those of the commit. */
  async problemOf({ block, files }: StoredBatch, folder = this.blocks): Promise<string | null> {
    const place = folderOf(folder, block)
    for (const plain of [folder, place]) if (!(await isPlainFolder(plain))) return `${plain} is no folder`
    for (const [name, due] of Object.entries(files)) {
      const bytes = await readPlainFile(join(place, name)).catch((error: unknown) =>
        error instanceof ErratumError ? 'odd' : null
      )
      if (bytes === null) return `${name} is missing`
      if (bytes === 'odd') return `${name} is a link or no regular file`
      if (bytes.length !== due.bytes) return `${name} has ${bytes.length} bytes and had ${due.bytes}`
      if (sha256(bytes) !== due.sha256) return `${name} is damaged: its checksum differs`
    }
    return null
  }

  /** What of a block cannot be used although its files are those of the commit; null: nothing. Reads headers alone. */
  problemOfForm({ block, loraLayers, keyLength, committed }: CommittedBatch, due: readonly number[]): string | null {
    if (loraLayers.join() !== due.join())
      return `it is of layers ${loraLayers.join(', ')}, and the session of ${due.join(', ')}`
    const place = folderOf(this.blocks, block)
    try {
      const { loraLayers: stored } = checkPeftBlock(place)
      if (stored.join() !== loraLayers.join()) return `its adapter is of layers ${stored.join(', ')}`
      const records = committed.reduce((sum, { decisions }) => sum + decisions.length, 0)
      checkBlockKeys(join(place, BLOCK_KEYS), { ...keyLength, records, edits: committed.length })
      return null
    } catch (error) {
      if (error instanceof ErratumError) return error.message
      throw error
    }
  }

  loadWeights({ block, loraLayers }: StoredBatch): BlockWeights {
    const folder = folderOf(this.blocks, block)
    const { weights, loraLayers: stored } = readPeftBlock(folder)
    if (stored.join() === loraLayers.join()) return weights
    throw badFile(
      { file: folder, field: 'target_modules' },
      `layers ${stored.join(', ')} stand where ${loraLayers.join(', ')} are due`,
      'Put the folder back from a backup, or undo the batch.'
    )
  }

  loadKeys({ block, committed }: CommittedBatch): BlockKeys {
    const records = committed.map(({ decisions }) => decisions.length)
    return readBlockKeys(join(folderOf(this.blocks, block), BLOCK_KEYS), records)
  }

  /** Names of folders under `blocks/`: whole blocks, and what a crash left half-written. What else lies there stays. */
  async list(): Promise<{ whole: string[]; partial: string[] }> {
    const entries = await readdir(this.blocks, { withFileTypes: true }).catch(() => [])
    const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    return { whole: names.filter(isBlockId), partial: names.filter(isUnfinishedBlock) }
  }
}

/** @throws ErratumError `BadInput`: no other name is ever joined to a path, since its folder may be moved or removed */
function folderOf(parent: string, block: string): string {
  if (isBlockId(block)) return join(parent, block)
  throw new ErratumError('BadInput', `A block cannot be called "${block}".`, { field: 'blockId' })
}

/** Under its random name, or under the fixed one of earlier versions. */
function isUnfinishedBlock(name: string): boolean {
  return isPartialName(name) || (name.endsWith(PARTIAL) && isBlockId(name.slice(0, -PARTIAL.length)))
}

async function describeFiles(folder: string): Promise<Record<string, FileRecord>> {
  const files: Record<string, FileRecord> = {}
  for (const name of (await readdir(folder)).sort()) {
    const bytes = await readFile(join(folder, name))
    files[name] = { bytes: bytes.length, sha256: sha256(bytes) }
  }
  return files
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
