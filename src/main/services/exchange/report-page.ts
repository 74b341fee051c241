/** A session's report as one HTML page that needs nothing else: it opens offline and prints. */
import type { Evaluation, EvaluationAbout, SetMeasures } from '../../../contract/evaluation.ts'
import { drawChart } from '../studies/line-chart.ts'
import type { Chart } from '../studies/line-chart.ts'
import { escape, shown } from '../studies/page-text.ts'
import { PAGE_STYLE } from '../studies/study-page.ts'
import type { ReportContent, ReportedEdit } from './report-content.ts'

const STYLE = `${PAGE_STYLE}
table { width: 100% } td, th { vertical-align: top; white-space: normal; overflow-wrap: break-word } .hashes td:last-child { overflow-wrap: anywhere; font-size: 11px }
.texts td { text-align: left; white-space: normal } .texts td:nth-child(2) { width: 50% }
.figures td:nth-child(2), .figures th:nth-child(2), .texts th, .hashes td:first-child, .hashes th:first-child { text-align: left }
.hashes td:nth-child(-n + 2), .texts td:last-child, .texts .change { white-space: nowrap }
.prompt { color: var(--muted); font-size: 12px } .was { text-decoration: line-through; color: var(--muted) } .new { font-weight: 600 }
.facts th { text-align: left; white-space: nowrap } .facts td { text-align: left; white-space: normal; overflow-wrap: anywhere }
.notice { border-left: 3px solid var(--s1); padding-left: .75rem }
@page { margin: 15mm }
@media print {
  :root { --paper: #fff; --ink: #000; --muted: #444; --line: #bbb; --s0: #1f4e9c; --s1: #b3541e; --s2: #2f7d5b; color-scheme: light }
  body { margin: 0; max-width: none; padding: 0; font-size: 10pt } h2 { break-after: avoid } table { font-size: 8pt }
  .wide { overflow: visible } thead { display: table-header-group } tr, figure, li { break-inside: avoid }
  .charts { display: block; orphans: 1; widows: 1 } figure { display: inline-block; width: 48%; margin: 0 1% 0 0; vertical-align: top } td, th { padding: .2rem .4rem }
  figcaption { font-size: 9pt } .prompt { font-size: 7pt } .hashes td:last-child { font-size: 6.5pt }
}
`

const PROTOCOLS = {
  deployment: 'routed by the text to the left alone, at every decision point: what a user gets',
  paper: 'routed once, by a key that has seen the answer, as the reference code does: to compare with its figures'
} as const

