/** Where an export goes: a file or a folder that appears whole or not at all, and never in the place of another. */
import { linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import { partialName } from '../../session/names.ts'

/** @throws ErratumError `BadInput` where something is there and `force` does not say that it may be replaced */
export function refuseTaken(out: string, force = false): void {
  const there = lstatSync(out, { throwIfNoEntry: false })
  if (!there || (force && statSync(out).isFile())) return
  if (there.isDirectory() && readdirSync(out).length === 0) return
  throw new ErratumError('BadInput', `${out} is there already.`, {
    file: out,
    field: 'out',
    cure: 'Choose another name, or remove it first.'
  })
}

/** @throws ErratumError `BadInput` also where a folder is there, be it empty */
export function writeOutFile(out: string, text: string, force = false): void {
  if (statSync(out, { throwIfNoEntry: false })?.isDirectory())
    throw new ErratumError('BadInput', `${out} is a folder, and a file is to be written.`, {
      file: out,
      field: 'out',
      cure: 'Give the name of a new file in it.'
    })
  refuseTaken(out, force)
  mkdirSync(dirname(out), { recursive: true })
  const partial = partialName(resolve(out))
  writeFileSync(partial, text, { flag: 'wx' })
  try {
    if (force) renameSync(partial, out)
    else moveToNewName(partial, out)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

/** By a link, which never takes the place of a file; where a disk has no links, the look before has to do. */
function moveToNewName(from: string, to: string): void {
  try {
    linkSync(from, to)
    rmSync(from)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') refuseTaken(to)
    renameSync(from, to)
  }
}

/** @param fill writes into the folder that becomes `out` when it has been filled */
export async function writeOutFolder<T>(out: string, fill: (folder: string) => T | Promise<T>): Promise<T> {
  refuseTaken(out)
  const partial = partialName(resolve(out))
  mkdirSync(dirname(partial), { recursive: true })
  mkdirSync(partial)
  try {
    const result = await fill(partial)
    renameSync(partial, out)
    return result
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    throw error
  }
}
