/** PyTorch's side: torch_peer.py in a process of its own, one request after the other. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { FoundPython } from '../python/find-python.ts'
import { MATMULS, MATRIX, PROMPT, type Contender, type Measured, type Subject, type Work } from './work.ts'

export interface TorchSetting {
  readonly threads: number
  readonly layout: 'stored' | 'transposed'
}

export class TorchContender implements Contender {
  readonly name: string
  private readonly process: ChildProcess
  private readonly answers: AsyncIterator<string>
  private readonly lines: Interface

  constructor(python: FoundPython, { folder, inputs, points }: Subject) {
    const { layers, heads, width, layerNormEpsilon } = folder.config
    const subject = {
      ...{ layers, heads, width, epsilon: layerNormEpsilon, ...points },
      ...{ prompt: PROMPT, matrix: MATRIX, matmuls: MATMULS }
    }
    this.name = `PyTorch ${/torch (\S+?)(?:,|$)/.exec(python.versions)?.[1] ?? ''}`
    const model = folder.tensor('wte.weight').file
    const script = join(import.meta.dirname, 'torch_peer.py')
    this.process = spawn(python.command, [script, model, inputs, JSON.stringify(subject)], {
      stdio: ['pipe', 'pipe', 'inherit']
    })
    this.lines = createInterface({ input: this.process.stdout! })
    this.answers = this.lines[Symbol.asyncIterator]()
  }

  /** Tries every setting on the work; the fastest is used from then on. */
  async tune(work: Work): Promise<TorchSetting> {
    return (await this.ask({ tune: work })) as TorchSetting
  }

  async measure(work: Work, withValues: boolean): Promise<Measured> {
    return (await this.ask({ measure: work, withValues })) as Measured
  }

  async release(): Promise<void> {
    const ended = once(this.process, 'exit')
    this.process.stdin!.end()
    await ended
  }

  private async ask(request: object): Promise<unknown> {
    this.process.stdin!.write(JSON.stringify(request) + '\n')
    const answer = await this.answers.next()
    if (answer.done) throw new Error('The Python process of the benchmark ended; its reason stands above.')
    return JSON.parse(answer.value) as unknown
  }
}
