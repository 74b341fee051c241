/** The board's figures as a table for other programs: one line a figure, with everything that it needs to be had again. */
import type { FollowedSession } from './board.svelte.ts'
import { FIGURES } from './board-figures.ts'

const COLUMNS = [
  'session', 'model', 'model_sha256', 'index', 'batch', 'block', 'batch_edits', 'edits', 'protocol', 'figure', 'unit',
  'value', 'untouched', 'low', 'high', 'level', 'n', 'resamples', 'bootstrap_seed', 'set', 'set_file', 'set_sha256',
  'set_rows', 'sample', 'sample_seed', 'settings', 'executor', 'erratum', 'measured_at'
] as const // prettier-ignore

/** RFC 4180: lines end with CRLF. A figure that was not measured has no line. */
export function boardCsv(sessions: readonly FollowedSession[]): string {
  const lines = sessions.flatMap(({ board, rows }) =>
    rows.flatMap(({ batch, record }) =>
      (record?.about.protocols ?? []).flatMap((protocol) =>
        FIGURES.flatMap((figure) => {
          const evaluation = record!.protocols[protocol]
          const reading = evaluation && figure.read(evaluation)
          if (!reading) return []
          const { about, at } = record!
          const set = about.data[figure.set]
          return [
            [
              board.sessionDir, about.model.id, about.model.sha256, about.index, batch.place, batch.block, batch.edits,
              batch.after.edits, protocol, figure.id, figure.unit, reading.value, reading.before,
              reading.interval?.[0], reading.interval?.[1], about.bootstrap.level, reading.n, about.bootstrap.resamples,
              about.bootstrap.seed, figure.set, set ? (set.file ?? 'of the session') : null, set?.sha256, set?.rows,
              about.sample?.size ?? 'all', about.sample?.seed, JSON.stringify(about.settings), about.executor,
              about.versions.erratum, new Date(at).toISOString()
            ] // prettier-ignore
          ]
        })
      )
    )
  )
  return [[...COLUMNS], ...lines].map((cells) => cells.map(cell).join(',') + '\r\n').join('')
}

function cell(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
