/**
 * `keys.safetensors` of a block: the keys of its edits under both protocols.
 *
 * `deployment` [n, d]: a row for each decision point of each edit, by edit and then by position.
 * `paper` [m, f]: one row an edit. How many rows belong to an edit stands in the journal (its `decisions`).
 */
import { readSafetensorsHeader, readTensor, writeSafetensors } from '../engine/weights/safetensors.ts'
import { badFile } from './bad-file.ts'

export const BLOCK_KEYS = 'keys.safetensors'

export interface BlockKeys {
  /** for each edit, the keys of its records: [d] each */
  readonly deployment: readonly (readonly Float32Array[])[]
  /** for each edit: [f] */
  readonly paper: readonly Float32Array[]
}

export function writeBlockKeys(file: string, { deployment, paper }: BlockKeys): void {
  const rows = deployment.flat()
  writeSafetensors(file, {
    deployment: { dtype: 'float32', shape: [rows.length, rows[0]?.length ?? 0], data: stack(rows) },
    paper: { dtype: 'float32', shape: [paper.length, paper[0]?.length ?? 0], data: stack(paper) }
  })
}

/**
 * @param recordsOf number of records of each edit
 * @throws ErratumError `BadFile` where the rows are not as many as the records
 */
export function readBlockKeys(file: string, recordsOf: readonly number[]): BlockKeys {
  const rows = readRows(
    file,
    'deployment',
    recordsOf.reduce((sum, count) => sum + count, 0)
  )
  const paper = readRows(file, 'paper', recordsOf.length)
  let next = 0
  const deployment = recordsOf.map((count) => rows.slice(next, (next += count)))
  return { deployment, paper }
}

/** @throws ErratumError `BadFile` where the keys are not as many, or not as long, as stated */
export function checkBlockKeys(
  file: string,
  due: { deployment: number; paper: number; records: number; edits: number }
): void {
  const { tensors } = readSafetensorsHeader(file)
  const shapes = { deployment: [due.records, due.deployment], paper: [due.edits, due.paper] }
  for (const [name, shape] of Object.entries(shapes)) {
    const found = tensors.get(name)
    if (found?.dtype === 'F32' && found.shape.join() === shape.join()) continue
    const is = found ? `${found.dtype} [${found.shape.join(', ')}]` : 'nothing'
    throw badFile({ file, field: name }, `${is} stands where F32 [${shape.join(', ')}] is expected`, CURE)
  }
}

const CURE = 'Put the file back from a backup, or undo the batch.'

function readRows(file: string, name: string, count: number): Float32Array[] {
  const location = readSafetensorsHeader(file).tensors.get(name)
  if (location?.dtype !== 'F32' || location.shape.length !== 2 || location.shape[0] !== count)
    throw badFile(
      { file, field: name },
      `${location ? `${location.dtype} [${location.shape.join(', ')}]` : 'nothing'} stands where F32 [${count}, length] is due`,
      CURE
    )
  const length = location.shape[1]
  const data = readTensor(location).data as Float32Array
  return Array.from({ length: count }, (_, row) => data.subarray(row * length, (row + 1) * length))
}

/** [n] rows of [d] -> [n, d] */
function stack(rows: readonly Float32Array[]): Float32Array {
  const length = rows[0]?.length ?? 0
  const out = new Float32Array(rows.length * length)
  rows.forEach((row, i) => out.set(row, i * length))
  return out
}
