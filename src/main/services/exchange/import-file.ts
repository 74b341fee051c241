/** The job of `erratum import`: a file of edits or passages becomes another, or passages join a session's review. */
import { ErratumError } from '../../../contract/errors.ts'
import { formatEdits, readFormattedEdits } from '../../formats/edits.ts'
import type { EditFormat, EditRow } from '../../formats/edits.ts'
import { isEditFormat, isPassageFormat, kindOfFile } from '../../formats/file-kind.ts'
import type { RecordFormat } from '../../formats/file-kind.ts'
import { goodRows } from '../../formats/good-rows.ts'
import type { BadRow } from '../../formats/good-rows.ts'
import type { Columns } from '../../formats/json-records.ts'
import type { NotCarried } from '../../formats/loss.ts'
import type { MarkRow } from '../../formats/mark-dialects/dialect.ts'
import { formatPassages, readFormattedPassages } from '../../formats/passages.ts'
import type { PassageFormat, PassageRow } from '../../formats/passages.ts'
import { reportOf } from '../../formats/reading-report.ts'
import type { ReadingReport } from '../../formats/reading-report.ts'
import { openSession } from '../../session/session-folder.ts'
import { editsOf } from '../passage-run.ts'
import { addPassages, lostInReview } from './add-passages.ts'
import type { AddedPassages } from './add-passages.ts'
import { writeOutFile } from './new-output.ts'

export type { BadRow, NotCarried }
export { ABOUT_FORMATS, RECORD_FORMATS } from '../../formats/file-kind.ts'
export { reportLines } from '../../formats/reading-report.ts'

export interface ImportOptions {
  file: string
  /** of the file; absent: its records tell */
  format?: RecordFormat
  /** of the result, with `out` */
  to?: RecordFormat
  out?: string
  force?: boolean
  /** passages join the review of this session */
  session?: string
  skipBad?: boolean
  /** fields of the file by the names that its format has for them */
  columns?: Columns
  /** of edits that are made from passages */
  context?: 'corrected' | 'original'
}

export interface ImportResult {
  kind: 'edits' | 'passages'
  /** rows that were read, by format */
  formats: Record<string, number>
  /** what the file was taken as and why, and what of it was not used */
  report: ReadingReport
  /** marked sentences of which no prompt says where they stand */
  loose: number
  bad: BadRow[]
  /** null: nothing was written */
  written: { out: string; format: RecordFormat; rows: number } | null
  notCarried: NotCarried[]
  session: AddedPassages | null
}

export async function importFile(options: ImportOptions): Promise<ImportResult> {
  const { file, format, to, out, session, columns } = options
  if ((to === undefined) !== (out === undefined))
    throw new ErratumError('BadInput', '--to and --out belong together.', { field: to === undefined ? 'to' : 'out' })
  const kind = format === undefined ? kindOfFile(file, columns) : isPassageFormat(format) ? 'passages' : 'edits'
  if (session !== undefined && kind === 'edits')
    throw new ErratumError('BadInput', `${file} holds edits, and a review is made of passages.`, {
      file,
      field: 'session',
      cure: 'Train them with `erratum edit --edits`.'
    })
  if (options.context !== undefined && !(kind === 'passages' && to !== undefined && isEditFormat(to)))
    throw new ErratumError('BadInput', '--context is about edits that are made from passages.', { field: 'context' })

  const { read, bad, loose } = readRows(options, kind)
  const report = reportOf(read)
  const formats = Object.fromEntries(report.taken.map(({ format: name, rows }) => [name, rows]))
  const rows = read.map(({ row }) => row)
  const result: ImportResult = { kind, formats, report, loose: loose.length, bad, written: null, notCarried: [], session: null } // prettier-ignore
  if (to !== undefined && out !== undefined) {
    const made = convert(file, kind, rows, to, options.context ?? 'corrected')
    writeOutFile(out, made.text, options.force)
    result.written = { out, format: to, rows: made.rows }
    result.notCarried.push(...made.notCarried)
  }
  if (session !== undefined) {
    const store = await openSession(session)
    try {
      result.session = await addPassages(store, rows as PassageRow[], loose)
      result.notCarried.push(...lostInReview(rows as PassageRow[]))
    } finally {
      await store.close()
    }
  }
  return result
}

interface Read {
  read: { row: EditRow | PassageRow; format: RecordFormat; why: string; absent: number }[]
  bad: BadRow[]
  /** where something is written they are bad rows, since nothing tells where they stand */
  loose: MarkRow[]
}

function readRows({ file, format, skipBad, columns, to }: ImportOptions, kind: ImportResult['kind']): Read {
  const loose: MarkRow[] = []
  const onLoose = to === undefined ? (mark: MarkRow): number => loose.push(mark) : undefined
  const { rows, bad } = goodRows<Read['read'][number]>((onBad) => {
    loose.length = 0
    return kind === 'edits'
      ? readFormattedEdits(file, { format: format as EditFormat | undefined, onBad, columns, accurate: true })
      : readFormattedPassages(file, { format: format as PassageFormat | undefined, onBad, columns, onLoose })
  }, skipBad)
  return { read: rows, bad, loose }
}

function convert(
  file: string,
  kind: ImportResult['kind'],
  rows: readonly (EditRow | PassageRow)[],
  to: RecordFormat,
  context: 'corrected' | 'original'
): { text: string; rows: number; notCarried: NotCarried[] } {
  if (isPassageFormat(to)) {
    if (kind === 'passages')
      return { ...formatPassages(rows as PassageRow[], to satisfies PassageFormat), rows: rows.length }
    throw new ErratumError('BadInput', `${file} holds edits, which are no passages.`, {
      file,
      field: 'to',
      cure: 'Choose a format of edits.'
    })
  }
  const edits =
    kind === 'edits' ? (rows as EditRow[]) : (rows as PassageRow[]).flatMap((p) => correctionsOf(p, context))
  if (edits.length === 0 && rows.length > 0)
    throw new ErratumError('BadInput', `${file} holds no correction, so there is no edit to write.`, {
      file,
      field: 'to',
      cure: 'Keep its marks with --to passages, or bring them to a review with --session FOLDER.'
    })
  const made = formatEdits(edits, to satisfies EditFormat)
  const promised =
    kind === 'edits' ? [] : (rows as PassageRow[]).filter((p) => p.sentences.some((s) => s.label === 'accurate'))
  const notCarried = [...made.notCarried]
  if (promised.length > 0)
    notCarried.push({
      field: 'sentences.label',
      why: 'edits hold corrections alone: that a sentence was accurate is kept by passages',
      ids: promised.map(({ id }) => id)
    })
  return { text: made.text, rows: edits.length, notCarried }
}

/** The corrections of a passage as edits, each with what the sentence was. */
function correctionsOf(passage: PassageRow, context: 'corrected' | 'original'): EditRow[] {
  const corrected = passage.sentences.filter((s) => s.correction !== undefined)
  return editsOf(passage, context).map(({ id, prompt, target }, i): EditRow => {
    const { text, label } = corrected[i]
    return { id, prompt, target, targetOld: text, line: passage.line, ...(label && { severity: label }), extra: {} }
  })
}
