import type { Command } from 'commander'
import type { ApprovedMeasures, Evaluation, EvaluationAbout, Interval } from '../../contract/evaluation.ts'
import { evaluateSession } from '../services/evaluate-session.ts'
import type { EvaluateSessionOptions } from '../services/evaluate-session.ts'
import { EXECUTORS } from '../services/model-library.ts'
import { command, number, oneOf, show } from './door.ts'
import type { CommonOptions } from './door.ts'

export function addEval(program: Command): void {
  program
    .command('eval')
    .description('What the edits of a session gained and cost.')
    .requiredOption('--session <folder>', 'the session')
    .option('--edits <file>', 'edits to measure (default: all live ones of the session)')
    .option('--accurate <file>', 'sentences that were right and ought to stay')
    .option('--locality <file>', 'unrelated texts')
    .option('--passages <file>', 'passages whose approved sentences are to be written from the header alone')
    .option('--other-passages <file>', 'passages of other people, to be written as ever')
    .option(
      '--protocol <name>',
      'both (default), deployment or paper',
      oneOf('protocol', ['both', 'deployment', 'paper'])
    )
    .option('--index <mode>', 'recompute the routes as scopes or clusters', oneOf('index', ['scopes', 'clusters']))
    .option('--sample <n>', 'at most so many rows of each set', number('sample', { min: 1, integer: true }))
    .option('--sample-seed <s>', 'which rows they are (default: 0)', number('sample-seed', { min: 0, integer: true }))
    .option('--keep', 'leave the figures in the session: its board shows them, and they are not measured again')
    .option(
      '--every <k>',
      'keep the figures after every k batches too (passages: of the last only)',
      number('every', { min: 1, integer: true })
    )
    .option('--executor <name>', 'onnxruntime or tensorflow', oneOf('executor', EXECUTORS))
    .option('--json', 'one JSON document')
    .action((options: EvaluateSessionOptions & CommonOptions) =>
      command(
        options,
        (door) =>
          evaluateSession({
            ...options,
            signal: door.signal,
            onProgress: (_, what) => door.progress(what),
            onLeftOut: (ids) => door.note(`longer than the context and left out (${ids.length}): ${ids.join(', ')}`)
          }),
        ({ about, states, ...protocols }) =>
          [
            ...Object.entries(protocols).flatMap(lines),
            ...provenance(about),
            ...(states ? [`Kept in the session: ${states.measured} measured, ${states.known} known before.`] : [])
          ].join('\n')
      )
    )
}

function lines([protocol, evaluation]: [string, Evaluation]): string[] {
  const { edits, rephrase, accurate, locality, approved } = evaluation
  return [
    `Protocol ${protocol}`,
    ...Object.entries({ edits, rephrase, accurate, locality }).flatMap(([name, m]) => (m ? setLines(name, m) : [])),
    ...(approved ? approvedLines(approved) : [])
  ]
}

function approvedLines({ passages, sentences, otherHeaders, others, intervals }: ApprovedMeasures): string[] {
  const line = (what: string, n: number, value: number | null, interval: string): string[] =>
    n === 0 ? [] : [`  ${what} (${n}): ${withInterval(value, intervals[interval], show.share)}`]
  return [
    ...line('passages written as approved, to the letter', passages.n, passages.written, 'passages.written'),
    ...line('approved sentences written', sentences.n, sentences.written, 'sentences.written'),
    ...line('the same under other headers', otherHeaders.n, otherHeaders.written, 'otherHeaders.written'),
    ...line('other people’s passages, identical', others.n, others.identical, 'others.identical')
  ]
}

type Measures = NonNullable<Evaluation[Exclude<keyof Evaluation, 'approved'>]>

function setLines(name: string, m: Measures): string[] {
  const exact =
    'exact' in m && m.exact
      ? `, exact ${show.share(m.exact.before)} -> ${withInterval(m.exact.after, m.intervals['exact.after'], show.share)}`
      : ''
  const own = 'ownBlock' in m ? `, own block ${withInterval(m.ownBlock, m.intervals['ownBlock'], show.share)}` : ''
  const same =
    'identical' in m
      ? `, identical ${show.share(m.identical)}, KL ${m.klPerToken === null ? 'not measured' : m.klPerToken.toExponential(1)} nats a token`
      : ''
  const places =
    'places' in m
      ? Object.entries(m.places).map(([kind, f]) => `    ${kind}: own block ${show.share(f.ownBlock)} of ${f.n}`)
      : []
  const perplexity = `${show.perplexity(m.before)} -> ${withInterval(m.after, m.intervals['after'], show.perplexity)}`
  const { before, after } = m.perplexity
  const others =
    before && after
      ? [
          `    median of the texts ${show.perplexity(before.perText.median)} -> ${show.perplexity(after.perText.median)}, ppl_reference ${show.perplexity(before.ppl_reference)} -> ${show.perplexity(after.ppl_reference)}`
        ]
      : []
  return [
    `  ${name} (${m.n}): perplexity ${perplexity}${exact}, fired ${show.share(m.fired)}${own}${same}`,
    ...others,
    ...places
  ]
}

function withInterval(
  value: number | null,
  interval: Interval | null | undefined,
  shown: (x: number | null) => string
): string {
  return interval ? `${shown(value)} [${shown(interval[0])}, ${shown(interval[1])}]` : shown(value)
}

function provenance({
  model,
  index,
  data,
  sample,
  executor,
  versions,
  cost,
  session,
  bootstrap
}: EvaluationAbout): string[] {
  const sets = Object.entries(data).map(
    ([name, set]) =>
      `${name} ${set.file ?? 'of the session'} ${set.sha256.slice(0, 12)} (${set.measured} of ${set.rows})`
  )
  return [
    `${session.edits} edits in ${session.batches} batches: ${cost.parameters} parameters, keys ${show.bytes(cost.keyBytes.deployment)} (paper ${show.bytes(cost.keyBytes.paper)})${cost.editsPerMinute === null ? '' : `, ${cost.editsPerMinute.toFixed(1)} edits a minute of training`}`,
    `In brackets: 95 % bootstrap intervals over the texts (${bootstrap.resamples} resamples, seed ${bootstrap.seed}).`,
    `${model.id} ${model.sha256.slice(0, 12)}, ${index}; ${sets.join('; ')}${sample ? `; sample seed ${sample.seed}` : ''}`,
    `Erratum ${versions.erratum}, Node ${versions.node}, ${executor ?? 'executor unknown'}`
  ]
}
