import type { Command } from 'commander'
import { calibrateModel } from '../services/calibrate-model.ts'
import type { CalibrateModelOptions } from '../services/calibrate-model.ts'
import { command, number, show } from './door.ts'
import type { CommonOptions } from './door.ts'

export function addCalibrate(program: Command): void {
  program
    .command('calibrate')
    .description('Finds out what a model’s keys are made of and how near is near enough, on the background that ships.')
    .requiredOption('--model <id|folder>', 'the model')
    .option('--out <file>', 'where to keep it (default: the data folder, under the model’s sha256)')
    .option('--passages <file>', 'passages of your own, read beside that background')
    .option(
      '--people <n>',
      'of the background that are read (default: as many as suit the model’s size)',
      number('people', { min: 8, integer: true })
    )
    .option('--keep', 'keep key, reach and margin as they are, and only look anew how the background meets them')
    .option('--json', 'one JSON document, with the histograms and curves')
    .action((options: CommonOptions & CalibrateModelOptions) =>
      command(
        options,
        (door) =>
          calibrateModel({
            ...options,
            signal: door.signal,
            onProgress: (done, of) => door.progress(`calibrating: ${done} of ${of} texts`)
          }),
        ({ deployment, paper }) =>
          [
            ...Object.entries({ deployment, paper }).flatMap(([name, c]) => [
              `${name}: reach ${c.reach.toFixed(4)}, margin ${c.margin}, noise ${c.noise.toExponential(1)}, radius ${c.radius.toFixed(4)}`,
              ...(c.rates === null
                ? ['  no pair met the wanted rates']
                : [
                    ...Object.entries(c.rates.own).map(
                      ([kind, r]) => `  fires its own block, ${kind}: ${show.share(r.share)} of ${r.n}`
                    ),
                    `  false fire, other people: ${show.share(c.rates.otherPeople.share)} of ${c.rates.otherPeople.n}`,
                    `  false fire, same passages: ${show.share(c.rates.samePassages.share)} of ${c.rates.samePassages.n}`
                  ])
            ])
          ].join('\n')
      )
    )
}
