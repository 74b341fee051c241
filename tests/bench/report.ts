/** The figures as a person reads them. */
import type { Race } from './race.ts'
import type { BenchResult, Opening } from './main.ts'

export function readable({ machine, memory, subjects, notMeasured, routing, session }: BenchResult): string {
  const lines = [
    `${machine.cores} cores, ${machine.processor}, ${machine.gigabytes.toFixed(0)} GB; Node ${machine.node}`,
    `memory, all cores at once: ${memory.read.toFixed(1)} GB/s read, ${memory.copy.toFixed(1)} GB/s copied (read + written)`,
    ...notMeasured.map((reason) => `not measured: ${reason}`)
  ]
  for (const { title, size, openings, races } of subjects) {
    lines.push('', `${title} (${size})`)
    lines.push(...openings.map(openingLine))
    for (const race of races) lines.push(...raceLines(race, peaks(races), memory.read))
  }
  lines.push(
    '',
    ...routing.map(
      (r) =>
        `routing among ${r.keys} keys of ${r.width}: ${r.nearMicroseconds.toFixed(0)} µs where one fires, ` +
        `${r.farMicroseconds.toFixed(0)} µs where none does; index built in ${r.buildMilliseconds.toFixed(0)} ms`
    )
  )
  if (session) {
    const { opening, commitMilliseconds: commits } = session
    lines.push(
      `session of ${session.edits} edits in ${session.batches} batches (${session.megabytes.toFixed(0)} MB): opened in ` +
        `${(opening.storeMilliseconds + opening.indicesMilliseconds + opening.tablesCheckedMilliseconds).toFixed(0)} ms ` +
        `(journal and blocks checked ${opening.storeMilliseconds.toFixed(0)}, indices ${opening.indicesMilliseconds.toFixed(0)}, ` +
        `LanceDB checked ${opening.tablesCheckedMilliseconds.toFixed(0)}; written anew ${opening.tablesWrittenMilliseconds.toFixed(0)})`,
      `commit of a batch: ${commits.first.toFixed(1)} ms for the first ten, ${commits.last.toFixed(1)} ms for the last ten ` +
        `(ratio ${(commits.last / commits.first).toFixed(2)})`
    )
  }
  return lines.join('\n')
}

function openingLine({ contender, milliseconds }: Opening): string {
  const parts = Object.entries(milliseconds).map(([what, time]) => `${what} ${time.toFixed(0)} ms`)
  return `  ${contender}: ${parts.join(', ')}`
}

/** GFLOP/s of a plain product of large matrices, by contender. */
const peaks = (races: readonly Race[]): Map<string, number> =>
  new Map(races.find(({ kind }) => kind === 'matmul')?.lanes.map(({ contender, gflops }) => [contender, gflops]))

function raceLines(race: Race, peak: ReadonlyMap<string, number>, readRate: number): string[] {
  const { torchSetting: setting, gflop } = race
  const tuned = setting ? `; PyTorch: ${setting.threads} threads, weights ${setting.layout}` : ''
  const width = Math.max(...race.lanes.map(({ contender }) => contender.length))
  return [
    `  ${race.work} (${gflop.toPrecision(3)} GFLOP${tuned})`,
    ...race.lanes.map((lane) => {
      const time =
        lane.tokensPerSecond === null
          ? `${lane.milliseconds.toFixed(1)} ms`
          : `${lane.tokensPerSecond.toFixed(1)} tokens/s`
      const most = peak.get(lane.contender)
      const bound =
        lane.gigabytes === null
          ? `${lane.gflops.toFixed(0)} GFLOP/s` +
            (most === undefined || race.kind === 'matmul'
              ? ''
              : ` (${percent(lane.gflops / most)} of its plain product)`)
          : `${lane.gigabytes.toFixed(1)} GB/s (${percent(lane.gigabytes / readRate)} of memory)`
      const { speedup: ratio, difference } = lane
      const beside = ratio
        ? `${ratio.median.toFixed(2)}x PyTorch (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`
        : ''
      const agrees =
        difference === null
          ? ''
          : race.kind === 'decode'
            ? `${percent(1 - difference)} same tokens`
            : `differs ${difference.toExponential(1)}`
      return `    ${lane.contender.padEnd(width)}  ${time.padStart(15)}  ${bound.padEnd(44)} ${beside.padEnd(30)} ${agrees}`.trimEnd()
    })
  ]
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
