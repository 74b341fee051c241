/** The board as files: the figures as CSV, the charts as SVG or PNG with a note of how they came about. */
import { boardCharts } from './board-charts.ts'
import { boardCsv } from './board-csv.ts'
import type { BoardState, FollowedSession } from './board.svelte.ts'
import { chartsPng, chartsSvg } from './chart-export.ts'
import type { ChartPicture, PictureColours } from './chart-export.ts'
import { layoutChart } from './chart-layout.ts'

export type BoardFileKind = 'CSV' | 'SVG' | 'PNG'

const CHART = { width: 520, height: 240 }

/** null where the picture could not be painted */
export async function boardFile(
  kind: BoardFileKind,
  { sessions, protocols, shownRange: range }: BoardState
): Promise<{ name: string; content: Blob } | null> {
  const name = `erratum-${sessions[0]?.name ?? 'board'}.${kind.toLowerCase()}`
  if (kind === 'CSV') return { name, content: new Blob([boardCsv(sessions)], { type: 'text/csv' }) }
  const pictures = boardCharts({ sessions, protocols, range }).map((chart): ChartPicture => {
    const layout = layoutChart(chart, CHART)
    return { title: chart.title, means: layout.cut ? `${chart.means}; the axis is cut` : chart.means, layout }
  })
  const notes = sessions.flatMap(provenance).flatMap(lines)
  if (kind === 'SVG')
    return { name, content: new Blob([chartsSvg(pictures, notes, colours())], { type: 'image/svg+xml' }) }
  const content = await chartsPng(pictures, notes, colours())
  return content && { name, content }
}

/** What a reader of the picture needs to know, in a line or two a session. */
function provenance({ name, rows }: FollowedSession): string[] {
  const record = rows.findLast((r) => r.record !== null)?.record
  if (!record) return [`${name}: not measured.`]
  const { model, index, data, sample, bootstrap, executor, versions, protocols, settings } = record.about
  const sets = Object.entries(data).map(
    ([set, a]) => `${set} n = ${a.measured} of ${a.rows} (${a.sha256.slice(0, 12)})`
  )
  return [
    `${name}: ${model.id} ${model.sha256.slice(0, 12)}, ${index}, protocols ${protocols.join(' and ')}; ${sets.join(', ')}; ${sample ? `sample seed ${sample.seed}` : 'all rows'}.`,
    `Shaded: 95 % bootstrap intervals (${bootstrap.resamples} resamples, seed ${bootstrap.seed}). ${Object.entries(
      settings
    )
      .map(([k, v]) => `${k} ${String(v)}`)
      .join(', ')}. ${executor ?? 'executor not known'}, Erratum ${versions.erratum}.`
  ]
}

/** Characters that a line under two charts holds. */
const LINE = 150

function lines(note: string): string[] {
  const broken = ['']
  for (const word of note.split(' ')) {
    const line = broken[broken.length - 1]
    if (line !== '' && line.length + word.length >= LINE) broken.push(`   ${word}`)
    else broken[broken.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return broken
}

/** The colours of the page as it is shown. */
function colours(): PictureColours {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string): string => style.getPropertyValue(name).trim()
  return {
    paper: of('--paper'),
    ink: of('--ink'),
    muted: of('--muted'),
    line: of('--line-strong'),
    alarm: of('--major'),
    curves: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => of(`--curve-${i}`))
  }
}
