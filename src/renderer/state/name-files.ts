/** Names as people have them: typed, pasted, one a line in a file, or a column of a table. */

export interface NamesRead {
  names: string[]
  /** where they were found, as a phrase */
  from: string
}

/** One name a line; blank lines and repetitions are passed over. */
export function namesIn(text: string): string[] {
  return distinct(text.split(/\r\n|\r|\n/))
}

const NAME_COLUMNS = ['name', 'names', 'full name', 'full_name', 'fullname', 'title', 'person', 'subject']

/**
 * The names of a file: of its name column if it is a table (comma, semicolon or tab), else its lines.
 * @returns null for a table none of whose columns is called a name
 */
export function namesInFile(fileName: string, text: string): NamesRead | null {
  const plain = text.replace(/^\uFEFF/, '')
  const separator = separatorOf(fileName, plain)
  if (separator === null) return { names: namesIn(plain), from: 'one per line' }
  const [head = [], ...rows] = tableRows(plain, separator)
  const titles = head.map((title) => title.trim().toLowerCase())
  const column = NAME_COLUMNS.map((name) => titles.indexOf(name)).find((at) => at >= 0)
  if (column === undefined)
    return head.length === 1 ? { names: distinct([head, ...rows].flat()), from: 'one per line' } : null
  return { names: distinct(rows.map((row) => row[column] ?? '')), from: `the column “${head[column].trim()}”` }
}

/** The names of a file that is a list of them; empty where it may as well be a text. */
export function listedNames(fileName: string, text: string): string[] {
  const names = namesInFile(fileName, text)?.names ?? []
  const isName = (line: string): boolean =>
    line.length <= 80 && /^\p{Lu}/u.test(line) && !/[.!?:。]["'”’)]?$/.test(line)
  return names.length > 1 && names.every(isName) ? names : []
}

function separatorOf(fileName: string, text: string): string | null {
  if (/\.tsv$/i.test(fileName)) return '\t'
  if (!/\.csv$/i.test(fileName)) return null
  const first = text.split(/\r?\n/, 1)[0]
  return first.includes(';') && !first.includes(',') ? ';' : first.includes('\t') && !first.includes(',') ? '\t' : ','
}

/** Rows of a table with quoted cells (RFC 4180): a quote inside quotes is doubled, and line breaks may stand there. */
export function tableRows(text: string, separator: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const endRow = (): void => {
    row.push(cell)
    if (row.some((value) => value.trim() !== '')) rows.push(row)
    row = []
    cell = ''
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c !== '"') cell += c
      else if (text[i + 1] === '"') cell += text[++i]
      else quoted = false
    } else if (c === '"' && cell === '') quoted = true
    else if (c === separator) {
      row.push(cell)
      cell = ''
    } else if (c === '\n') endRow()
    else if (c !== '\r') cell += c
  }
  endRow()
  return rows
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.trim()).filter((name) => name !== ''))]
}
