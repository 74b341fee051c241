import type { Command } from 'commander'
import { join } from 'node:path'
import { serve } from '../engine-process/serve.ts'
import { EMBEDDED_MODEL } from '../services/model-library.ts'
import { homeFolder } from '../services/places.ts'
import { command, number } from './door.ts'
import type { CommonOptions } from './door.ts'

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('The window in a browser, over loopback only.')
    .option('--model <id|folder>', 'the model', EMBEDDED_MODEL)
    .option('--session <folder>', 'the session (default: one in the data folder)')
    .option('--port <n>', 'the port (default: a free one)', number('port', { min: 0, max: 65535, integer: true }))
    .option('--json', 'one JSON document')
    .action((options: CommonOptions & { model: string; session?: string; port?: number }) =>
      command(
        options,
        async (door) => {
          const served = await serve({
            model: options.model,
            sessionDir: options.session ?? join(homeFolder(), 'sessions', 'default'),
            isNamed: options.session !== undefined,
            port: options.port ?? 0
          })
          // The address is known before the command ends, so it goes to stderr.
          door.note(served.url)
          await new Promise<void>((resolve) => door.signal.addEventListener('abort', () => resolve(), { once: true }))
          await served.close()
          return { url: served.url }
        },
        () => 'Closed.'
      )
    )
}
