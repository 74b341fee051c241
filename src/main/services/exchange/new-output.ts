/** Where an export goes: a file or a folder that appears whole or not at all, and never in the place of another. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'

/** @throws ErratumError `BadInput` where something is there and `force` does not say that it may be replaced */
export function refuseTaken(out: string, force = false): void {
  if (!existsSync(out) || (force && statSync(out).isFile())) return
  if (statSync(out).isDirectory() && readdirSync(out).length === 0) return
  throw new ErratumError('BadInput', `${out} is there already.`, {
    file: out,
    field: 'out',
    cure: 'Choose another name, or remove it first.'
  })
}

export function writeOutFile(out: string, text: string, force = false): void {
  refuseTaken(out, force)
  mkdirSync(dirname(out), { recursive: true })
  const partial = `${out}.partial`
  try {
    writeFileSync(partial, text)
    renameSync(partial, out)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

/** @param fill writes into the folder that becomes `out` when it has been filled */
export async function writeOutFolder<T>(out: string, fill: (folder: string) => T | Promise<T>): Promise<T> {
  refuseTaken(out)
  const partial = `${out}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  try {
    const result = await fill(partial)
    renameSync(partial, out)
    return result
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    throw error
  }
}
