import type { Command } from 'commander'
import { listModels } from '../services/model-library.ts'
import { command } from './door.ts'
import type { CommonOptions } from './door.ts'

export function addModels(program: Command): void {
  const models = program.command('models').description('The models that can be edited.')
  models
    .command('list')
    .description('The embedded model and those in the data folder.')
    .option('--json', 'one JSON document')
    .action((options: CommonOptions) =>
      command(options, listModels, (list) =>
        list
          .map(
            (m) =>
              `${m.id}\n  ${(m.parameters / 1e6).toFixed(1)} million parameters: ${m.layers} layers of width ${m.width}, vocabulary ${m.vocabulary}\n` +
              `  keys after layer ${m.keyLayer}, blocks in layers ${m.loraLayers.join(', ')}\n  ${m.path}`
          )
          .join('\n')
      )
    )
}
