/** Tables with a header as records: CSV (with comma or semicolon) and TSV. A cell that is empty is an absent field. */
import { CsvError, parse } from 'csv-parse/sync'
import type { ErratumError } from '../../contract/errors.ts'
import { badFile } from './bad-file.ts'
import type { FileRecord, OnBad } from './file-record.ts'

const DELIMITERS = [',', ';', '\t'] as const

/** Columns by which a table is known where the file's name does not tell. */
const KNOWN = ['prompt', 'target_new', 'text', 'label', 'labels', 'src', 'alt', 'sentence', 'correction', 'gpt3_text']

/** Whether a text is a table: by the file's name, else by a header with a column that formats know. */
export function isTable(file: string, text: string): boolean {
  const begin = text.trimStart()
  if (begin === '' || begin.startsWith('{') || begin.startsWith('[')) return false
  if (/\.(csv|tsv|tab)$/i.test(file)) return true
  const [head] = begin.split(/\r?\n/, 1)
  if (head.length > 2000) return false
  const names = head.split(delimiterOf(file, head)).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
  return names.length > 1 && names.filter((name) => KNOWN.includes(name)).length >= 2
}

/** The mark that parts the most cells of the header; names in quotes do not count. */
function delimiterOf(file: string, head: string): (typeof DELIMITERS)[number] {
  const bare = head.replaceAll(/"(?:[^"]|"")*"/g, '')
  const count = (mark: string): number => bare.split(mark).length
  const most = DELIMITERS.reduce((best, mark) => (count(mark) > count(best) ? mark : best))
  return count(most) > 1 ? most : /\.(tsv|tab)$/i.test(file) ? '\t' : ','
}

interface ParsedRow {
  readonly record: readonly string[]
  /** the row as the file has it, with its line end */
  readonly raw: string
}

/** @throws ErratumError `BadFile` with the line on which a row begins */
export function tableRecords(file: string, text: string, onBad?: OnBad): FileRecord[] {
  const rows = rowsOf(file, text)
  if (rows.length === 0) return []
  const [{ cells: header, line }, ...others] = rows
  const names = header.map((cell) => cell.trim())
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i)
  if (twice !== undefined)
    throw badFile({ file, line, field: twice }, 'two columns have this name', 'Rename one of them.')
  return others.flatMap((row) => {
    if (row.cells.length > names.length && row.cells.slice(names.length).some((cell) => cell !== '')) {
      const error = badFile(
        { file, line: row.line },
        `the row has ${row.cells.length} cells, and the header ${names.length}`,
        'Put cells that contain the delimiter into double quotes.'
      )
      if (!onBad) throw error
      onBad(error)
      return []
    }
    const fields = names.flatMap((name, i) => {
      const cell = row.cells[i] ?? ''
      return name === '' || cell === '' ? [] : [[name, cell] as const]
    })
    return [{ line: row.line, value: Object.fromEntries(fields) }]
  })
}

/** Rows with the lines on which they begin; blank ones are passed over. */
function rowsOf(file: string, text: string): { line: number; cells: readonly string[] }[] {
  const plain = text.replace(/^\uFEFF/, '')
  const head = /^[^\r\n]*/.exec(plain.trimStart())![0]
  const read = (to = -1): ParsedRow[] =>
    parse(plain, {
      delimiter: delimiterOf(file, head),
      raw: true,
      relax_column_count: true,
      relax_quotes: true,
      to
    }) as unknown as ParsedRow[]
  let parsed: ParsedRow[]
  try {
    parsed = read()
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const before = error['records'] as number
    throw unreadable(file, error, before === 0 ? 1 : lineAfter(read(before)))
  }
  let next = 1
  const rows: { line: number; cells: readonly string[] }[] = []
  for (const row of parsed) {
    if (row.record.some((cell) => cell.trim() !== '')) rows.push({ line: next, cells: row.record })
    next += lineEnds(row)
  }
  return rows
}

/** Counted here: the library takes a CRLF inside of quotes for two line ends. */
const lineEnds = ({ raw }: ParsedRow): number => raw.match(/\r\n|\r|\n/g)?.length ?? 0
const lineAfter = (rows: readonly ParsedRow[]): number => rows.reduce((line, row) => line + lineEnds(row), 1)

function unreadable(file: string, error: CsvError, line: number): ErratumError {
  const isQuote = error.code.includes('QUOTE')
  return badFile(
    { file, line },
    isQuote ? 'a double quote that begins a cell is not closed' : 'the table cannot be read from here',
    'Put cells with quotes into double quotes and double the quotes in them, as CSV has it.'
  )
}
