/** The job of `erratum export`: what a session holds, in the formats of the field. */
import { ErratumError } from '../../../contract/errors.ts'
import { RECORD_FORMATS } from '../../formats/file-kind.ts'
import type { RecordFormat } from '../../formats/file-kind.ts'
import { exportRecords } from './export-records.ts'
import type { ExportRecordsResult } from './export-records.ts'
import { exportBundle } from './peft-bundle.ts'
import type { BundleResult } from './peft-bundle.ts'

const OTHERS = ['peft'] as const
export type ExportFormat = RecordFormat | (typeof OTHERS)[number]
export const EXPORT_FORMATS: readonly ExportFormat[] = [...RECORD_FORMATS, ...OTHERS]

export interface ExportOptions {
  session: string
  format: ExportFormat
  out: string
  /** replace a file that is there */
  force?: boolean
  /** of files of edits: only those in force */
  live?: boolean
}

export type ExportResult = ExportRecordsResult | BundleResult

/** Options that belong to some formats alone. */
const BELONGS: Partial<Record<keyof ExportOptions, readonly ExportFormat[]>> = { live: RECORD_FORMATS }

export async function exportSession(options: ExportOptions): Promise<ExportResult> {
  const { session, format, out } = options
  for (const [field, formats] of Object.entries(BELONGS))
    if (options[field as keyof ExportOptions] !== undefined && !formats.includes(format))
      throw new ErratumError('BadInput', `--${field} is about --format ${formats.join(', ')}.`, { field })
  if (format === 'peft') return exportBundle(session, out)
  return exportRecords({ ...options, format })
}
