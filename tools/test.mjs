// `npm test`: types, style, build, unit and property tests, then the window in a real browser; one closing line for all.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const results = 'test-results'
rmSync(results, { recursive: true, force: true })
mkdirSync(results)
const [unit, window] = [join(results, 'unit.json'), join(results, 'e2e.json')]

const steps = [
  { name: 'types', run: ['npm', 'run', '-s', 'typecheck'] },
  { name: 'style and imports', run: ['npm', 'run', '-s', 'lint'] },
  { name: 'build', run: ['npm', 'run', '-s', 'build'] },
  {
    name: 'unit and property tests',
    run: ['npx', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${unit}`]
  },
  { name: 'window', run: ['node', 'tests/e2e/run.mjs'] }
]

let broken = 0
for (const { name, run } of steps) {
  console.log(`\n== ${name}`)
  const started = Date.now()
  const { status } = spawnSync(run[0], run.slice(1), {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, ERRATUM_E2E_RESULT: window }
  })
  console.log(`== ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - started) / 1000)} s`)
  if (status !== 0) broken++
  // Without a build there is nothing that the later steps could try.
  if (status !== 0 && name === 'build') break
}

const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null)
const [vitest, e2e] = [read(unit), read(window)]
const passed = (vitest?.numPassedTests ?? 0) + (e2e?.passed ?? 0)
const failedTests = (vitest?.numFailedTests ?? 0) + (e2e?.failed ?? 0)
const skipped = (vitest?.numPendingTests ?? 0) + (e2e?.skipped ?? 0)
// A step that failed without a failed test (types, style, a crash) counts as one failure.
const failed = Math.max(failedTests, broken)
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed === 0 ? 0 : 1)
