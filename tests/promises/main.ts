/**
 * `npm run promises [sequences] [from]`: 500 sequences from number 1 unless said otherwise. Each depends on its number alone,
 * so a run that was stopped goes on with `from`.
 */
import { promiseRun, STEPS } from './run.ts'

const [sequences = '500', from = '1'] = process.argv.slice(2)
const report = await promiseRun({ sequences: Number(sequences), from: Number(from) }, (line) => console.log(line))
const { told, lies } = report
for (const lie of lies) console.log(`! ${lie}`)
console.log(`\n${STEPS.map((step) => `${step} ${report.steps[step]}`).join(', ')}`)
console.log(
  `${told.passages} times a passage was told of (${told.held} sentences held, ${told.broken} broken, ${told.changed} changed unasked), ` +
    `${told.edits} times an edit of a file (${told.brokenEdits} broken)`
)
console.log(`${report.sequences} sequences from number ${from}: ${lies.length} lies.`)
process.exit(lies.length === 0 ? 0 : 1)
