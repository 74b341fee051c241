/** Erratum's side: the graphs of the product, on one executor in its compute worker. */
import type { CompiledGraph, Executor, Tensors } from '../../src/main/engine/executors/executor.ts'
import { openExecutor, type ExecutorName } from '../../src/main/engine/executors/open-executor.ts'
import { input } from '../../src/main/engine/graph/operators/sources.ts'
import { matmul } from '../../src/main/engine/graph/operators/products.ts'
import { traceGraph } from '../../src/main/engine/graph/trace.ts'
import { blocksOfSamples } from '../../src/main/engine/models/batching.ts'
import { openLanguageModel } from '../../src/main/engine/models/gpt2-language-model.ts'
import { trainingBatches } from '../../src/main/engine/models/gpt2-trainer.ts'
import { trainGraph } from '../../src/main/engine/models/gpt2.ts'
import type { BlockTrainer, BlockWeights, LanguageModel } from '../../src/main/engine/models/language-model.ts'
import type { Tensor } from '../../src/main/engine/tensor.ts'
import { readSafetensorsHeader, readTensor } from '../../src/main/engine/weights/safetensors.ts'
import {
  MATMULS,
  MATRIX,
  MOST_SAMPLES,
  PROMPT,
  TOKENS,
  type Contender,
  type Measured,
  type Subject,
  type Work
} from './work.ts'

export class ErratumContender implements Contender {
  readonly name: string
  private readonly subject: Subject
  private readonly executor: Executor
  private readonly model: LanguageModel
  private readonly inputs: (name: string) => Float32Array
  private readonly trainers = new Map<number, BlockTrainer>()
  private perSample: { graph: CompiledGraph; batch: Tensors } | null = null
  private product: CompiledGraph | null = null

  private constructor(subject: Subject, executor: Executor, model: LanguageModel) {
    this.name = executor.name
    this.subject = subject
    this.executor = executor
    this.model = model
    const { tensors } = readSafetensorsHeader(subject.inputs)
    this.inputs = (name) => readTensor(tensors.get(name)!).data as Float32Array
  }

  static async open(subject: Subject, name: ExecutorName): Promise<ErratumContender> {
    const executor = await openExecutor(name)
    const model = await openLanguageModel(subject.folder, subject.points, { executor, ownsExecutor: true })
    return new ErratumContender(subject, executor, model)
  }

  measure(work: Work, withValues: boolean): Promise<Measured> {
    switch (work.kind) {
      case 'forward':
        return this.forward(work.rows, withValues)
      case 'step':
        return work.blocks === 'shared' ? this.sharedStep(work.samples) : this.perSampleStep(work.samples)
      case 'decode':
        return this.decode(work.tokens)
      case 'matmul':
        return this.matmul()
    }
  }

  async release(): Promise<void> {
    for (const trainer of this.trainers.values()) trainer.release()
    await this.model.release()
  }

  private async forward(rows: 'last' | 'all', withValues: boolean): Promise<Measured> {
    const ids = [...this.inputs('ids')]
    const wanted = rows === 'last' ? [TOKENS - 1] : [...ids.keys()]
    const started = performance.now()
    const [{ hidden }] = await this.model.bottom([ids])
    const [logits] = await this.model.top([{ hidden, block: null, rows: wanted }])
    const milliseconds = performance.now() - started
    return { milliseconds, values: withValues ? [...logits.slice(-this.model.config.vocabulary)] : [] }
  }

  private async sharedStep(samples: number): Promise<Measured> {
    let trainer = this.trainers.get(samples)
    if (!trainer) {
      trainer = await this.model.trainer(this.samples(samples), this.subject.rank)
      this.trainers.set(samples, trainer)
    }
    const block = this.block(0)
    const started = performance.now()
    const { loss } = await trainer.step(block)
    return { milliseconds: performance.now() - started, values: [loss] }
  }

  private async perSampleStep(samples: number): Promise<Measured> {
    const { config, points } = this.model
    if (!this.perSample) {
      const graph = await this.executor.compile(trainGraph(this.subject.folder, points, 'perSample'))
      const budget = { tokens: Infinity, rows: Infinity }
      const [batch] = trainingBatches(config, this.samples(samples), graph.rowMultiple, budget)
      this.perSample = { graph, batch }
    }
    const { graph, batch } = this.perSample
    const blocks = Array.from({ length: samples }, (_, sample) => this.block(sample))
    const started = performance.now()
    const { loss } = await graph.run({ ...batch, ...blocksOfSamples(blocks, config, points) })
    return { milliseconds: performance.now() - started, values: [loss.data[0]] }
  }

  private async decode(tokens: number): Promise<Measured> {
    const decoder = this.model.decoder()
    await decoder.append([...this.inputs('ids').slice(0, PROMPT)])
    let next = argmax(await decoder.logits(null))
    const ids: number[] = []
    const started = performance.now()
    while (ids.length < tokens) {
      ids.push(next)
      await decoder.append([next])
      next = argmax(await decoder.logits(null))
    }
    const milliseconds = performance.now() - started
    decoder.release()
    return { milliseconds, values: ids }
  }

  private async matmul(): Promise<Measured> {
    if (!this.product) {
      const b = input('b', [MATRIX, MATRIX])
      let x = input('a', ['M', MATRIX])
      for (let i = 0; i < MATMULS; i++) x = matmul(x, b)
      this.product = await this.executor.compile(traceGraph({ x }))
    }
    const square = (value: number): Tensor => ({
      dtype: 'float32',
      shape: [MATRIX, MATRIX],
      data: new Float32Array(MATRIX * MATRIX).fill(value)
    })
    const [a, b] = [square(1), square(1 / MATRIX)]
    const started = performance.now()
    await this.product.run({ a, b })
    return { milliseconds: performance.now() - started, values: [] }
  }

  private samples(count: number): Parameters<LanguageModel['trainer']>[0] {
    const size = TOKENS * this.model.config.width
    const hidden = this.inputs('hidden')
    const ids = this.inputs('targets')
    return Array.from({ length: count }, (_, sample) => ({
      hidden: hidden.slice(sample * size, (sample + 1) * size),
      targets: Array.from({ length: TOKENS }, (_, row) => ({ row, id: ids[sample * TOKENS + row] }))
    }))
  }

  private block(sample: number): BlockWeights {
    const part = (name: 'a' | 'b'): Float32Array[] =>
      this.subject.points.loraLayers.map((_, i) => {
        const all = this.inputs(`${name}.${i}`)
        const size = all.length / MOST_SAMPLES
        return all.slice(sample * size, (sample + 1) * size)
      })
    return { rank: this.subject.rank, a: part('a'), b: part('b') }
  }
}

function argmax(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i
  return best
}
