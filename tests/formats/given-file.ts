/** Files for the readers, and the error that reading one gives. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ErratumError } from '../../src/contract/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'erratum-formats-'))
let count = 0

export function given(content: string | Uint8Array): string {
  const file = join(folder, `given-${count++}.json`)
  writeFileSync(file, content)
  return file
}

export function errorOf(action: () => unknown): ErratumError {
  try {
    action()
  } catch (error) {
    if (error instanceof ErratumError) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}
