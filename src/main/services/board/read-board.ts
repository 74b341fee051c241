/** The board of a session, its own or that of another folder: everything is read from the session, without its model. */
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { BatchEdit, Board } from '../../../contract/board.ts'
import { HEADER_FILE } from '../../session/header.ts'
import { openSession } from '../../session/session-folder.ts'
import type { SessionStore } from '../../session/session-store.ts'
import { batchHistory, editsOfBatch } from './batch-history.ts'
import { boardRecords } from './board-records.ts'

export async function readBoard(store: SessionStore): Promise<Board> {
  const { model, index } = store.header
  return {
    sessionDir: store.folder,
    model: { id: model.id, sha256: model.sha256 },
    index,
    batches: await batchHistory(store),
    ...boardRecords((kind) => store.records(kind).map((record) => record.payload))
  }
}

/** @throws ErratumError `NotFound`, `BadFile` */
export async function boardOfFolder(folder: string): Promise<Board> {
  return reading(folder, readBoard)
}

/** @throws ErratumError `NotFound`, `BadFile` */
export async function batchOfFolder(folder: string, block: string): Promise<BatchEdit[]> {
  return reading(folder, (store) => editsOfBatch(store, block))
}

/** Sessions that lie beside this one, by their folders. */
export function sessionsBeside(folder: string): string[] {
  const parent = dirname(resolve(folder))
  if (!existsSync(parent)) return []
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(parent, entry.name, HEADER_FILE)))
    .map((entry) => join(parent, entry.name))
    .filter((path) => path !== resolve(folder))
    .sort()
}

async function reading<T>(folder: string, read: (store: SessionStore) => T | Promise<T>): Promise<T> {
  const store = await openSession(folder, { readOnly: true })
  try {
    return await read(store)
  } finally {
    await store.close()
  }
}
