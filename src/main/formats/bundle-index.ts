/**
 * `index.safetensors` of a bundle: the records of a session's neuron index, for a router in another language.
 *
 * keys [n, d]; key_block, key_edit, key_record, key_order, key_live [n]; prompt_ids and says_ids as values, with
 * prompt_offsets and says_offsets [n + 1]; what makes a key of states, as in calibration.safetensors: key.centre [P D],
 * key.matrix [P D, d] and key.tokenWeights [vocabulary]; for clusters also centers [c, d], radii [c] and key_cluster [n].
 */
import { writeSafetensors } from '../engine/weights/safetensors.ts'

export const BUNDLE_INDEX = 'index.safetensors'

export interface BundleRecord {
  readonly key: Float32Array
  readonly promptIds: readonly number[]
  readonly says: readonly number[]
  /** numbers in the lists of blocks and edits of `melo.json` */
  readonly block: number
  readonly edit: number
  readonly record: number
  readonly order: number
  /** in `clusters` a record that is out of its own reach still stands for its cluster */
  readonly live: boolean
  /** number of its cluster; null: `scopes` */
  readonly cluster: number | null
}

export interface BundleCluster {
  readonly centre: Float32Array
  readonly radius: number
}

type Tensors = Parameters<typeof writeSafetensors>[1]

/** What makes a key of hidden states; null: the key has none of it. */
export interface KeyTensors {
  /** centre [P D] and matrix [P D, d] of the joined parts */
  readonly whitening: { readonly centre: Float32Array; readonly matrix: Float32Array } | null
  /** [vocabulary] */
  readonly tokenWeights: Float32Array | null
}

export function writeBundleIndex(
  file: string,
  records: readonly BundleRecord[],
  clusters: readonly BundleCluster[] | null,
  { whitening, tokenWeights }: KeyTensors
): void {
  const tensors: Record<string, Tensors[string]> = {
    keys: stacked(records.map(({ key }) => key)),
    key_block: integers(records.map(({ block }) => block)),
    key_edit: integers(records.map(({ edit }) => edit)),
    key_record: integers(records.map(({ record }) => record)),
    key_order: integers(records.map(({ order }) => order)),
    key_live: integers(records.map(({ live }) => Number(live))),
    ...ragged('prompt', records.map(({ promptIds }) => promptIds)),
    ...ragged('says', records.map(({ says }) => says))
  } // prettier-ignore
  if (whitening) {
    const { centre, matrix } = whitening
    tensors['key.centre'] = floats(centre, centre.length)
    tensors['key.matrix'] = floats(matrix, centre.length, matrix.length / centre.length)
  }
  if (tokenWeights) tensors['key.tokenWeights'] = floats(tokenWeights, tokenWeights.length)
  if (clusters) {
    tensors['centers'] = stacked(clusters.map(({ centre }) => centre))
    tensors['radii'] = floats(
      Float32Array.from(clusters, (c) => upwards(c.radius)),
      clusters.length
    )
    tensors['key_cluster'] = integers(records.map(({ cluster }) => cluster ?? -1))
  }
  writeSafetensors(file, tensors, { format: 'pt' })
}

const floats = (data: Float32Array, ...shape: number[]): Tensors[string] => ({ dtype: 'float32', shape, data })

const integers = (values: readonly number[]): Tensors[string] => ({
  dtype: 'int32',
  shape: [values.length],
  data: Int32Array.from(values)
})

/** [n] rows of [d] -> [n, d] */
function stacked(rows: readonly Float32Array[]): Tensors[string] {
  const width = rows[0]?.length ?? 0
  const data = new Float32Array(rows.length * width)
  rows.forEach((row, i) => data.set(row, i * width))
  return floats(data, rows.length, width)
}

/** Lists of different lengths: all values in a row, and where each list begins and the last one ends. */
function ragged(name: string, lists: readonly (readonly number[])[]): Record<string, Tensors[string]> {
  const offsets = [0]
  for (const list of lists) offsets.push(offsets[offsets.length - 1] + list.length)
  return { [`${name}_ids`]: integers(lists.flat()), [`${name}_offsets`]: integers(offsets) }
}

/** The least float32 that is not below: a key that lies on its cluster's edge stays inside. */
function upwards(value: number): number {
  const nearest = Math.fround(value)
  return nearest >= value ? nearest : Math.fround(value * (1 + 2 ** -23))
}
