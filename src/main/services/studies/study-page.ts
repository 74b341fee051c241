/** One self-contained HTML page of a study: its table first, charts under it, and how the figures came about. */
import { drawChart } from './line-chart.ts'
import type { Chart } from './line-chart.ts'
import { escape, shown } from './page-text.ts'

export interface Table {
  readonly columns: readonly string[]
  /** numbers as they are; null: not measured */
  readonly rows: readonly (readonly (string | number | null)[])[]
}

export interface Page {
  readonly title: string
  /** what is seen here, in one or two sentences */
  readonly intro: string
  readonly table: Table
  readonly charts: readonly Chart[]
}

export const PAGE_STYLE = `
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #22201c; --muted: #6b665d; --line: #d9d4c9;
  --s0: #1f4e9c; --s1: #b3541e; --s2: #2f7d5b; --s3: #8a3b86; --s4: #77691f; --s5: #3b7f92; }
@media (prefers-color-scheme: dark) { :root { --paper: #1b1a18; --ink: #e8e4db; --muted: #a49d90; --line: #45413a;
  --s0: #8fb4f2; --s1: #efa06f; --s2: #7fcca6; --s3: #d69ad2; --s4: #cdbf6c; --s5: #8ecbdc; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 Inter, system-ui, sans-serif; margin: 2rem auto;
  max-width: 76rem; padding: 0 1rem; font-variant-numeric: tabular-nums; }
h1 { font-size: 28px; font-weight: 600; margin: 0 0 .5rem } h2 { font-size: 19px; font-weight: 600; margin: 2rem 0 .5rem }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: 13px }
th, td { text-align: right; padding: .3rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left } thead th { color: var(--muted); font-weight: 500; vertical-align: bottom; white-space: normal }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(30rem, 1fr)); gap: 1.5rem }
figure { margin: 0 } figcaption { font-weight: 600; font-size: 13px; margin-bottom: .25rem } svg { width: 100%; height: auto }
svg text { font: 12px Inter, system-ui, sans-serif; fill: var(--muted) } .axis { stroke: var(--line); fill: none }
pre { font-size: 12px; color: var(--muted); white-space: pre-wrap }
`

export function studyPage(page: Page, identity: Readonly<Record<string, unknown>>, done: number, of: number): string {
  const { columns, rows } = page.table
  const unfinished = done < of ? `<p><strong>${done} of ${of} points are measured so far.</strong></p>` : ''
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(page.title)}</title>
<style>${PAGE_STYLE}</style>
<h1>${escape(page.title)}</h1>
<p>${escape(page.intro)}</p>${unfinished}
<div class="wide"><table>
<thead><tr>${columns.map((c) => `<th scope="col">${escape(c)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${row.map((cell) => `<td>${escape(shown(cell))}</td>`).join('')}</tr>`).join('\n')}
</tbody></table></div>
<h2>Charts</h2>
<div class="charts">
${page.charts.map((chart) => `<figure><figcaption>${escape(chart.title)}</figcaption>${drawChart(chart)}</figure>`).join('\n')}
</div>
<h2>How these figures came about</h2>
<pre>${escape(JSON.stringify(identity, null, 2))}</pre>
</html>`
}
