/** All contenders do the same work in turn (A B A B), so that what else the machine does hits them alike. */
import { boundsOf } from './bounds.ts'
import { median, speedup, type Ratio } from './statistics.ts'
import type { TorchSetting } from './torch-contender.ts'
import { TorchContender } from './torch-contender.ts'
import { titleOf, works, type Contender, type Subject, type Work } from './work.ts'

export interface Lane {
  readonly contender: string
  readonly milliseconds: number
  readonly min: number
  readonly max: number
  readonly gflops: number
  /** of the bytes that decoding must read; null elsewhere */
  readonly gigabytes: number | null
  readonly tokensPerSecond: number | null
  /** over PyTorch; null for itself and where it was not measured */
  readonly speedup: Ratio | null
  /** from PyTorch's values: logits, loss (relative), or the share of tokens that are other ones */
  readonly difference: number | null
}

export interface Race {
  readonly work: string
  readonly kind: Work['kind']
  /** of the work */
  readonly gflop: number
  readonly torchSetting: TorchSetting | null
  readonly lanes: readonly Lane[]
}

export async function race(
  subject: Subject,
  contenders: readonly Contender[],
  rounds: number,
  told: (line: string) => void
): Promise<Race[]> {
  const races: Race[] = []
  for (const work of works(subject)) {
    told(`${subject.title}: ${titleOf(work)}`)
    races.push(await raceOne(subject, work, contenders, rounds))
  }
  return races
}

async function raceOne(subject: Subject, work: Work, contenders: readonly Contender[], rounds: number): Promise<Race> {
  const torch = contenders.find((contender) => contender instanceof TorchContender) ?? null
  const torchSetting = torch ? await torch.tune(work) : null
  const times = contenders.map((): number[] => [])
  const values: (readonly number[])[] = []
  for (const contender of contenders) values.push((await contender.measure(work, true)).values) // and warms up
  for (let round = 0; round < rounds; round++)
    for (const [i, contender] of contenders.entries()) times[i].push(await turn(contender, work))

  const { flops, bytes } = boundsOf(work, subject)
  const base = torch ? contenders.indexOf(torch) : -1
  const lanes = contenders.map(({ name }, i): Lane => {
    const milliseconds = median(times[i])
    return {
      contender: name,
      milliseconds,
      min: Math.min(...times[i]),
      max: Math.max(...times[i]),
      gflops: flops / milliseconds / 1e6,
      gigabytes: bytes === null ? null : bytes / milliseconds / 1e6,
      tokensPerSecond: work.kind === 'decode' ? (1e3 * work.tokens) / milliseconds : null,
      speedup: base < 0 || i === base ? null : speedup(times[i], times[base]),
      difference: base < 0 || i === base ? null : difference(work, values[i], values[base])
    }
  })
  return { work: titleOf(work), kind: work.kind, gflop: flops / 1e9, torchSetting, lanes }
}

const RUNS_OF_A_TURN = 3

/** The median of a few runs, so that what the last contender left in the caches counts little. */
async function turn(contender: Contender, work: Work): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < RUNS_OF_A_TURN; run++) times.push((await contender.measure(work, false)).milliseconds)
  return median(times)
}

function difference(work: Work, came: readonly number[], due: readonly number[]): number | null {
  if (work.kind === 'matmul') return null
  if (work.kind === 'decode') return came.filter((id, i) => id !== due[i]).length / due.length
  let [most, largest] = [0, 1]
  for (const [i, value] of due.entries()) {
    most = Math.max(most, Math.abs(came[i] - value))
    largest = Math.max(largest, Math.abs(value))
  }
  return most / largest
}
