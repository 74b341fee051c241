/** The text of a file that was chosen or dropped; what is no text is told by its first bytes, with what to do. */

export interface TextFile {
  fileName: string
  content: string
}

const starts = (bytes: Uint8Array, ...begin: number[]): boolean => begin.every((byte, i) => bytes[i] === byte)
const ending = (name: string): string => /\.([a-z0-9]+)$/i.exec(name)?.[1].toLowerCase() ?? ''

/** @throws Error with a sentence for the person */
export function textOf(fileName: string, bytes: Uint8Array): string {
  const kind = otherKind(fileName, bytes)
  if (kind !== null) throw new Error(`${fileName} is ${kind}`)
  const encoding = starts(bytes, 0xff, 0xfe) ? 'utf-16le' : starts(bytes, 0xfe, 0xff) ? 'utf-16be' : 'utf-8'
  let text: string
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    throw new Error(`${fileName} is not UTF-8 text. In your editor, save it with the encoding UTF-8 and try again.`)
  }
  if (text.includes('\0')) throw new Error(`${fileName} is not a text file. Choose a .txt, .csv, .json or .jsonl file.`)
  return text
}

const TEXT = 'In the program that made it, save a copy as plain text (.txt, UTF-8) and import that.'
const TABLE = 'Save the sheet as CSV (UTF-8) and import that.'
const UNPACK = 'Unpack it and import the text file inside.'

/** What it is, and what to do; null: it may be text. */
function otherKind(fileName: string, bytes: Uint8Array): string | null {
  const end = ending(fileName)
  if (starts(bytes, 0x50, 0x4b, 0x03, 0x04)) {
    if (end === 'docx' || end === 'odt') return `a word processor document, not plain text. ${TEXT}`
    if (end === 'xlsx' || end === 'ods') return `a spreadsheet, not a text file. ${TABLE}`
    if (end === 'erratum') return 'a session in one file. Open it under Sessions by its path.'
    return `a ZIP archive. ${UNPACK}`
  }
  if (starts(bytes, 0xd0, 0xcf, 0x11, 0xe0))
    return end === 'xls' ? `a spreadsheet, not a text file. ${TABLE}` : `an Office document, not plain text. ${TEXT}`
  if (starts(bytes, 0x25, 0x50, 0x44, 0x46)) return `a PDF, not plain text. ${TEXT}`
  if (starts(bytes, 0x7b, 0x5c, 0x72, 0x74, 0x66)) return `a rich text document (RTF), not plain text. ${TEXT}`
  if (starts(bytes, 0x1f, 0x8b)) return `packed with gzip. ${UNPACK}`
  if (starts(bytes, 0x50, 0x41, 0x52, 0x31)) return 'a Parquet file. Save it as JSON lines or CSV and import that.'
  return null
}

/** Reads a file as text. @throws Error with a sentence for the person */
export async function readTextFile(file: File): Promise<TextFile> {
  let bytes: Uint8Array
  try {
    bytes = new Uint8Array(await file.arrayBuffer())
  } catch {
    throw new Error(`${file.name} could not be read. Is it a folder, or was it moved?`)
  }
  return { fileName: file.name, content: textOf(file.name, bytes) }
}
