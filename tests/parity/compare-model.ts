/** One model on one executor against what transformers and PyTorch give for it. */
import { join } from 'node:path'
import type { Executor } from '../../src/main/engine/executors/executor.ts'
import { blocksOfSamples, floats } from '../../src/main/engine/models/batching.ts'
import { openLanguageModel, type ModelSource } from '../../src/main/engine/models/gpt2-language-model.ts'
import { trainingBatches } from '../../src/main/engine/models/gpt2-trainer.ts'
import { trainGraph } from '../../src/main/engine/models/gpt2.ts'
import type {
  BlockWeights,
  EditPoints,
  LanguageModel,
  TrainSample
} from '../../src/main/engine/models/language-model.ts'
import { writeSafetensors } from '../../src/main/engine/weights/safetensors.ts'
import type { FoundPython } from '../python/find-python.ts'
import { runReference, writeJson, type Reference } from './python-reference.ts'
import { argmax, gradientDifference, logitDifference, Stream } from './random-gpt2.ts'

export const TOLERANCE = 1e-4

export interface Figure {
  readonly subject: string
  readonly what: string
  /** a difference, or the share of tokens that are other ones */
  readonly value: number
  readonly limit: number
}

export interface Case {
  readonly title: string
  /** a Hugging Face folder of the same weights as `source` */
  readonly folder: string
  readonly source: ModelSource
  readonly points: EditPoints
  /** of different lengths, the first the longest */
  readonly sequences: readonly (readonly number[])[]
  /** one for each sequence */
  readonly blocks: readonly BlockWeights[]
  readonly greedy: { readonly prompt: readonly number[]; readonly count: number }
}

/** A block whose effect on the logits is of the size of a trained one's. */
export function smallBlock(width: number, layers: number, rank: number, seed: number): BlockWeights {
  const stream = new Stream(seed)
  const parts = Array.from({ length: layers }, () => ({
    a: stream.floats(width * rank, 1 / Math.sqrt(width)),
    b: stream.floats(rank * 4 * width, 1)
  }))
  return { rank, a: parts.map(({ a }) => a), b: parts.map(({ b }) => b) }
}

/** Every second half of a text is what is trained. */
const targetsOf = (ids: readonly number[]): { row: number; id: number }[] =>
  ids.flatMap((_, row) => (row >= ids.length >> 1 && row < ids.length - 1 ? [{ row, id: ids[row + 1] }] : []))

/** Makes the references in `work`, anew. */
export function referenceOf(python: FoundPython, one: Case, work: string): Reference {
  const { folder, points, sequences, blocks, greedy, source } = one
  const [{ rank }] = blocks
  const { width } = source.config
  const stacked = (parts: readonly Float32Array[]): Float32Array =>
    Float32Array.from(parts.flatMap((part) => [...part]))
  const tensors = Object.fromEntries(
    points.loraLayers.flatMap((_, i) => [
      [`a.${i}`, floats(stacked(blocks.map(({ a }) => a[i])), blocks.length, width, rank)],
      [`b.${i}`, floats(stacked(blocks.map(({ b }) => b[i])), blocks.length, rank, 4 * width)]
    ])
  )
  const blockFile = join(work, 'blocks.safetensors')
  writeSafetensors(blockFile, tensors)
  const targets = sequences.flatMap((ids, sample) => targetsOf(ids).map(({ row, id }) => [sample, row, id]))
  const request = writeJson(join(work, 'request.json'), { sequences, targets, greedy, ...points })
  return runReference(python, 'fresh_reference.py', [folder, request, blockFile], join(work, 'reference.safetensors'))
}

export async function compareModel(one: Case, due: Reference, executor: Executor): Promise<Figure[]> {
  const { title, source, points, sequences, blocks, greedy } = one
  const figures: Figure[] = []
  const tell = (what: string, value: number, limit = TOLERANCE): void => {
    figures.push({ subject: `${title}, ${executor.name}`, what, value, limit })
  }
  const worst = (differences: readonly number[]): number => Math.max(...differences)

  const model = await openLanguageModel(source, points, { executor })
  const ends = sequences.map(({ length }) => length - 1)
  const bottom = await model.bottom(sequences, ends)
  const hidden = bottom.map((result) => result.hidden)
  tell('hidden state at the split', worst(hidden.map((came, i) => logitDifference(came, due(`hidden.${i}`)))))
  tell('key module', worst(bottom.map((came, i) => logitDifference(came.keyModule ?? [], due(`keyModule.${i}`)))))

  const requests = hidden.map((state, i) => ({ hidden: state, block: null, rows: [...sequences[i].keys()] }))
  const batched = await model.top(requests)
  const single: Float32Array[] = []
  for (const request of requests) single.push(...(await model.top([request])))
  for (const [how, logits] of [
    ['in a padded batch', batched],
    ['one by one', single]
  ] as const)
    tell(`logits, ${how}`, worst(logits.map((came, i) => logitDifference(came, due(`logits.${i}`)))))

  const own = await model.top(hidden.map((state, i) => ({ hidden: state, block: blocks[i], rows: [ends[i]] })))
  tell('logits under blocks of their own', worst(own.map((came, i) => logitDifference(came, due(`own.logits.${i}`)))))

  const samples = hidden.map((state, i): TrainSample => ({ hidden: state, targets: targetsOf(sequences[i]) }))
  const gradient = (came: (part: 'a' | 'b', i: number) => ArrayLike<number>, kind: 'own' | 'shared'): number =>
    worst(
      (['a', 'b'] as const).flatMap((part) =>
        points.loraLayers.map((_, i) => gradientDifference(came(part, i), due(`${kind}.${part}.${i}`)))
      )
    )
  const trainer = await model.trainer(samples, blocks[0].rank)
  const shared = await trainer.step(blocks[0])
  trainer.release()
  tell('loss, one block', Math.abs(shared.loss - due('shared.loss')[0]))
  tell(
    'gradients, one block',
    gradient((part, i) => shared.gradient[part][i], 'shared')
  )

  // Samples of a batch stand by length; the sequences already do.
  const graph = await executor.compile(trainGraph(source, points, 'perSample'))
  const [batch] = trainingBatches(source.config, samples, graph.rowMultiple, { tokens: Infinity, rows: Infinity })
  const outputs = await graph.run({ ...batch, ...blocksOfSamples(blocks, source.config, points) })
  await graph.release()
  tell('loss, blocks of their own', Math.abs(outputs.loss.data[0] - due('own.loss')[0]))
  tell(
    'gradients, blocks of their own',
    gradient((part, i) => outputs[`grad.${part}.${i}`].data, 'own')
  )

  const written = await write(model, greedy.prompt, greedy.count)
  const expected = due('greedy')
  tell(
    `other tokens of ${greedy.count}, greedily`,
    written.filter((id, i) => id !== expected[i]).length / greedy.count,
    0
  )
  await model.release()
  return figures
}

async function write(model: LanguageModel, prompt: readonly number[], count: number): Promise<number[]> {
  const decoder = model.decoder()
  await decoder.append(prompt)
  const ids: number[] = []
  while (ids.length < count) {
    ids.push(argmax(await decoder.logits(null)))
    await decoder.append(ids.slice(-1))
  }
  decoder.release()
  return ids
}
