/** The text of a file that a person gave; what is no text is told by what it looks like, and never quoted. */
import { readFileSync, statSync } from 'node:fs'
import { ErratumError } from '../../contract/errors.ts'
import { badFile } from './bad-file.ts'

/** Text files of edits and passages are far smaller; a text of twice this size is more than one string can hold. */
const LARGEST_BYTES = 256 * 1024 * 1024

/** Files of other kinds, by their first bytes. */
const OTHER_KINDS: readonly (readonly [bytes: readonly number[], what: string, cure: string])[] = [
  [[0x50, 0x4b, 3, 4], 'a ZIP archive, as an Excel workbook is', 'Unpack it, or save the workbook as CSV (UTF-8).'],
  [[0x1f, 0x8b], 'packed with gzip', 'Unpack it first.'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file', 'Save it as JSON lines or CSV.'],
  [[0xff, 0xfe], 'text in UTF-16', 'Save the file as UTF-8.'],
  [[0xfe, 0xff], 'text in UTF-16', 'Save the file as UTF-8.']
]

/** @throws ErratumError `NotFound`, or `BadFile` where it is no text, with the line that is not UTF-8 */
export function readText(file: string): string {
  const bytes = bytesOf(file)
  for (const [begin, what, cure] of OTHER_KINDS)
    if (begin.every((byte, i) => bytes[i] === byte)) throw badFile({ file }, `it is ${what}`, cure)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    throw badFile({ file, line: firstBadLine(bytes) }, 'the text is not UTF-8', 'Save the file as UTF-8.')
  }
  if (bytes.includes(0))
    throw badFile({ file }, 'it is no text: it has bytes that are zero', 'Choose a file of JSON lines, JSON or CSV.')
  return text
}

function bytesOf(file: string): Buffer {
  try {
    const found = statSync(file)
    if (found.isDirectory())
      throw new ErratumError('NotFound', `${file} is a folder.`, { file, cure: 'Give a file in it.' })
    if (!found.isFile())
      throw badFile({ file }, 'it is not a regular file', 'Copy what it gives into a file, and give that one.')
    if (found.size > LARGEST_BYTES)
      throw badFile(
        { file },
        `it has ${Math.ceil(found.size / 1024 / 1024)} MiB, and ${LARGEST_BYTES / 1024 / 1024} MiB is the limit`,
        'Split it into smaller files.'
      )
    return readFileSync(file)
  } catch (error) {
    if (error instanceof ErratumError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM')
      throw badFile({ file }, 'it cannot be opened: reading it is not allowed', 'Change its permissions, or copy it.')
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    throw new ErratumError('NotFound', `There is no file ${file}.`, { file, cure: 'Check the path.' })
  }
}

/** A line end is one byte and inside no UTF-8 sequence, so each line can be looked at by itself. */
function firstBadLine(bytes: Buffer): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start)
    const stop = end < 0 ? bytes.length : end
    try {
      decoder.decode(bytes.subarray(start, stop))
    } catch {
      return line
    }
    start = stop + 1
  }
  return line
}
