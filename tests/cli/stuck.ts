/** A command with a step that never ends and never looks at the signal. */
import { command } from '../../src/main/cli/door.ts'

const forever = setInterval(() => undefined, 1000)
await command(
  { json: process.argv.includes('--json') },
  (door) => {
    door.note('stuck')
    return new Promise<never>(() => undefined)
  },
  () => ''
)
clearInterval(forever)
