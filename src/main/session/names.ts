/** What lies in the folder of a session; each other name is with the code that writes it. */
import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'

export const CALIBRATION_FILE = 'calibration.safetensors'
export const INDEX_FOLDER = 'index.lance'
export const JOURNAL_FILE = 'journal.jsonl'

/** The id of a block is the name of its folder, so that it can lead nowhere else. */
const BLOCK_ID = /^[A-Za-z0-9][\w-]{0,99}$/

export function isBlockId(name: string): boolean {
  return BLOCK_ID.test(name)
}

/** What every temporary name ends with; versions before had no random part. */
export const PARTIAL = '.partial'
const OURS = /\.[0-9a-f]{16}\.partial$/
/** of the name beside which it lies: no file system allows more than 255 bytes */
const KEPT_CHARACTERS = 60

/**
 * A name beside `place` for what is not whole yet. Nothing has it, so that whoever makes it may also remove it, and
 * nothing else is ever removed.
 */
export function partialName(place: string): string {
  const name = basename(place).slice(0, KEPT_CHARACTERS)
  return join(dirname(place), `${name}.${randomBytes(8).toString('hex')}${PARTIAL}`)
}

/** Whether `partialName` gave this name, here or in a process that was killed. */
export function isPartialName(name: string): boolean {
  return OURS.test(name)
}
