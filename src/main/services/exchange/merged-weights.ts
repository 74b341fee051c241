/** Blocks added to the weights of a model: W + A B for each layer's `mlp.c_fc`, in a copy of its folder. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BlockWeights } from '../../engine/models/language-model.ts'
import { textFiles, WEIGHT_INDEX } from '../../engine/weights/folder-files.ts'
import { unwrappedName } from '../../engine/weights/gpt2-layout.ts'
import type { ModelFolder } from '../../engine/weights/model-folder.ts'
import { copyRenamed, readTensor, writeAt } from '../../engine/weights/safetensors.ts'

export interface MergedBlock {
  readonly weights: BlockWeights
  readonly loraLayers: readonly number[]
}

/**
 * Copies configuration, tokenizer and weights into `out`, as files of their own whatever they were linked to, then adds
 * the blocks. Shards, tensors and metadata stay as they are; names lose what wrappers put into them, since transformers
 * would fill weights that it does not find with random values.
 * @throws ErratumError `BadFile` where the model changed meanwhile
 */
export function writeMergedWeights(folder: ModelFolder, blocks: readonly MergedBlock[], out: string): void {
  for (const name of textFiles(folder.path)) writeFileSync(join(out, name), readFileSync(join(folder.path, name)))
  /** by real path of the source: where it was copied to, and how much later its data begin there */
  const copies = new Map<string, { file: string; shift: number }>()
  for (const { name, file } of folder.weightFiles)
    copies.set(file, { file: join(out, name), shift: copyRenamed(file, join(out, name), unwrappedName) })
  if (!folder.weightFiles.some(({ name }) => name === 'model.safetensors')) writeIndex(folder, out)

  const layers = [...new Set(blocks.flatMap(({ loraLayers }) => loraLayers))]
  for (const layer of layers) {
    const location = folder.tensor(`h.${layer}.mlp.c_fc.weight`)
    const data = readTensor(location).data as Float32Array // [D, 4 D]
    for (const { weights, loraLayers } of blocks) {
      const i = loraLayers.indexOf(layer)
      if (i >= 0) addProduct(data, weights.a[i], weights.b[i], weights.rank)
    }
    const { file, shift } = copies.get(location.file)!
    const handle = openSync(file, 'r+')
    try {
      writeAt(handle, data, location.offset + shift)
    } finally {
      closeSync(handle)
    }
  }
  folder.checkUnchanged()
}

/** The index of the shards, under the names that their tensors have now. */
function writeIndex(folder: ModelFolder, out: string): void {
  const index = JSON.parse(readFileSync(join(folder.path, WEIGHT_INDEX), 'utf8')) as { weight_map: Record<string, string> } // prettier-ignore
  const renamed = Object.entries(index.weight_map).map(([name, file]): [string, string] => [unwrappedName(name), file])
  const text = JSON.stringify({ ...index, weight_map: Object.fromEntries(renamed) }, null, 2)
  writeFileSync(join(out, WEIGHT_INDEX), text + '\n')
}

/** weight [D, F] += a [D, p] b [p, F], each element summed in float64 */
function addProduct(weight: Float32Array, a: Float32Array, b: Float32Array, rank: number): void {
  const width = a.length / rank
  const inner = b.length / rank
  const row = new Float64Array(inner)
  for (let d = 0; d < width; d++) {
    row.fill(0)
    for (let p = 0; p < rank; p++) {
      const factor = a[d * rank + p]
      for (let f = 0; f < inner; f++) row[f] += factor * b[p * inner + f]
    }
    for (let f = 0; f < inner; f++) weight[d * inner + f] += row[f]
  }
}
