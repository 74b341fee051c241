import type { Command } from 'commander'
import { ErratumError } from '../../contract/errors.ts'
import { EXECUTORS } from '../services/model-library.ts'
import { studyKey } from '../services/studies/key.ts'
import type { KeyStudyOptions } from '../services/studies/key.ts'
import { studyKeyLayer } from '../services/studies/key-layer.ts'
import { studyRadius } from '../services/studies/radius.ts'
import { studyRank } from '../services/studies/rank.ts'
import { studySequence } from '../services/studies/sequence.ts'
import { studySuggestions } from '../services/studies/suggestions.ts'
import type { SuggestionOptions } from '../services/studies/suggestions.ts'
import type { StudyOptions } from '../services/studies/study-data.ts'
import type { SweepResult } from '../services/studies/sweep.ts'
import { command, number, oneOf } from './door.ts'
import type { CommonOptions, Door } from './door.ts'

export function addStudy(program: Command): void {
  const study = program
    .command('study')
    .description('The paper’s analyses on the benchmark: JSON and one HTML page; run again, it goes on where it was.')

  addOne(
    study,
    'radius',
    'Clusters, conflicts and forgotten edits over the initial radius. Trains nothing.',
    studyRadius
  )
  addOne(study, 'rank', 'Partial rank of a block.', studyRank)
    .option('--ranks <list>', 'default: 1,2,4,8,16', numbers('ranks', 1))
    .option(
      '--iterations <n>',
      'for each batch (default: the preset’s)',
      number('iterations', { min: 1, integer: true })
    )
    .option('--preset <name>', 'default or paper', oneOf('preset', ['default', 'paper']))
  addOne(study, 'key-layer', 'Layer after which keys are read.', studyKeyLayer)
    .option('--layers <list>', 'default: all that can be', numbers('layers', 0))
    .option('--preset <name>', 'default or paper', oneOf('preset', ['default', 'paper']))
  addOne(study, 'sequence', 'Edits in order, measured at checkpoints in both protocols.', studySequence)
    .option('--checkpoints <n>', 'default: 10', number('checkpoints', { min: 1, integer: true }))
    .option('--preset <name>', 'default or paper', oneOf('preset', ['default', 'paper']))
  addSuggestions(study)
  addKey(study)
}

function addKey(study: Command): void {
  study
    .command('key')
    .description('What a key is made of: own-block fire of reworded prompts against false fire. Trains nothing.')
    .requiredOption('--model <id|folder>', 'the model')
    .requiredOption('--out <folder>', 'of the result; finished points in it are not measured again')
    .option('--background <file>', 'instead of the one that ships')
    .option('--people <n>', 'the first n of the background', number('people', { min: 8, integer: true }))
    .option('--executor <name>', 'onnxruntime or tensorflow', oneOf('executor', EXECUTORS))
    .option('--json', 'one JSON document')
    .action((options: KeyStudyOptions & CommonOptions) =>
      command(options, (door) => studyKey({ ...options, ...hooksOf(door) }), readable)
    )
}

function addSuggestions(study: Command): void {
  study
    .command('suggestions')
    .description('How well surprise and sampled passages find wrong sentences. Trains nothing.')
    .requiredOption('--model <id|folder>', 'the model, which wrote the passages')
    .requiredOption('--out <folder>', 'of the result; finished points in it are not measured again')
    .option('--passages <file>', 'labelled ones, instead of the benchmark’s')
    .option('--limit <n>', 'the first n passages', number('limit', { min: 1, integer: true }))
    .option('--samples <n>', 'sampled from each header (default: 10)', number('samples', { min: 1, integer: true }))
    .option('--executor <name>', 'onnxruntime or tensorflow', oneOf('executor', EXECUTORS))
    .option('--json', 'one JSON document')
    .action((options: SuggestionOptions & CommonOptions) =>
      command(options, (door) => studySuggestions({ ...options, ...hooksOf(door) }), readable)
    )
}

/** What a study tells while it runs. */
function hooksOf(door: Door): Pick<StudyOptions, 'signal' | 'onStep' | 'onPoint'> {
  return {
    signal: door.signal,
    onStep: (step) => door.progress(step),
    onPoint: (id, done, of, known) => door.note(`${id} ${known ? 'was there' : 'done'} (${done} of ${of})`)
  }
}

const readable = ({ points, files }: Pick<SweepResult<unknown>, 'points' | 'files'>): string =>
  `${points.length} points. Page: ${files.page}\nJSON: ${files.json}`

function addOne(
  study: Command,
  name: string,
  description: string,
  run: (options: StudyOptions) => Promise<SweepResult<unknown>>
): Command {
  return study
    .command(name)
    .description(description)
    .requiredOption('--model <id|folder>', 'the model')
    .requiredOption('--out <folder>', 'of the result; finished points in it are not measured again')
    .option('--limit <n>', 'the first n edits that fit', number('limit', { min: 1, integer: true }))
    .option(
      '--sample <n>',
      'at most so many rows of each measured set (default: 200)',
      number('sample', { min: 1, integer: true })
    ) // prettier-ignore
    .option('--edits <file>', 'instead of the benchmark’s')
    .option('--accurate <file>', 'instead of the benchmark’s')
    .option('--locality <file>', 'instead of the benchmark’s')
    .option('--executor <name>', 'onnxruntime or tensorflow', oneOf('executor', EXECUTORS))
    .option('--json', 'one JSON document')
    .action((options: StudyOptions & CommonOptions) =>
      command(options, (door) => run({ ...options, ...hooksOf(door) }), readable)
    )
}

/** `1,2,4`: whole numbers from `min` on, each once. */
function numbers(name: string, min: number): (text: string) => number[] {
  return (text) => {
    const list = text.split(',').map(number(name, { min, integer: true }))
    if (new Set(list).size < list.length)
      throw new ErratumError('BadInput', `--${name} ${text}: a number is there twice.`, { field: name })
    return list
  }
}
