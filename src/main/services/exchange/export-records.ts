/** Exports of `erratum export` that are files of records: the session's edits or the passages of its review. */
import { ErratumError } from '../../../contract/errors.ts'
import { formatEdits } from '../../formats/edits.ts'
import { isPassageFormat } from '../../formats/file-kind.ts'
import type { RecordFormat } from '../../formats/file-kind.ts'
import { formatPassages } from '../../formats/passages.ts'
import type { NotCarried } from '../../formats/loss.ts'
import { openSession } from '../../session/session-folder.ts'
import { refuseTaken, writeOutFile } from './new-output.ts'
import { editsOfSession, passagesOfSession } from './session-rows.ts'

export interface ExportRecordsOptions {
  session: string
  format: RecordFormat
  out: string
  force?: boolean
  /** only edits that are in force */
  live?: boolean
}

export interface ExportRecordsResult {
  format: RecordFormat
  out: string
  rows: number
  /** edits in the file that are not in force, by why; passages: none */
  notInForce: Record<string, number>
  notCarried: NotCarried[]
}

export async function exportRecords(options: ExportRecordsOptions): Promise<ExportRecordsResult> {
  const { format, out, force } = options
  refuseTaken(out, force)
  const store = await openSession(options.session, { readOnly: true })
  try {
    if (isPassageFormat(format)) {
      const { rows, notCarried } = passagesOfSession(store)
      if (rows.length === 0)
        throw new ErratumError('BadInput', 'The session has no reviewed passages.', {
          file: options.session,
          field: 'format',
          cure: 'Export its edits.'
        })
      const made = formatPassages(rows, format)
      writeOutFile(out, made.text, force)
      return { format, out, rows: rows.length, notInForce: {}, notCarried: [...notCarried, ...made.notCarried] }
    }
    const edits = editsOfSession(store).filter(({ state }) => !options.live || state === 'live')
    const notInForce: Record<string, number> = {}
    for (const { state } of edits) if (state !== 'live') notInForce[state] = (notInForce[state] ?? 0) + 1
    const made = formatEdits(edits.map(({ row }) => row), format) // prettier-ignore
    writeOutFile(out, made.text, force)
    return { format, out, rows: edits.length, notInForce, notCarried: made.notCarried }
  } finally {
    await store.close()
  }
}
