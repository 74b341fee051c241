/**
 * `npm run crash [kills] [seed]`: the whole harness, 200 kills unless said otherwise.
 * `npm run crash -- damage [flips] [seed]`: 60 flips in each kind of file, and the journal cut at every byte of its last record.
 */
import { damageRun, TARGETS } from './damage.ts'
import type { DamageCount } from './damage.ts'
import { ACTIONS, crashRun } from './run.ts'
import type { ActionCount } from './run.ts'

const [first, ...others] = process.argv.slice(2)
const say = (line: string): void => console.log(line)
const problems = first === 'damage' ? await damage(others) : await crash(process.argv.slice(2))
for (const problem of problems) say(`! ${problem}`)
process.exit(problems.length === 0 ? 0 : 1)

async function crash([kills = '200', seed = '1']: readonly string[]): Promise<string[]> {
  const report = await crashRun({ kills: Number(kills), seed: Number(seed) }, say)
  const columns = { kills: 'kills', acknowledged: 'acknowledged', kept: 'kept whole', absent: 'absent' } as const
  table<ActionCount>('action', ACTIONS, report.actions, columns)
  say(
    `\n${report.held} of ${report.kills} kills held; ${report.acknowledged} actions acknowledged, ${report.problems.length} kills lost something (seed ${report.seed}).`
  )
  return report.problems
}

async function damage([flips = '60', seed = '1']: readonly string[]): Promise<string[]> {
  const report = await damageRun({ flips: Number(flips), seed: Number(seed) }, say)
  table<DamageCount>('what', TARGETS, report.counts, {
    damages: 'damages',
    named: 'named',
    withoutEffect: 'without effect',
    reading: 'for reading only',
    held: 'all else whole'
  })
  const all = TARGETS.map((target) => report.counts[target])
  const sum = (of: (count: DamageCount) => number): number => all.reduce((total, count) => total + of(count), 0)
  say(`\n${sum((c) => c.held)} of ${sum((c) => c.damages)} damages held (seed ${report.seed}).`)
  return report.problems
}

function table<T extends Record<keyof T, number>>(
  name: string,
  rows: readonly string[],
  counts: Readonly<Record<string, T>>,
  columns: Readonly<Partial<Record<keyof T, string>>>
): void {
  const first = Math.max(name.length, ...rows.map((row) => row.length))
  const heads = Object.values<string>(columns as Record<string, string>)
  say(`\n${[name.padEnd(first), ...heads].join('  ')}`)
  for (const row of rows) {
    const figures = Object.keys(columns).map((key, i) => String(counts[row][key as keyof T]).padStart(heads[i].length))
    say([row.padEnd(first), ...figures].join('  '))
  }
}
