/** The report of a session as a file. */
import { refuseTaken, writeOutFile } from './new-output.ts'
import { reportContent } from './report-content.ts'
import type { ReportOptions } from './report-content.ts'
import { reportPage } from './report-page.ts'

export interface ReportResult {
  format: 'report'
  out: string
  edits: number
  /** edits whose perplexity is told */
  measured: number
}

export async function exportReport(options: ReportOptions & { out: string; force?: boolean }): Promise<ReportResult> {
  const { out, force } = options
  refuseTaken(out, force)
  const content = await reportContent(options)
  writeOutFile(out, reportPage(content), force)
  const { edits } = content
  return { format: 'report', out, edits: edits.length, measured: edits.filter(({ figures }) => figures).length }
}
