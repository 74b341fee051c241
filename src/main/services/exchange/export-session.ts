/** The job of `erratum export`: what a session holds, in the formats of the field. */
import { ErratumError } from '../../../contract/errors.ts'
import type { ExportFormat } from '../../../contract/types.ts'
import { RECORD_FORMATS } from '../../formats/file-kind.ts'
import { exportRecords } from './export-records.ts'
import type { ExportRecordsResult } from './export-records.ts'
import { exportMerged } from './merged-model.ts'
import type { MergeOptions, MergeResult } from './merged-model.ts'
import { exportBundle } from './peft-bundle.ts'
import type { BundleResult } from './peft-bundle.ts'
import { exportReport } from './session-report.ts'
import type { ReportResult } from './session-report.ts'

export interface ExportOptions extends Omit<MergeOptions, 'onProgress'> {
  format: ExportFormat
  /** replace a file that is there */
  force?: boolean
  /** of files of edits: only those in force */
  live?: boolean
  /** of a report: measure what it tells */
  measure?: boolean
}

export type ExportResult = ExportRecordsResult | BundleResult | MergeResult | ReportResult

/** Options that belong to some formats alone. */
const BELONGS: Partial<Record<keyof ExportOptions, readonly string[]>> = {
  live: RECORD_FORMATS,
  force: [...RECORD_FORMATS, 'report'],
  measure: ['report'],
  blocks: ['merged'],
  accurate: ['merged', 'report'],
  locality: ['merged', 'report'],
  sample: ['merged', 'report'],
  executor: ['merged', 'report']
}

export async function exportSession(
  options: ExportOptions,
  onProgress?: (what: string) => void
): Promise<ExportResult> {
  const { session, format, out } = options
  for (const [field, formats] of Object.entries(BELONGS))
    if (options[field as keyof ExportOptions] !== undefined && !formats.includes(format))
      throw new ErratumError('BadInput', `--${field} is about --format ${formats.join(', ')}.`, { field })
  for (const field of ['accurate', 'locality', 'sample', 'executor'] as const)
    if (format === 'report' && options[field] !== undefined && !options.measure)
      throw new ErratumError('BadInput', `--${field} is about --measure, which was not given.`, { field })
  if (format === 'peft') return exportBundle(session, out)
  if (format === 'merged') return exportMerged({ ...options, onProgress })
  if (format === 'report') return exportReport({ ...options, onProgress })
  return exportRecords({ ...options, format })
}
