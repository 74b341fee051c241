import type { Command } from 'commander'
import { evaluateSession } from '../services/evaluate-session.ts'
import type { EvaluateSessionOptions } from '../services/evaluate-session.ts'
import { EXECUTORS } from '../services/model-library.ts'
import { command, oneOf, show } from './door.ts'
import type { CommonOptions } from './door.ts'

export function addEval(program: Command): void {
  program
    .command('eval')
    .description('What the edits of a session gained and cost.')
    .requiredOption('--session <folder>', 'the session')
    .option('--edits <file>', 'edits to measure (default: all live ones of the session)')
    .option('--accurate <file>', 'sentences that were right and ought to stay')
    .option('--locality <file>', 'unrelated texts')
    .option(
      '--protocol <name>',
      'both (default), deployment or paper',
      oneOf('protocol', ['both', 'deployment', 'paper'])
    )
    .option('--index <mode>', 'recompute the routes as scopes or clusters', oneOf('index', ['scopes', 'clusters']))
    .option('--executor <name>', 'onnxruntime or tensorflow', oneOf('executor', EXECUTORS))
    .option('--json', 'one JSON document')
    .action((options: EvaluateSessionOptions & CommonOptions) =>
      command(
        options,
        (door) =>
          evaluateSession({
            ...options,
            signal: door.signal,
            onProgress: (done, of, what) => door.progress(`${what}: ${done} of ${of}`),
            onLeftOut: (ids) => door.note(`longer than the context and left out (${ids.length}): ${ids.join(', ')}`)
          }),
        (results) =>
          Object.entries(results)
            .flatMap(([protocol, r]) => [
              `Protocol ${protocol}`,
              ...Object.entries({
                edits: r.edits,
                rephrase: r.rephrase,
                accurate: r.accurate,
                locality: r.locality
              }).flatMap(([name, m]) => {
                if (m === undefined) return []
                const exact =
                  'exact' in m && m.exact ? `, exact ${show.share(m.exact.before)} -> ${show.share(m.exact.after)}` : ''
                const own = 'ownBlock' in m ? `, own block ${show.share(m.ownBlock)}` : ''
                const same = 'identical' in m ? `, identical ${show.share(m.identical)}` : ''
                const kinds =
                  'places' in m
                    ? Object.entries(m.places).map(
                        ([k, f]) => `    ${k}: own block ${show.share(f.ownBlock)} of ${f.n}`
                      )
                    : []
                return [
                  `  ${name} (${m.n}): perplexity ${show.perplexity(m.before)} -> ${show.perplexity(m.after)}${exact}, fired ${show.share(m.fired)}${own}${same}`,
                  ...kinds
                ]
              })
            ])
            .join('\n')
      )
    )
}
