import type { Command } from 'commander'
import { listModels, modelInfo } from '../services/model-library.ts'
import type { BrokenModel, ModelSummary } from '../services/model-library.ts'
import { command } from './door.ts'
import type { CommonOptions } from './door.ts'

export function addModels(program: Command): void {
  const models = program.command('models').description('The models that can be edited.')
  models
    .command('list')
    .description('The embedded model and those in the data folder.')
    .option('--json', 'one JSON document')
    .action((options: CommonOptions) => command(options, listModels, (list) => list.map(told).join('\n')))
  models
    .command('info <id|folder>')
    .description('One model: its size, where it is edited, and what is unusual about how its files are read.')
    .option('--json', 'one JSON document')
    .action((model: string, options: CommonOptions) =>
      command(
        options,
        () => modelInfo(model),
        (info) => [told(info), ...info.notices.map((notice) => `  Note: ${notice}`)].join('\n')
      )
    )
}

function told(m: ModelSummary | BrokenModel): string {
  if ('error' in m)
    return [m.id, `cannot be used: ${m.error.message}`, ...(m.error.cure ? [m.error.cure] : []), m.path].join('\n  ')
  const size = `${(m.parameters / 1e6).toFixed(1)} million parameters: ${m.layers} layers of width ${m.width}, vocabulary ${m.vocabulary}`
  return `${m.id}\n  ${size}\n  keys ${m.keyLayer < 0 ? 'from the embeddings' : `after layer ${m.keyLayer}`}, blocks in layers ${m.loraLayers.join(', ')}\n  ${m.path}`
}
