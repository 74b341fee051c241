// Where an export goes: whole or not at all, and what lies beside it stays.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeOutFile, writeOutFolder } from '../../../src/main/services/exchange/new-output.ts'
import { temporaryFolder } from '../../session/sample-session.ts'

let folder: ReturnType<typeof temporaryFolder>
const at = (...path: string[]): string => join(folder.path, ...path)
beforeEach(() => {
  folder = temporaryFolder()
  mkdirSync(at('out.partial'))
  writeFileSync(at('out.partial', 'notes.txt'), 'mine')
  writeFileSync(at('file.partial'), 'mine')
})
afterEach(() => {
  expect(readFileSync(at('out.partial', 'notes.txt'), 'utf8')).toBe('mine')
  expect(readFileSync(at('file.partial'), 'utf8')).toBe('mine')
  folder.remove()
})

describe('an export', () => {
  it('leaves a neighbour called NAME.partial alone', async () => {
    writeOutFile(at('file'), 'text')
    writeOutFile(at('file'), 'new text', true)
    await writeOutFolder(at('out'), (place) => writeFileSync(join(place, 'a'), 'text'))
    expect([readFileSync(at('file'), 'utf8'), readFileSync(at('out', 'a'), 'utf8')]).toEqual(['new text', 'text'])
    expect(readdirSync(folder.path).sort()).toEqual(['file', 'file.partial', 'out', 'out.partial'])
  })

  it('that fails leaves nothing', async () => {
    const failing = writeOutFolder(at('out'), (place) => {
      writeFileSync(join(place, 'a'), 'text')
      throw new Error('no more')
    })
    await expect(failing).rejects.toThrow('no more')
    expect(readdirSync(folder.path).sort()).toEqual(['file.partial', 'out.partial'])
  })

  it('never replaces what is made while it is written, nor writes through a link', async () => {
    const late = writeOutFolder(at('out'), () => {
      mkdirSync(at('out'))
      writeFileSync(at('out', 'other'), 'another program')
    })
    await expect(late).rejects.toThrow()
    expect(readdirSync(at('out'))).toEqual(['other'])
    writeFileSync(at('target'), 'mine')
    symlinkSync(at('nowhere'), at('link'))
    expect(() => writeOutFile(at('link'), 'text')).toThrow(expect.objectContaining({ code: 'BadInput' }) as Error)
    expect(existsSync(at('nowhere'))).toBe(false)
  })
})
