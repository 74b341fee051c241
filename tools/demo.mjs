// The main job in one go, on the embedded model: a biography is written, its wrong sentences are corrected, the model is
// edited, and writes the biography anew. Everything goes through the command line, as a person would use it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const model = 'fictional-biographies'

function erratum(...args) {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'bin', 'erratum.mjs'), ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28
  })
  if (status !== 0) {
    console.error(stdout)
    process.exit(status ?? 1)
  }
  return JSON.parse(stdout)
}

const passages = readFileSync(join(root, 'resources/benchmarks', model, 'passages.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const passage =
  passages.find((p) => p.sentences.filter((s) => s.correction).length >= 3 && p.sentences.length <= 7) ?? passages[0]
const folder = mkdtempSync(join(tmpdir(), 'erratum-demo-'))
const [file, session] = [join(folder, 'passage.jsonl'), join(folder, 'session')]
writeFileSync(file, JSON.stringify(passage) + '\n')

console.log(`\nPrompt: ${passage.prompt}\n\nThe model writes:`)
const before = erratum('generate', '--model', model, '--prompt', passage.prompt)
console.log(before.text.trim())

console.log('\nWhat is wrong in it, and what is right:')
for (const { text, label, correction } of passage.sentences)
  if (correction) console.log(`  - ${text}  (${label.split('_')[0]})\n  + ${correction}`)

console.log('\nTraining ...')
const edited = erratum('edit', '--model', model, '--session', session, '--passages', file)
console.log(
  `${edited.edits} sentences trained in ${edited.batches} blocks and ${edited.seconds.total.toFixed(1)} s; ` +
    `their perplexity: ${edited.perplexity.before.toFixed(1)} -> ${edited.perplexity.after.toFixed(2)}`
)

console.log('\nThe edited model writes, from the same prompt alone:')
const after = erratum(
  'generate',
  '--model',
  model,
  '--prompt',
  passage.prompt,
  '--session',
  session,
  '--sentences',
  String(passage.sentences.length)
)
console.log(after.text.trim())
const approved = passage.sentences.map((s) => s.correction ?? s.text).join(' ')
console.log(
  after.text.trim() === approved
    ? '\nThis is the approved text, to the letter.'
    : '\nThis is not yet the approved text.'
)
console.log(`\nThe session is in ${session}; \`npm start\` opens the window.\n`)
process.exit(after.text.trim() === approved ? 0 : 1)