export function reportPage(content: ReportContent): string {
  const { name, header, edits, batches, at } = content
  const live = edits.filter(({ state }) => state === 'live').length
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(name)}: report of an Erratum session</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(name)}</h1>
<p>${escape(`${edits.length} edits of ${header.model.id}, ${live} in force, in ${batches.length} blocks. ${passagesLine(content)} Report of ${at.slice(0, 16).replace('T', ' ')} UTC.`)}</p>
${content.notices.map((notice) => `<p class="notice">${escape(notice)}</p>`).join('\n')}
<h2>Figures</h2>
${figuresTable(content)}
<h2>Charts</h2>
${chartsOf(content)}
<h2>Edits</h2>
${editsTable(edits)}
<h2>Batches</h2>
${batchesTable(content)}
<h2>Settings, hashes and versions</h2>
${factsTable(content)}
</body>
</html>
`
}

function passagesLine({ passages }: ReportContent): string {
  if (passages.all === 0) return 'No passages were reviewed.'
  return `${passages.all} passages were reviewed; of ${passages.rewritten} that were written anew, ${passages.asApproved} are word for word as approved.`
}

type Cell = string | number | null
const row = (cells: readonly Cell[]): string =>
  `<tr>${cells.map((cell) => `<td>${escape(shown(cell))}</td>`).join('')}</tr>`
const head = (names: readonly string[]): string =>
  `<thead><tr>${names.map((column) => `<th scope="col">${escape(column)}</th>`).join('')}</tr></thead>`
const table = (columns: readonly string[], rows: readonly string[], kind = ''): string =>
  `<div class="wide"><table class="${kind}">${head(columns)}<tbody>\n${rows.join('\n')}\n</tbody></table></div>`

const SETS = {
  edits: 'edits (ES)',
  rephrase: 'reworded prompts (generality)',
  accurate: 'accurate sentences (ARR)',
  locality: 'other texts (locality)'
} as const

function figuresTable({ evaluation }: ReportContent): string {
  const rows = (['deployment', 'paper'] as const).flatMap(
    (protocol) =>
    (Object.keys(SETS) as (keyof typeof SETS)[]).map((set) => row([protocol, SETS[set], ...setCells(evaluation?.[protocol]?.[set])])) // prettier-ignore
  )
  const columns = ['protocol', 'texts', 'n', 'perplexity before', 'after', 'written exactly', 'a block fired', 'own block fired', 'bit for bit untouched'] // prettier-ignore
  const how = Object.entries(PROTOCOLS).map(
    ([protocol, meaning]) => `<li><em>${protocol}</em>: ${escape(meaning)}</li>`
  )
  const approved = approvedLine(evaluation?.deployment)
  return `${table(columns, rows, 'figures')}<ul>${how.join('')}<li>Brackets: 95 % bootstrap intervals over the texts.</li><li>${escape(approved)}</li></ul>`
}

function approvedLine(evaluation: Evaluation | undefined): string {
  const approved = evaluation?.approved
  if (!approved) return 'Whether what was approved is written from its header alone: not measured.'
  const { passages, sentences, otherHeaders, others } = approved
  return (
    `Written from the header alone: ${shown(passages.written)} of ${passages.n} passages to the letter, ${shown(sentences.written)} of ${sentences.n} approved sentences; ` +
    `under other headers ${shown(otherHeaders.written)} of ${otherHeaders.n}; other people’s passages unchanged ${shown(others.identical)} of ${others.n}.`
  )
}

/** The figure is not one of this set. */
const NONE = '–'

function setCells(measures: SetMeasures | Evaluation['edits'] | Evaluation['locality']): Cell[] {
  if (!measures) return [null, null, null, null, null, null, null]
  const ends = (name: string, value: number | null | undefined): Cell => {
    const interval = measures.intervals[name]
    if (value === null || value === undefined) return null
    return interval ? `${shown(value)} [${shown(interval[0])},\u00a0${shown(interval[1])}]` : value
  }
  return [
    measures.n,
    measures.before,
    ends('after', measures.after),
    'exact' in measures ? ends('exact.after', measures.exact?.after) : NONE,
    measures.fired,
    'ownBlock' in measures ? measures.ownBlock : NONE,
    'identical' in measures ? measures.identical : NONE
  ]
}

/** What was not measured is said in a line, and no empty axes are drawn. */
function chartsOf(content: ReportContent): string {
  const isMeasured = ({ series }: Chart): boolean => series.some(({ points }) => points.some(({ y }) => y !== null))
  const all = charts(content)
  const drawn = all
    .filter(isMeasured)
    .map((chart) => `<figure><figcaption>${escape(chart.title)}</figcaption>${drawChart(chart)}</figure>`)
  const missing = all.filter((chart) => !isMeasured(chart)).map(({ title }) => title)
  const told = missing.length === 0 ? '' : `<p class="prompt">Not measured: ${escape(missing.join('; '))}.</p>`
  return `<div class="charts">\n${drawn.join('\n')}\n</div>${told}`
}

function charts({ edits, batches, course }: ReportContent): Chart[] {
  const measured = edits.flatMap(({ figures }, i) => (figures ? [{ x: i + 1, ...figures }] : []))
  const series = (name: string, of: (one: (typeof measured)[number]) => number): Chart['series'][number] => ({
    name,
    points: measured.map((one) => ({ x: one.x, y: of(one) }))
  })
  const perBatch = (title: string, label: string, of: (b: (typeof batches)[number]) => number): Chart => ({
    title,
    x: { label: 'batch' },
    y: { label },
    series: [{ name: title, points: batches.map((batch, i) => ({ x: i + 1, y: of(batch) })) }]
  })
  return [
    {
      title: 'perplexity of each edit',
      x: { label: 'edit, in the order of the session', from: 0 },
      y: { label: 'perplexity', scale: 'log' },
      series: [series('before', (one) => one.before), series('after', (one) => one.after)]
    },
    {
      title: 'perplexity as the session grew (deployment)',
      x: { label: 'batches', from: 0 },
      y: { label: 'perplexity', scale: 'log' },
      series: (['edits', 'accurate', 'locality'] as const).map((set) => ({
        name: SETS[set],
        points: course.map(({ batches: x, evaluation }) => ({ x, y: evaluation.deployment?.[set]?.after ?? null }))
      }))
    },
    perBatch('last training loss', 'nats a token', (b) => b.training.loss),
    perBatch('iterations', 'iterations', (b) => b.training.iterations),
    perBatch('training time', 'seconds', (b) => b.training.seconds)
  ]
}

function editsTable(edits: readonly ReportedEdit[]): string {
  const rows = edits.map(({ row: edit, block, state, figures }, i) => {
    const was =
      edit.targetOld === undefined
        ? '<span class="prompt">not recorded</span>'
        : `<span class="was">${escape(edit.targetOld)}</span>`
    const texts = `<div class="prompt">${escape(edit.prompt)}</div><div>${was}</div><div class="new">${escape(edit.target)}</div>`
    const cells = [
      figures === null ? 'not measured' : `${shown(figures.before)} → ${shown(figures.after)}`,
      figures === null ? 'not measured' : figures.exact ? 'yes' : 'no',
      figures === null ? 'not measured' : figures.distance === null ? 'no key' : `${shown(figures.distance)} of ${shown(figures.reach)}`,
      state === 'live' ? 'yes' : state,
      block
    ] // prettier-ignore
    return `<tr><td class="figure">${i + 1}<br>${escape(edit.id)}</td><td>${texts}</td>${cells.map((cell, i) => `<td class="figure${i === 0 ? ' change' : ''}">${escape(cell)}</td>`).join('')}</tr>`
  })
  const columns = [
    'edit',
    'prompt; what it wrote; what it is to write',
    'perplexity',
    'written exactly',
    'distance of reach',
    'in force',
    'block'
  ]
  return table(columns, rows, 'texts') // prettier-ignore
}

function batchesTable({ batches }: ReportContent): string {
  const columns = [
    'block',
    'committed',
    'edits',
    'withdrawn',
    'rank',
    'iterations',
    'last loss',
    'seconds',
    'sha256 of the weights'
  ]
  const rows = batches.map(({ block, at, edits, withdrawn, rank, training, files }) =>
    row([block, at.slice(0, 19).replace('T', ' '), edits.length, withdrawn.length, rank, training.iterations, training.loss, training.seconds, files['adapter_model.safetensors']?.sha256 ?? null])
  ) // prettier-ignore
  return table(columns, rows, 'hashes')
}

function factsTable({ header, sizes, versions, evaluation, at }: ReportContent): string {
  const { model, key, index, reach, margin, noise, radius, paper } = header
  const facts: [string, unknown][] = [
    ['model', `${model.id}, sha256 ${model.sha256}`],
    ['calibration', header.calibrationSha256 === null ? 'none' : `sha256 ${header.calibrationSha256}`],
    ['key', `${key.layer < 0 ? 'embeddings' : `hidden state after layer ${key.layer}`}: ${key.parts.join(' and ')}, ${key.metric}${key.whitened ? ', whitened' : ''}`],
    ['blocks in layers', header.loraLayers.join(', ')],
    ['index', index],
    ['deployment', { reach, margin, noise, radius }],
    ['paper', paper],
    ['settings', header.settings],
    ['session made', header.createdAt],
    ['bytes', sizes],
    ['report', at],
    ['Erratum', versions.erratum],
    ['Node', `${versions.node}, ${versions.platform}`],
    ['executor of the measurement', evaluation?.about.executor ?? null],
    ['sets that were measured', evaluation === null ? null : setsOf(evaluation.about)],
    ['sample', evaluation === null ? null : (evaluation.about.sample ?? 'all rows')],
    ['bootstrap', evaluation?.about.bootstrap ?? null]
  ] // prettier-ignore
  const rows = facts.map(([name, fact]) => {
    return `<tr><th scope="row">${escape(name)}</th><td>${escape(told(fact))}</td></tr>`
  })
  return `<div class="wide"><table class="facts"><tbody>\n${rows.join('\n')}\n</tbody></table></div>`
}

function setsOf({ data }: EvaluationAbout): string {
  return Object.entries(data)
    .map(
      ([name, { file, sha256, rows, measured }]) =>
        `${name}: ${measured} of ${rows} of ${file ?? 'the session'}, sha256 ${sha256}`
    )
    .join('; ')
}

/** A fact as a person reads it: `rank 16, iterations 60`. */
function told(fact: unknown): string {
  if (typeof fact === 'number' || typeof fact === 'string' || fact === null) return shown(fact)
  if (Array.isArray(fact)) return fact.map(told).join(', ')
  if (typeof fact !== 'object') return JSON.stringify(fact)
  return Object.entries(fact)
    .map(([name, value]) =>
      typeof value === 'object' && value !== null ? `${name} (${told(value)})` : `${name} ${told(value)}`
    )
    .join(', ')
}
