/** Blocks added to the weights of a model: W + A B for each layer's `mlp.c_fc`, in a copy of its folder. */
import { closeSync, constants, copyFileSync, openSync, readdirSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { BlockWeights } from '../../engine/models/language-model.ts'
import type { ModelFolder } from '../../engine/weights/model-folder.ts'
import { readTensor } from '../../engine/weights/safetensors.ts'

/** What belongs to a model folder; a read-me and the like tell of the model as it was. */
const MODEL_FILE =
  /^(.*config\.json|tokenizer\.json|special_tokens_map\.json|added_tokens\.json|vocab\.json|merges\.txt|model.*\.safetensors(\.index\.json)?)$/

export interface MergedBlock {
  readonly weights: BlockWeights
  readonly loraLayers: readonly number[]
}

/**
 * Copies configuration, tokenizer and weights into `out`, then adds the blocks in place: names, shards and whatever else
 * stands in the files stay as they are.
 */
export function writeMergedWeights(folder: ModelFolder, blocks: readonly MergedBlock[], out: string): void {
  const names = readdirSync(folder.path).filter((name) => MODEL_FILE.test(name))
  for (const name of names) copyFileSync(join(folder.path, name), join(out, name), constants.COPYFILE_FICLONE)
  const layers = [...new Set(blocks.flatMap(({ loraLayers }) => loraLayers))]
  for (const layer of layers) {
    const location = folder.tensor(`h.${layer}.mlp.c_fc.weight`)
    const data = readTensor(location).data as Float32Array // [D, 4 D]
    for (const { weights, loraLayers } of blocks) {
      const i = loraLayers.indexOf(layer)
      if (i >= 0) addProduct(data, weights.a[i], weights.b[i], weights.rank)
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const handle = openSync(join(out, basename(location.file)), 'r+')
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(handle, bytes, done, bytes.length - done, location.offset + done)
    } finally {
      closeSync(handle)
    }
  }
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
