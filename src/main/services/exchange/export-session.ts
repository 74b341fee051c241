/** The job of `erratum export`: what a session holds, in the formats of the field. */
import { RECORD_FORMATS } from '../../formats/file-kind.ts'
import { exportRecords } from './export-records.ts'
import type { ExportRecordsOptions, ExportRecordsResult } from './export-records.ts'

export const EXPORT_FORMATS = RECORD_FORMATS
export type ExportOptions = ExportRecordsOptions
export type ExportResult = ExportRecordsResult

export function exportSession(options: ExportOptions): Promise<ExportResult> {
  return exportRecords(options)
}
