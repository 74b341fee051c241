// A model of a single layer: its keys come from the embeddings, and it is edited like any other.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { uncalibrated } from '../../src/main/editor/calibration.ts'
import { defaultEditPoints, defaultSettings } from '../../src/main/editor/edit-settings.ts'
import { OnnxRuntimeExecutor } from '../../src/main/engine/executors/onnxruntime-executor.ts'
import { openLanguageModel } from '../../src/main/engine/models/gpt2-language-model.ts'
import type { LanguageModel } from '../../src/main/engine/models/language-model.ts'
import { openModelFolder } from '../../src/main/engine/weights/model-folder.ts'
import { EditSession } from '../../src/main/services/edit-session.ts'
import { createSession } from '../../src/main/session/session-folder.ts'
import { tinyConfig, tinyWeights, writeTinyFolder } from '../engine/weights/tiny-folder.ts'
import { logitDifference } from '../parity/random-gpt2.ts'
import { HEADER } from '../session/sample-session.ts'

const SIZE = { n_layer: 1, n_head: 2, n_embd: 24, n_positions: 96 }
let root: string
let model: LanguageModel
let path: string
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'erratum-one-'))
  path = writeTinyFolder(join(root, 'one'), { config: tinyConfig(SIZE), weights: tinyWeights(SIZE, 3, 0.9) })
  const folder = await openModelFolder(path)
  const executor = new OnnxRuntimeExecutor({ executor: 'onnxruntime', threads: 1 })
  model = await openLanguageModel(folder, defaultEditPoints(folder.config), { executor, ownsExecutor: true })
})
afterAll(async () => {
  await model.release()
  rmSync(root, { recursive: true, force: true })
})

it('grows token by token as it reads in one go, and the paper’s key is the layer’s own', async () => {
  const { ids } = model.tokenizer.encode('The river runs from the north.')
  const [{ hidden, keyModule }] = await model.bottom([ids], [ids.length - 1])
  expect(keyModule).toHaveLength(4 * SIZE.n_embd)
  const [whole] = await model.top([{ hidden, block: null, rows: [ids.length - 1] }])
  const decoder = model.decoder()
  let last = new Float32Array(0)
  for (const id of ids) {
    await decoder.append([id])
    last = Float32Array.from(await decoder.logits(null))
  }
  expect(logitDifference(last, whole)).toBeLessThan(1e-4)
})

it('writes what it was taught, and nothing else', async () => {
  const { keyLayer, loraLayers } = model.points
  const plain = uncalibrated(model.sha256, keyLayer, { deployment: 1, paper: 1 })
  const near = { reach: 0.05, noise: 1e-5, radius: 0.05 }
  const calibration = { ...plain, deployment: { ...plain.deployment, ...near, key: { ...plain.deployment.key, parts: ['mean', 'last'] as const } }, paper: { ...plain.paper, ...near } } // prettier-ignore
  const header = {
    ...HEADER,
    model: { id: 'one', path, sha256: model.sha256 },
    key: { ...HEADER.key, layer: keyLayer, parts: ['mean', 'last'] as const, whitened: false },
    loraLayers: [...loraLayers],
    ...near
  }
  const { layers, width, vocabulary } = model.config
  const summary = {
    id: 'one',
    path,
    parameters: 0,
    layers,
    width,
    vocabulary,
    keyLayer,
    loraLayers: [...loraLayers],
    notices: []
  }
  const store = await createSession(join(root, 's'), { ...header, key: { ...header.key, parts: ['mean', 'last'] } })
  const session = new EditSession({ model, summary }, store, calibration, { ...defaultSettings(model.config), rank: 8 })
  const target = 'It was 4.'
  const before = await session.write('About number 3.', {}, { maxNewTokens: 12 })
  const { exact } = await session.trainBatch([{ id: 'a', prompt: 'About number 2.', target }])
  expect(exact).toBe(true)
  const { tokens, routes } = await session.write('About number 2.', {}, { maxNewTokens: session.sample({ id: 'a', prompt: 'About number 2.', target }).targetIds.length }) // prettier-ignore
  expect(tokens.map(({ id }) => id)).toEqual(session.sample({ id: 'a', prompt: 'About number 2.', target }).targetIds)
  expect(routes[0].editId).toBe('a')
  expect((await session.write('About number 3.', {}, { maxNewTokens: 12 })).text).toBe(before.text)
  await session.store.close()
})
