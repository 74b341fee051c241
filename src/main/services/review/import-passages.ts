/** Passages of a file for the review: what the file is, its content tells; rows that cannot be read are named. */
import { randomUUID } from 'node:crypto'
import { basename, extname } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import type { ImportPreview, PassageColumns, PassageFile } from '../../../contract/import-preview.ts'
import type { Mark } from '../../../contract/types.ts'
import { badFile } from '../../formats/bad-file.ts'
import { readEdits } from '../../formats/edits.ts'
import { detectFile } from '../../formats/file-kind.ts'
import type { OnBad } from '../../formats/json-records.ts'
import { readFormattedPassages } from '../../formats/passages.ts'
import { reportOf } from '../../formats/reading-report.ts'
import { isTable } from '../../formats/table.ts'
import { guessedName, madeOpening, nameIn, nameOf } from './passage-names.ts'
import { plainPassages } from './plain-passages.ts'
import { hasTextColumn, tablePassages } from './table-passages.ts'

export interface ImportedPassage {
  id: string
  name: string
  prompt: string
  /** what the file says is true of the subject */
  reference: string | null
  sentences: { text: string; mark: Mark | null; correction: string | null }[]
}

export interface ReadFile extends Pick<ImportPreview, 'kind' | 'format' | 'why' | 'opening' | 'unused'> {
  /** isNamed: its name was guessed */
  passages: { passage: ImportedPassage; isNamed: boolean }[]
  columns: (PassageColumns & { all: string[] }) | null
  bad: ErratumError[]
}

/** What is in the file, read as it is asked; a file of edits has no passages. @throws ErratumError `BadFile` */
export function readPassageFile(file: PassageFile): ReadFile {
  const { fileName, content } = file
  refuseBinary(fileName, content)
  const isJson = /^\uFEFF?\s*[[{]/.test(content)
  if (!isJson && !isTable(fileName, content)) return plain(file)
  if (file.columns) return table(file)
  try {
    const found = detectFile(fileName, { text: content })
    // An empty list holds neither.
    if (found === null) return { ...nothing, kind: 'passages', format: 'JSON', why: 'it has no record' }
    const { kind, format, why } = found
    if (kind === 'passages') return { ...records(file), format, why }
    // Some formats of edits are known by a field that tables of passages have too.
    if (readEdits(fileName, { text: content, onBad: () => undefined }).length > 0 || !hasTextColumn(fileName, content))
      return { ...nothing, kind, format, why }
  } catch (error) {
    if (isJson && !hasTextColumn(fileName, content)) throw error
  }
  // Records of no known format: which field is what can be chosen.
  return table(file)
}

const nothing = { passages: [], opening: null, columns: null, unused: [], bad: [] as ErratumError[] }

/**
 * The passages to be taken.
 * @param onlyGood leave out what cannot be read
 * @throws ErratumError `BadFile` of the first row that cannot be read, with `bad` (all of them) and `good` (how many can)
 */
export function passagesOfFile(file: PassageFile, onlyGood: boolean): ImportedPassage[] {
  const { kind, format, why, passages, bad } = readPassageFile(file)
  if (kind === 'edits')
    throw new ErratumError(
      'BadFile',
      `${file.fileName} holds edits (${format}: ${why}), and a review is made of passages.`,
      {
        file: file.fileName,
        cure: 'Train them: choose Train edits from a file.'
      }
    )
  if (bad.length > 0 && !(onlyGood && passages.length > 0)) throw refusal(bad, passages.length)
  if (passages.length === 0)
    throw new ErratumError('BadFile', `There is no passage in ${file.fileName}.`, {
      file: file.fileName,
      cure: 'Choose another file.'
    })
  return passages.map(({ passage }) => passage)
}

/** A word processor's file that came as text: the window looks at the bytes, other callers may not. */
function refuseBinary(file: string, content: string): void {
  if (content.startsWith('PK\u0003\u0004') || content.includes('\0'))
    throw badFile({ file }, 'it is not text', 'Save it as plain text (.txt, UTF-8) and import that file.')
}

function records({ fileName, content, template }: PassageFile): ReadFile {
  const bad: ErratumError[] = []
  const read = readFormattedPassages(fileName, { text: content, onBad: (error) => bad.push(error) })
  const passages = read.map(({ row: { prompt, sentences, extra } }) => ({
    isNamed: false,
    passage: {
      id: newId(),
      name: nameOf(prompt, template),
      prompt,
      reference: typeof extra['wiki_bio_text'] === 'string' ? extra['wiki_bio_text'] : null,
      sentences: sentences.map(({ text, label, correction }) => ({
        text,
        mark: label ?? null,
        correction: correction ?? null
      }))
    }
  }))
  const { unused } = reportOf(read)
  // What is known of the subject is shown beside the passage.
  const left = unused.filter(({ field }) => field !== 'wiki_bio_text').map(({ field, rows }) => ({ field, rows }))
  return { ...nothing, kind: 'passages', format: '', why: '', passages, unused: left, bad }
}

function plain({ fileName, content, template, opening, names }: PassageFile): ReadFile {
  const bad: ErratumError[] = []
  const onBad: OnBad = (error) => bad.push(error)
  const isOpening = (text: string): boolean => nameIn(text, template) !== null
  const read = plainPassages(fileName, content, opening, isOpening, onBad)
  const passages = read.map(({ prompt, sentences }, i) =>
    prompt === null
      ? named(fileName, template, i, names[i] ?? guessedName(sentences[0]), sentences)
      : { isNamed: false, passage: bare(nameOf(prompt, template), prompt, sentences) }
  )
  const why = 'it is neither JSON nor a table; a blank line separates passages'
  return { ...nothing, kind: 'passages', format: 'plain text', why, opening, passages, bad }
}

function table({ fileName, content, template, columns: chosen, names }: PassageFile): ReadFile {
  const bad: ErratumError[] = []
  const { rows, columns, unused, why } = tablePassages(fileName, content, chosen, (error) => bad.push(error))
  const passages = rows.map(({ name, prompt, sentences }, i) =>
    prompt === null
      ? named(fileName, template, i, names[i] ?? name ?? guessedName(sentences[0]), sentences)
      : { isNamed: false, passage: bare(name ?? nameOf(prompt, template), prompt, sentences) }
  )
  return { ...nothing, kind: 'passages', format: 'table', why, columns, passages, unused, bad }
}

function named(
  file: string,
  template: string,
  place: number,
  given: string | null,
  sentences: readonly string[]
): ReadFile['passages'][number] {
  const name = given?.trim() || `${basename(file, extname(file))} ${place + 1}`
  return { isNamed: true, passage: bare(name, madeOpening(name, template), sentences) }
}

const bare = (name: string, prompt: string, sentences: readonly string[]): ImportedPassage => ({
  id: newId(),
  name,
  prompt,
  reference: null,
  sentences: sentences.map((text) => ({ text, mark: null, correction: null }))
})

const newId = (): string => randomUUID().slice(0, 8)

function refusal([first, ...others]: readonly ErratumError[], good: number): ErratumError {
  const more = others.length === 0 ? '' : ` ${others.length} more cannot be read either.`
  const bad = [first, ...others].map(({ message, details }) => ({ message, line: details.line, field: details.field }))
  return new ErratumError(first.code, first.message + more, { ...first.details, bad, good })
}
