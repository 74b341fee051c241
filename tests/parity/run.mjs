// `npm run parity`: starts the comparison on the Node that this package pins, which reads TypeScript as it stands.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { nodeBinary } from '../../tools/node-binary.mjs'

const { status } = spawnSync(
  nodeBinary(join(import.meta.dirname, '..', '..')),
  ['--no-warnings', join(import.meta.dirname, 'main.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit' }
)
process.exit(status ?? 1)
