/** `npm run crash [kills] [seed]`: the whole harness, 200 kills unless said otherwise. */
import { ACTIONS, crashRun } from './run.ts'

const [kills = '200', seed = '1'] = process.argv.slice(2)
const report = await crashRun({ kills: Number(kills), seed: Number(seed) }, (line) => console.log(line))
console.log('\naction     kills  acknowledged  kept whole  absent')
for (const action of ACTIONS) {
  const { kills: n, acknowledged, kept, absent } = report.actions[action]
  const columns = [String(n).padStart(5), String(acknowledged).padStart(12), String(kept).padStart(10)]
  console.log(`${action.padEnd(9)}  ${columns.join('  ')}  ${String(absent).padStart(6)}`)
}
for (const problem of report.problems) console.log(`! ${problem}`)
console.log(
  `\n${report.held} of ${report.kills} kills held; ${report.acknowledged} actions acknowledged, ${report.problems.length} kills lost something (seed ${report.seed}).`
)
process.exit(report.problems.length === 0 ? 0 : 1)
