import type { Command } from 'commander'
import { generate } from '../services/generate.ts'
import type { GenerateRequest } from '../services/generate.ts'
import { EXECUTORS } from '../services/model-library.ts'
import { command, number, oneOf } from './door.ts'
import type { CommonOptions } from './door.ts'

type GenerateOptions = CommonOptions & Omit<GenerateRequest, 'signal' | 'onToken'>

export function addGenerate(program: Command): void {
  program
    .command('generate')
    .description('Writes on from a prompt; with a session, as the edited model writes.')
    .option('--model <id|folder>', 'the model (default: that of the session, or the embedded one)')
    .requiredOption('--prompt <text>', 'the text to go on from, taken as it is')
    .option('--session <folder>', 'write under the edits of this session')
    .option('--max-new-tokens <n>', 'at most so many tokens', number('max-new-tokens', { min: 1, integer: true }))
    .option('--sentences <n>', 'stop after so many sentences', number('sentences', { min: 1, integer: true }))
    .option('--temperature <x>', 'sample at this temperature (default: greedy)', number('temperature', { min: 0 }))
    .option('--top-k <k>', 'sample among the k likeliest', number('top-k', { min: 1, integer: true }))
    .option('--top-p <p>', 'sample among the likeliest that make up p', number('top-p', { min: 0, max: 1 }))
    .option('--seed <s>', 'of the sampling', number('seed', { min: 0, integer: true }))
    .option('--executor <name>', 'onnxruntime or tensorflow', oneOf('executor', EXECUTORS))
    .option('--json', 'one JSON document')
    .action((options: GenerateOptions) =>
      command(
        options,
        (door) => generate({ ...options, signal: door.signal }),
        (written) => {
          const fired = written.routes.filter((r) => r.block !== null)
          const told = fired.map(
            (r) =>
              `  from token ${r.position}: block ${r.block ?? ''} of edit ${r.editId ?? ''}, distance ${r.distance?.toFixed(3) ?? ''} within ${r.reach?.toFixed(3) ?? ''}`
          )
          return [written.text.trimStart(), ...(told.length > 0 ? ['', 'Blocks that fired:', ...told] : [])].join('\n')
        }
      )
    )
}
