/** A GPT-2 of four layers and random weights in a temporary folder, with a tokenizer: opened in this thread. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultEditPoints } from '../../src/main/editor/edit-settings.ts'
import { OnnxRuntimeExecutor } from '../../src/main/engine/executors/onnxruntime-executor.ts'
import { openLanguageModel } from '../../src/main/engine/models/gpt2-language-model.ts'
import type { BlockWeights, LanguageModel } from '../../src/main/engine/models/language-model.ts'
import { openModelFolder } from '../../src/main/engine/weights/model-folder.ts'
import type { OpenedModel } from '../../src/main/services/model-library.ts'
import { tinyConfig, tinyWeights, writeTinyFolder } from '../engine/weights/tiny-folder.ts'
import { Stream } from '../parity/random-gpt2.ts'

const SIZE = { n_layer: 4, n_head: 2, n_embd: 24, n_positions: 96 }

export interface TinyGpt2 extends OpenedModel {
  folder: string
  remove(): Promise<void>
}

/** @param seed other weights for another seed; @param spread of the weights: wide ones make a model that says more */
export async function openTinyGpt2({ seed = 3, spread = 0.9, positions = SIZE.n_positions } = {}): Promise<TinyGpt2> {
  const root = mkdtempSync(join(tmpdir(), 'erratum-tiny-'))
  const size = { ...SIZE, n_positions: positions }
  const path = writeTinyFolder(join(root, 'tiny'), {
    config: tinyConfig(size),
    weights: tinyWeights(size, seed, spread)
  })
  const folder = await openModelFolder(path)
  const points = defaultEditPoints(folder.config)
  const executor = new OnnxRuntimeExecutor({ executor: 'onnxruntime', threads: 1 })
  const model = await openLanguageModel(folder, points, { executor, ownsExecutor: true })
  const { layers, width, vocabulary } = folder.config
  return {
    model,
    folder: path,
    summary: {
      id: 'tiny',
      path,
      parameters: folder.parameters,
      layers,
      width,
      vocabulary,
      keyLayer: points.keyLayer,
      loraLayers: [...points.loraLayers],
      notices: []
    },
    remove: async () => {
      await model.release()
      rmSync(root, { recursive: true, force: true })
    }
  }
}

export function randomBlockOf({ config, points }: LanguageModel, seed: number, rank = 2, scale = 1): BlockWeights {
  const stream = new Stream(seed)
  const layers = points.loraLayers.map(() => ({
    a: stream.floats(config.width * rank, scale),
    b: stream.floats(rank * 4 * config.width, scale)
  }))
  return { rank, a: layers.map(({ a }) => a), b: layers.map(({ b }) => b) }
}
