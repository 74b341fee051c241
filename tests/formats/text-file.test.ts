// Files that are no text of records: each is told by what it looks like, and none of its bytes is quoted.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, openSync, closeSync, ftruncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readEdits } from '../../src/main/formats/edits.ts'
import { errorOf, given } from './given-file.ts'

const refusal = (file: string): [string, string, string | undefined] => {
  const { code, message, details } = errorOf(() => readEdits(file))
  return [code, message.slice(message.indexOf(': ') + 2), details.cure]
}

describe('a file', () => {
  it.each([
    ['a workbook', Buffer.from('PK\u0003\u0004rest'), 'it is a ZIP archive, as an Excel workbook is.'],
    ['packed', gzipSync('{}'), 'it is packed with gzip.'],
    ['Parquet', Buffer.from('PAR1...'), 'it is a Parquet file.'],
    ['UTF-16', Buffer.from('\uFEFFprompt\ttarget_new\n', 'utf16le'), 'it is text in UTF-16.'],
    ['zeros', Buffer.alloc(1000), 'it is no text: it has bytes that are zero.']
  ])('that is %s', (_, bytes, reason) => {
    const [code, message, cure] = refusal(given(bytes))
    expect([code, message]).toEqual(['BadFile', reason])
    expect(cure).toBeTruthy()
  })

  it('of 600 MB is refused by its size before it is read', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'erratum-large-')), 'zeros.json')
    const handle = openSync(file, 'w')
    ftruncateSync(handle, 600_000_000) // sparse: it takes no room
    closeSync(handle)
    expect(refusal(file)).toEqual(['BadFile', 'it has 573 MiB, and 256 MiB is the limit.', 'Split it into smaller files.']) // prettier-ignore
  })

  it('that is a folder or a pipe', () => {
    const folder = mkdtempSync(join(tmpdir(), 'erratum-folder-'))
    expect(errorOf(() => readEdits(folder)).message).toContain('is a folder')
    if (process.platform === 'win32') return
    execFileSync('mkfifo', [join(folder, 'pipe')])
    expect(refusal(join(folder, 'pipe'))[1]).toBe('it is not a regular file.')
  })

  it('of something else is named without a word of it', () => {
    const { message, details } = errorOf(() => readEdits(given('root:x:0:0:SECRET\nand more')))
    expect(JSON.stringify([message, details])).not.toMatch(/root|SECRET|and more/)
  })
})
