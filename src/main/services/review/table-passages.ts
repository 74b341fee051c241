/** Passages of a table, or of JSON records, in no known format: which column is the text and which the name can be chosen. */
import type { PassageColumns } from '../../../contract/import-preview.ts'
import { splitSentences } from '../../editor/sentence-ends.ts'
import { badFile } from '../../formats/bad-file.ts'
import { eachGood, recordsOf } from '../../formats/json-records.ts'
import type { FileRecord, OnBad } from '../../formats/json-records.ts'

export interface TableRow {
  readonly name: string | null
  readonly prompt: string | null
  readonly sentences: readonly string[]
}

export interface TablePassages {
  rows: TableRow[]
  columns: PassageColumns & { all: string[] }
  unused: { field: string; rows: number }[]
  /** by what the columns were chosen */
  why: string
}

/** Titles that people give to such columns, the likeliest first. */
const TITLES = {
  text: ['text', 'passage', 'content', 'biography', 'bio', 'body', 'output', 'generated', 'completion', 'gpt3_text'],
  name: ['name', 'names', 'full name', 'full_name', 'fullname', 'title', 'person', 'subject', 'concept'],
  prompt: ['prompt', 'header', 'opening', 'opening sentence']
} as const

/** @throws ErratumError `BadFile` where the table has no column that could be the text */
export function tablePassages(
  file: string,
  content: string,
  chosen: PassageColumns | undefined,
  onBad: OnBad
): TablePassages {
  const records = recordsOf(file, content, onBad)
  const all = columnsOf(records)
  if (all.length === 0) throw badFile({ file }, 'the table has no rows under its header', 'Choose another file.')
  const columns = chosen ?? suggested(all, records)
  for (const column of [columns.text, columns.name, columns.prompt])
    if (column !== null && !all.includes(column))
      throw badFile({ file, field: column }, 'the table has no such column', `Choose one of ${all.join(', ')}.`)
  const cell = ({ value }: FileRecord, column: string | null): string | null => {
    const found = column === null ? undefined : value[column]
    return typeof found === 'string' && found.trim() !== '' ? found.trim() : null
  }
  const read = (record: FileRecord): TableRow => {
    const text = cell(record, columns.text)
    if (text === null)
      throw badFile(
        { file, line: record.line, field: columns.text },
        'the cell is empty',
        'Fill it, or leave the row out.'
      )
    const sentences = splitSentences(text.replaceAll(/\s*\n\s*/g, ' ')).map((s) => s.text)
    return { name: cell(record, columns.name), prompt: cell(record, columns.prompt), sentences }
  }
  const used = [columns.text, columns.name, columns.prompt]
  const unused = all
    .filter((field) => !used.includes(field))
    .map((field) => ({ field, rows: records.filter((record) => cell(record, field) !== null).length }))
  const why = chosen ? 'you chose its columns' : `its column ${columns.text} is taken for the text`
  return { rows: eachGood(records, read, onBad), columns: { ...columns, all }, unused, why }
}

/** Whether some column is called as a text is. */
export function hasTextColumn(file: string, content: string): boolean {
  const records = recordsOf(file, content, () => undefined)
  return columnsOf(records).some((column) => isTitle('text', column))
}

const isTitle = (kind: keyof typeof TITLES, column: string): boolean =>
  (TITLES[kind] as readonly string[]).includes(column.trim().toLowerCase())

const columnsOf = (records: readonly FileRecord[]): string[] => [
  ...new Set(records.flatMap(({ value }) => Object.keys(value)))
]

/** By the titles; where none says text, the column with the longest cells. */
function suggested(all: readonly string[], records: readonly FileRecord[]): PassageColumns {
  const titled = (kind: keyof typeof TITLES): string | null =>
    TITLES[kind].flatMap((title) => all.find((column) => column.trim().toLowerCase() === title) ?? []).at(0) ?? null
  const length = (column: string): number =>
    records.reduce((sum, { value }) => sum + (typeof value[column] === 'string' ? value[column].length : 0), 0)
  const longest = all.reduce((best, column) => (length(column) > length(best) ? column : best))
  const text = titled('text') ?? longest
  const other = (column: string | null): string | null => (column === text ? null : column)
  return { text, name: other(titled('name')), prompt: other(titled('prompt')) }
}
