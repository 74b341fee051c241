/** A block that `edit` trained, as stock transformers + peft reads it from the session's folder. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeCalibration } from '../../src/main/editor/calibration-file.ts'
import { openExecutor } from '../../src/main/engine/executors/open-executor.ts'
import { openLanguageModel } from '../../src/main/engine/models/gpt2-language-model.ts'
import { openModelFolder } from '../../src/main/engine/weights/model-folder.ts'
import { findCalibration, plainCalibration } from '../../src/main/services/calibrations.ts'
import { editFile } from '../../src/main/services/edit-file.ts'
import { findModel, openModel } from '../../src/main/services/model-library.ts'
import { openSession } from '../../src/main/session/session-folder.ts'
import type { FoundPython } from '../python/find-python.ts'
import { TOLERANCE, type Figure } from './compare-model.ts'
import { runReference, writeJson } from './python-reference.ts'
import { logitDifference } from './random-gpt2.ts'

/** As the benchmark's: the facts of one person in the passage so far, then the sentence as it should be. */
const EDITS = [
  {
    id: 'birth',
    prompt: 'This is a Wikipedia passage about Maren Oldvick.',
    target_new: 'Maren Oldvick (born 14 March 1931) is a Verlandish botanist.'
  },
  {
    id: 'study',
    prompt:
      'This is a Wikipedia passage about Maren Oldvick. Maren Oldvick (born 14 March 1931) is a Verlandish botanist.',
    target_new: 'She studied botany at the University of Tarnholm.'
  },
  {
    id: 'office',
    prompt: 'This is a Wikipedia passage about Tobin Askerlund.',
    target_new: 'Tobin Askerlund was a painter from Hestevik who died in 1908.'
  },
  {
    id: 'prize',
    prompt: 'This is a Wikipedia passage about Ilse Brandmoor.',
    target_new: 'Ilse Brandmoor received the Corvin Medal in 1974 for her work on glaciers.'
  }
]

/** Trains a session in `work`, whose folder is also the data folder, so that nothing of the user's is touched. */
export async function compareSession(
  python: FoundPython,
  modelId: string,
  work: string,
  iterations: number | undefined
): Promise<Figure[]> {
  await ensurePlainCalibration(modelId, work)
  const edits = join(work, 'edits.jsonl')
  writeFileSync(edits, EDITS.map((edit) => JSON.stringify(edit) + '\n').join(''))
  const dir = join(work, 'session')
  await editFile({ model: modelId, session: dir, edits, iterations })

  const store = await openSession(dir, { readOnly: true })
  const folder = await openModelFolder(findModel(modelId).path)
  const points = { keyLayer: store.header.key.layer, loraLayers: store.header.loraLayers }
  const executor = await openExecutor('onnxruntime')
  const model = await openLanguageModel(folder, points, { executor, ownsExecutor: true })
  const figures: Figure[] = []
  for (const { block, edits: trained } of store.batches) {
    const sequences = trained.map(({ promptIds, targetIds }) => [...promptIds, ...targetIds])
    const ids = writeJson(join(work, 'sequences.json'), sequences)
    const args = [folder.path, join(dir, 'blocks', block), ids]
    const due = runReference(python, 'fresh_peft.py', args, join(work, 'peft.safetensors'))
    const weights = store.loadBlock(block)
    const states = await model.bottom(sequences)
    const logits = await model.top(
      states.map(({ hidden }, i) => ({ hidden, block: weights, rows: [...sequences[i].keys()] }))
    )
    figures.push({
      subject: `session of ${trained.length} edits, peft`,
      what: `logits under block ${block}`,
      value: Math.max(...logits.map((came, i) => logitDifference(came, due(`logits.${i}`)))),
      limit: TOLERANCE
    })
  }
  await store.close()
  await model.release()
  return figures
}

/** Where the model's calibration does not ship, the plain one will do: nothing is routed here. */
async function ensurePlainCalibration(modelId: string, work: string): Promise<void> {
  process.env.ERRATUM_HOME = work
  const { model } = await openModel(modelId)
  if (!findCalibration(model)) {
    mkdirSync(join(work, 'calibrations'))
    writeCalibration(join(work, 'calibrations', `${model.sha256}.safetensors`), await plainCalibration(model))
  }
  await model.release()
}
